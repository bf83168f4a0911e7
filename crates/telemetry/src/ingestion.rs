//! The way to Application Insights.

mod client;
mod cut;
mod guarded;
mod health;
mod settings;

use std::{sync::Arc, time::Duration};

use opentelemetry::{InstrumentationScope, Key, KeyValue, logs::LogRecord};
use opentelemetry_application_insights::Exporter;
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    logs::{self, BatchLogProcessor, LogProcessor, SdkLogRecord, SdkLoggerProvider},
    trace::{self, BatchSpanProcessor, Sampler, SdkTracerProvider},
};
use tokio::runtime::Handle;

use crate::Config;
use client::IngestionClient;
use guarded::{GuardedLogs, GuardedSpans};
use health::Health;
use settings::Settings;

pub use settings::IngestionError;

/// The most spans, and the most events, that wait to be sent. What comes while so many wait is dropped.
pub(crate) const QUEUE: usize = 2048;
/// The most that goes into one request.
pub(crate) const BATCH: usize = 512;
/// How long something waits at most before it is sent without being asked for.
const DELAY: Duration = Duration::from_secs(1);

/// The providers of spans and of events; no events are exported without a connection string.
///
/// Spans have ids in any case: they go into documents as `traceparent`.
pub(crate) fn providers(
    config: &Config,
) -> Result<(SdkTracerProvider, Option<SdkLoggerProvider>), IngestionError> {
    let spans = SdkTracerProvider::builder()
        .with_resource(resource(config))
        // Not the parent's decision: the host says "not sampled" of everything, also of what it records itself.
        .with_sampler(Sampler::AlwaysOn);
    let Some(settings) = Settings::read(config)? else {
        return Ok((spans.build(), None));
    };

    let health = Arc::new(Health::default());
    let runtime = Handle::try_current().map_err(|_| IngestionError::NoRuntime)?;
    let client = IngestionClient::new(runtime, &settings)?;
    let exporter = Exporter::new_from_connection_string(settings.connection_string, client)
        .map_err(IngestionError::ConnectionString)?;
    let exporter = exporter.with_retry_notify({
        let health = Arc::clone(&health);
        move |error, _| health.failed(error)
    });

    let spans = spans.with_span_processor(span_batches(GuardedSpans::new(
        exporter.clone(),
        Arc::clone(&health),
    )));
    let logs = SdkLoggerProvider::builder()
        .with_resource(resource(config))
        .with_log_processor(NameAsMessage)
        .with_log_processor(log_batches(GuardedLogs::new(exporter, health)));
    Ok((spans.build(), Some(logs.build())))
}

fn span_batches(exporter: GuardedSpans<Exporter<IngestionClient>>) -> BatchSpanProcessor {
    let config = trace::BatchConfigBuilder::default()
        .with_max_queue_size(QUEUE)
        .with_max_export_batch_size(BATCH)
        .with_scheduled_delay(DELAY)
        .build();
    BatchSpanProcessor::builder(exporter)
        .with_batch_config(config)
        .build()
}

fn log_batches(exporter: GuardedLogs<Exporter<IngestionClient>>) -> BatchLogProcessor {
    let config = logs::BatchConfigBuilder::default()
        .with_max_queue_size(QUEUE)
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

/// Gives an event without a message its name as message, which is what the `traces` table shows first.
#[derive(Debug)]
struct NameAsMessage;

impl LogProcessor for NameAsMessage {
    fn emit(&self, record: &mut SdkLogRecord, _scope: &InstrumentationScope) {
        if record.body().is_some() {
            return;
        }
        let event = Key::from_static_str("event");
        let name = record
            .attributes_iter()
            .find(|(key, _)| *key == event)
            .map(|(_, name)| name.clone());
        if let Some(name) = name {
            record.set_body(name);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }
}
