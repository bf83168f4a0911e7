//! The way to Application Insights.

mod answer;
mod client;
mod cut;
mod guarded;
mod health;
mod lane;
mod logs;
mod losses;
mod settings;
mod spans;

use std::{sync::Arc, time::Duration};

use opentelemetry::KeyValue;
use opentelemetry_application_insights::Exporter;
use opentelemetry_sdk::{
    Resource,
    logs::{BatchConfigBuilder as LogBatches, BatchLogProcessor, SdkLoggerProvider},
    metrics::{PeriodicReader, SdkMeterProvider},
    trace::{
        BatchConfigBuilder as SpanBatches, BatchSpanProcessor, SdkTracerProvider,
        SpanProcessor as _,
    },
};
use tokio::runtime::Handle;

use crate::{Config, sampling::Ratio};
use client::IngestionClient;
use guarded::{GuardedLogs, GuardedMetrics, GuardedSpans};
use health::Health;
use lane::Lane;
use logs::LogSink;
use settings::Settings;
use spans::{ToSink, Way};

#[cfg(test)]
pub(crate) use lane::QUEUE;
pub(crate) use losses::{Loss, Losses};
pub use settings::IngestionError;
pub(crate) use spans::SpanSink;

/// The most that goes into one request.
pub(crate) const BATCH: usize = 512;
/// Longer than our own queue, with what is being taken out of it: it never drops anything by itself.
const QUEUE_OF_SDK: usize = lane::QUEUE + 2 * BATCH;
/// How long something waits at most before it is sent without being asked for.
const DELAY: Duration = Duration::from_secs(1);

/// All that goes to Application Insights.
#[derive(Debug)]
pub(crate) struct Export {
    pub(crate) sink: Arc<SpanSink>,
    pub(crate) logs: SdkLoggerProvider,
    pub(crate) metrics: SdkMeterProvider,
    pub(crate) losses: Arc<Losses>,
}

/// Makes spans; and what sends them, if there is a connection string.
///
/// Spans have ids in any case: they go into documents as `traceparent`.
pub(crate) fn open(config: &Config) -> Result<(SdkTracerProvider, Option<Export>), IngestionError> {
    let ratio = Ratio::new(config.sample_ratio).ok_or(IngestionError::Ratio)?;
    let spans = SdkTracerProvider::builder().with_sampler(ratio);
    let Some(settings) = Settings::read(config)? else {
        return Ok((spans.build(), None));
    };
    let export = Opening::new(config, settings)?.export(ratio, config.metrics_every);
    let spans = spans
        .with_resource(resource(config))
        .with_span_processor(ToSink(Arc::clone(&export.sink)));
    Ok((spans.build(), Some(export)))
}

/// What all ways have in common.
struct Opening {
    connection_string: String,
    client: IngestionClient,
    resource: Resource,
    health: Arc<Health>,
    losses: Arc<Losses>,
}

impl Opening {
    fn new(config: &Config, settings: Settings) -> Result<Self, IngestionError> {
        let (health, losses) = (Arc::default(), Arc::new(Losses::default()));
        let runtime = Handle::try_current().map_err(|_| IngestionError::NoRuntime)?;
        let under_way = answer::UnderWay::new(Arc::clone(&losses));
        let client = IngestionClient::new(runtime, &settings, under_way)?;
        // Only to see whether it can be read: each way has an exporter of its own.
        Exporter::new_from_connection_string(&settings.connection_string, client.clone())
            .map_err(IngestionError::ConnectionString)?;
        Ok(Self {
            connection_string: settings.connection_string,
            client,
            resource: resource(config),
            health,
            losses,
        })
    }

    fn export(self, ratio: Ratio, metrics_every: Duration) -> Export {
        let kept = self.span_way(1.0);
        let sampled = self.span_way(ratio.part());
        let (lane, exporter) = self.lane();
        let logs = LogSink {
            batches: log_batches(GuardedLogs::new(exporter, Arc::clone(&lane))),
            lane,
            ratio,
        };
        let (lane, exporter) = self.lane();
        let reader = PeriodicReader::builder(GuardedMetrics::new(exporter, lane))
            .with_interval(metrics_every)
            .build();
        let metrics = SdkMeterProvider::builder().with_resource(self.resource.clone());
        Export {
            sink: Arc::new(SpanSink::new(ratio, kept, sampled)),
            logs: SdkLoggerProvider::builder()
                .with_resource(self.resource)
                .with_log_processor(logs)
                .build(),
            metrics: metrics.with_reader(reader).build(),
            losses: self.losses,
        }
    }

    fn span_way(&self, part: f64) -> Way {
        let (lane, exporter) = self.lane();
        let exporter = exporter.with_sample_rate(part);
        let mut batches = span_batches(GuardedSpans::new(exporter, Arc::clone(&lane)));
        batches.set_resource(&self.resource);
        Way { lane, batches }
    }

    fn lane(&self) -> (Arc<Lane>, Exporter<IngestionClient>) {
        let lane = Lane::new(&self.losses, &self.health);
        let client = self.client.counting(lane.under_way.clone());
        let exporter = Exporter::new_from_connection_string(&self.connection_string, client)
            .expect("it was read before");
        let health = Arc::clone(&self.health);
        let exporter = exporter.with_retry_notify(move |error, _| health.failed(error));
        (lane, exporter)
    }
}

fn span_batches(exporter: GuardedSpans<Exporter<IngestionClient>>) -> BatchSpanProcessor {
    let config = SpanBatches::default()
        .with_max_queue_size(QUEUE_OF_SDK)
        .with_max_export_batch_size(BATCH)
        .with_scheduled_delay(DELAY)
        .build();
    BatchSpanProcessor::builder(exporter)
        .with_batch_config(config)
        .build()
}

fn log_batches(exporter: GuardedLogs<Exporter<IngestionClient>>) -> BatchLogProcessor {
    let config = LogBatches::default()
        .with_max_queue_size(QUEUE_OF_SDK)
        .with_max_export_batch_size(BATCH)
        .with_scheduled_delay(DELAY)
        .build();
    BatchLogProcessor::builder(exporter)
        .with_batch_config(config)
        .build()
}

/// Who speaks. Nothing is detected: every attribute here is repeated, and paid for, on every span.
fn resource(config: &Config) -> Resource {
    let instance = config
        .instance
        .clone()
        .map(|instance| KeyValue::new("service.instance.id", instance));
    Resource::builder_empty()
        .with_attribute(KeyValue::new("service.namespace", "crossdock"))
        .with_attribute(KeyValue::new("service.name", config.app))
        .with_attribute(KeyValue::new("service.version", config.version))
        .with_attributes(instance)
        .build()
}
