//! Exporters that survive what the exporter of Application Insights does not.
//!
//! That exporter cuts text by bytes and panics inside a character; the panic would end the thread that exports, and with it
//! all telemetry of the process, with nothing but one line to show for it.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::FutureExt;
use opentelemetry::logs::{AnyValue, LogRecord, Logger, LoggerProvider};
use opentelemetry_sdk::{
    Resource,
    error::{OTelSdkError, OTelSdkResult},
    logs::{LogBatch, LogExporter, SdkLogRecord, SdkLogger, SdkLoggerProvider},
    metrics::{Temporality, data::ResourceMetrics, exporter::PushMetricExporter},
    trace::{SpanData, SpanExporter},
};

use super::{
    cut::{self, cut_at},
    lane::Lane,
    losses::Loss,
};

/// Exports spans whose texts end at whole characters, and goes on after a panic.
#[derive(Debug)]
pub(crate) struct GuardedSpans<E> {
    exporter: E,
    lane: Arc<Lane>,
}

impl<E> GuardedSpans<E> {
    pub(crate) fn new(exporter: E, lane: Arc<Lane>) -> Self {
        Self { exporter, lane }
    }
}

impl<E: SpanExporter> SpanExporter for GuardedSpans<E> {
    async fn export(&self, mut batch: Vec<SpanData>) -> OTelSdkResult {
        batch.iter_mut().for_each(cut::cut_span);
        let items = batch.len();
        self.lane.leave(items);
        guard(&self.lane, items, async {
            self.exporter.export(batch).await
        })
        .await
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

/// Exports events whose texts end at whole characters, and goes on after a panic.
#[derive(Debug)]
pub(crate) struct GuardedLogs<E> {
    exporter: E,
    lane: Arc<Lane>,
    /// Makes empty records; an attribute of an existing one cannot be replaced.
    blank: SdkLogger,
}

impl<E> GuardedLogs<E> {
    pub(crate) fn new(exporter: E, lane: Arc<Lane>) -> Self {
        Self {
            exporter,
            lane,
            blank: SdkLoggerProvider::builder().build().logger(""),
        }
    }

    fn cut(&self, record: &SdkLogRecord) -> SdkLogRecord {
        let mut copy = self.blank.create_log_record();
        for (key, value) in record.attributes_iter() {
            let text = cut::text(value).and_then(|text| cut_at(text, cut::limits_of(key.as_str())));
            copy.add_attribute(
                key.clone(),
                text.map_or_else(|| value.clone(), |text| AnyValue::from(text.to_owned())),
            );
        }
        if let Some(body) = record.body() {
            let text = cut::text(body).and_then(|text| cut_at(text, cut::MESSAGE));
            copy.set_body(
                text.map_or_else(|| body.clone(), |text| AnyValue::from(text.to_owned())),
            );
        }
        if let Some(context) = record.trace_context() {
            copy.set_trace_context(context.trace_id, context.span_id, context.trace_flags);
        }
        if let Some(severity) = record.severity_number() {
            copy.set_severity_number(severity);
        }
        if let Some(at) = record.timestamp().or(record.observed_timestamp()) {
            copy.set_timestamp(at);
        }
        copy
    }
}

impl<E: LogExporter> LogExporter for GuardedLogs<E> {
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        let items = batch.iter().count();
        self.lane.leave(items);
        if !batch.iter().any(|(record, _)| cut::is_too_long(record)) {
            return guard(&self.lane, items, async {
                self.exporter.export(batch).await
            })
            .await;
        }
        let copies: Vec<_> = batch
            .iter()
            .map(|(record, scope)| (self.cut(record), scope))
            .collect();
        let copies: Vec<_> = copies
            .iter()
            .map(|(record, scope)| (record, *scope))
            .collect();
        guard(&self.lane, items, async {
            self.exporter.export(LogBatch::new(&copies)).await
        })
        .await
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

/// Exports metrics, and goes on after a panic. Their names and attributes are ours, so there is nothing to cut.
#[derive(Debug)]
pub(crate) struct GuardedMetrics<E> {
    exporter: E,
    lane: Arc<Lane>,
}

impl<E> GuardedMetrics<E> {
    pub(crate) fn new(exporter: E, lane: Arc<Lane>) -> Self {
        Self { exporter, lane }
    }
}

impl<E: PushMetricExporter> PushMetricExporter for GuardedMetrics<E> {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        // Counted as one: what a lost batch of metrics lacks is one reading of each.
        guard(&self.lane, 1, async { self.exporter.export(metrics).await }).await
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn temporality(&self) -> Temporality {
        self.exporter.temporality()
    }
}

/// Turns a panic of `export` into an error, and tells how it went.
async fn guard(
    lane: &Lane,
    items: usize,
    export: impl Future<Output = OTelSdkResult>,
) -> OTelSdkResult {
    lane.under_way.begin(items);
    // Nothing is looked at after a panic but the error made here.
    let result = AssertUnwindSafe(export).catch_unwind().await;
    let failed_as = match &result {
        Ok(Ok(())) => None,
        Ok(Err(_)) => Some(Loss::GaveUp),
        Err(_) => Some(Loss::Unwritable),
    };
    lane.under_way.end(failed_as);
    let result = result.unwrap_or_else(|_| {
        let error = "the exporter panicked".to_owned();
        Err(OTelSdkError::InternalFailure(error))
    });
    match &result {
        Ok(()) => lane.health.succeeded(),
        Err(error) => lane.health.failed(error),
    }
    result
}
