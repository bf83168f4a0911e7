//! Where events go.

use std::{sync::Arc, time::Duration};

use opentelemetry::{
    InstrumentationScope, Key, SpanId, TraceFlags, TraceId,
    logs::{AnyValue, LogRecord, Severity},
};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    logs::{BatchLogProcessor, LogProcessor, SdkLogRecord},
};

use super::lane::Lane;
use crate::{correlation::root_of, recorder, sampling::Ratio};

/// Events that are sent whatever the ratio is, as warnings and errors are: what people do to dead letters.
const KEPT: [&str; 3] = ["operated", "replayed", "replay_finished"];

/// Sends events, each once, as what it is about.
#[derive(Debug)]
pub(super) struct LogSink {
    pub(super) lane: Arc<Lane>,
    pub(super) ratio: Ratio,
    pub(super) batches: BatchLogProcessor,
}

/// What is looked for in an event.
#[derive(Default)]
struct Said {
    event: Option<AnyValue>,
    /// The trace and the root of the source message that it is about.
    about: Option<(TraceId, SpanId)>,
}

impl Said {
    fn of(record: &SdkLogRecord) -> Self {
        let mut said = Self::default();
        for (key, value) in record.attributes_iter() {
            match (key.as_str(), value) {
                ("event", value) => said.event = Some(value.clone()),
                ("correlation_id", AnyValue::String(id)) => said.about = root_of(id.as_str()),
                _ => {}
            }
        }
        said
    }

    fn is_kept(&self) -> bool {
        matches!(&self.event, Some(AnyValue::String(event)) if KEPT.contains(&event.as_str()))
    }
}

impl LogSink {
    /// A warning always, everything else with the trace that it belongs to. Outside of every trace nothing happens often.
    fn is_sent(&self, record: &SdkLogRecord, said: &Said) -> bool {
        let is_grave = record.severity_number() >= Some(Severity::Warn);
        let trace = record.trace_context().map(|context| context.trace_id);
        let trace = said.about.map(|(trace, _)| trace).or(trace);
        is_grave || said.is_kept() || trace.is_none_or(|trace| self.ratio.samples(trace))
    }
}

impl LogProcessor for LogSink {
    fn emit(&self, record: &mut SdkLogRecord, scope: &InstrumentationScope) {
        let said = Said::of(record);
        if !self.is_sent(record, &said) {
            return;
        }
        if let Some((trace, root)) = said.about {
            // With the record's other steps, not with the invocation that happened to be under way: that one is joined
            // through its id, like the host's request.
            record.set_trace_context(trace, root, Some(TraceFlags::SAMPLED));
        }
        if let Some(invocation) = recorder::invocation() {
            let id = AnyValue::from(invocation.to_string());
            record.add_attribute(Key::from_static_str("invocation_id"), id);
        }
        if record.body().is_none()
            && let Some(event) = said.event
        {
            // The message is what the `traces` table shows first.
            record.set_body(event);
        }
        if self.lane.enter() {
            self.batches.emit(record, scope);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.batches.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.batches.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.batches.set_resource(resource);
    }
}
