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
    trace::{SpanData, SpanExporter},
};

use super::{
    cut::{self, cut_at},
    health::Health,
};

/// Exports spans whose texts end at whole characters, and goes on after a panic.
#[derive(Debug)]
pub(crate) struct GuardedSpans<E> {
    exporter: E,
    health: Arc<Health>,
}

impl<E> GuardedSpans<E> {
    pub(crate) fn new(exporter: E, health: Arc<Health>) -> Self {
        Self { exporter, health }
    }
}

impl<E: SpanExporter> SpanExporter for GuardedSpans<E> {
    async fn export(&self, mut batch: Vec<SpanData>) -> OTelSdkResult {
        batch.iter_mut().for_each(cut::cut_span);
        guard(&self.health, async { self.exporter.export(batch).await }).await
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
    health: Arc<Health>,
    /// Makes empty records; an attribute of an existing one cannot be replaced.
    blank: SdkLogger,
}

impl<E> GuardedLogs<E> {
    pub(crate) fn new(exporter: E, health: Arc<Health>) -> Self {
        Self {
            exporter,
            health,
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
        if !batch.iter().any(|(record, _)| cut::is_too_long(record)) {
            return guard(&self.health, async { self.exporter.export(batch).await }).await;
        }
        let copies: Vec<_> = batch
            .iter()
            .map(|(record, scope)| (self.cut(record), scope))
            .collect();
        let copies: Vec<_> = copies
            .iter()
            .map(|(record, scope)| (record, *scope))
            .collect();
        guard(&self.health, async {
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

/// Turns a panic of `export` into an error, and tells how it went.
async fn guard(health: &Health, export: impl Future<Output = OTelSdkResult>) -> OTelSdkResult {
    // Nothing is looked at after a panic but the error made here.
    let result = AssertUnwindSafe(export)
        .catch_unwind()
        .await
        .unwrap_or_else(|_| {
            Err(OTelSdkError::InternalFailure(
                "the exporter panicked".to_owned(),
            ))
        });
    match &result {
        Ok(()) => health.succeeded(),
        Err(error) => health.failed(error),
    }
    result
}
