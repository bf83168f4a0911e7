//! The steps of source records, each in the trace of the message that brought the record.
//!
//! The trace is the message's own: its id is the correlation id, so that the steps of a record are found together whichever
//! process took them, and in whichever invocation. What a batch does to a hundred records is a hundred steps in as many traces
//! as there were messages; each step is linked to the span of the batch.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use opentelemetry::{
    InstrumentationScope, KeyValue, SpanId, StringValue, TraceFlags, TraceId, Value,
    trace::{Link, SpanContext, SpanKind, Status, TraceContextExt, TraceState},
};
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator, SpanData, SpanEvents, SpanLinks};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::{
    correlation::{Traceparent, root_of},
    ingestion::SpanSink,
    recorder,
    sampling::Fate,
};

/// A point in time at which a step begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(SystemTime);

impl Moment {
    /// Now, by the clock that all spans are timed with.
    #[must_use]
    pub fn now() -> Self {
        Self(opentelemetry::time::now())
    }

    /// So many milliseconds after 1970 began.
    #[must_use]
    pub fn at_ms(epoch_ms: i64) -> Self {
        let since = Duration::from_millis(u64::try_from(epoch_ms).unwrap_or_default());
        Self(SystemTime::UNIX_EPOCH + since)
    }
}

/// What is done to a record on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// The message came, and all of it is durable. One for each message.
    Received,
    /// The app made records of it. One for each message.
    Normalized,
    /// The record is in the feed.
    Published,
    /// The record is in the report.
    Consolidated,
}

impl Name {
    /// Name of the span.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Normalized => "normalized",
            Self::Published => "published",
            Self::Consolidated => "consolidated",
        }
    }
}

/// One step. The names of the fields are those of `docs/logging.md`.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// Which one.
    pub name: Name,
    /// When it began.
    pub began: Moment,
    /// When it had ended.
    pub ended: Moment,
    /// The system that the record comes from.
    pub source: &'static str,
    /// The record's key in its source; none of a step that is about a whole message.
    pub source_key: Option<&'a str>,
    /// The message that brought it: 32 lower-case hexadecimal digits. Without them there is no trace to put the step into.
    pub correlation_id: &'a str,
    /// The place that the record's document names.
    pub traceparent: Option<&'a str>,
    /// What came of it, one of a closed list.
    pub outcome: &'static str,
    /// Whether somebody has to look: such a step is always sent.
    pub has_failed: bool,
    /// From the source's own time of the change to the end of this step.
    pub lag_ms: Option<i64>,
    /// Records of the message, where the step is about all of them.
    pub records: Option<usize>,
}

/// Tells of steps. None are told, at the cost of a look, where nothing is exported.
#[derive(Debug, Clone)]
pub struct Steps(Option<Arc<Telling>>);

#[derive(Debug)]
struct Telling {
    sink: Arc<SpanSink>,
    invocation: Option<Arc<str>>,
    /// The span of the invocation or batch in which the steps are taken.
    batch: Option<SpanContext>,
    scope: InstrumentationScope,
    ids: RandomIdGenerator,
}

impl Steps {
    /// As part of the current span, in which one batch or one message is dealt with.
    #[must_use]
    pub fn current() -> Self {
        let Some(sink) = recorder::sink() else {
            return Self(None);
        };
        let context = Span::current().context();
        let batch = context.span().span_context().clone();
        Self(Some(Arc::new(Telling {
            sink,
            invocation: recorder::invocation(),
            batch: batch.is_valid().then_some(batch),
            scope: InstrumentationScope::builder("steps").build(),
            ids: RandomIdGenerator::default(),
        })))
    }

    /// Whether anybody listens.
    #[must_use]
    pub const fn are_told(&self) -> bool {
        self.0.is_some()
    }

    /// Tells of a step; never waits, never fails.
    pub fn tell(&self, step: &Step<'_>) {
        if let Some(telling) = &self.0 {
            telling.tell(step);
        }
    }
}

impl Telling {
    fn tell(&self, step: &Step<'_>) {
        let Some((trace, root)) = root_of(step.correlation_id) else {
            return;
        };
        let place = step
            .traceparent
            .and_then(|place| Traceparent::parse(place).ok());
        let place = place.and_then(|place| place.context());
        // Only a replay publishes from a place outside of the message's own trace, and with the flag set.
        let replay = place.filter(|place| place.trace_id() != trace && place.is_sampled());
        let is_kept = step.has_failed || replay.is_some();
        let fate = self.sink.ratio.fate(trace, is_kept);
        if fate != Fate::Left {
            self.sink.send(self.span(step, trace, root, replay), fate);
        }
    }

    fn span(
        &self,
        step: &Step<'_>,
        trace: TraceId,
        root: SpanId,
        replay: Option<SpanContext>,
    ) -> SpanData {
        // The root of the trace is the reception. Everybody who has the correlation id knows the root's.
        let (id, parent) = match step.name {
            Name::Received => (root, SpanId::INVALID),
            _ => (self.ids.new_span_id(), root),
        };
        let mut links = SpanLinks::default();
        links.links = self
            .batch
            .iter()
            .cloned()
            .chain(replay)
            .map(Link::with_context)
            .collect();
        SpanData {
            span_context: SpanContext::new(trace, id, TraceFlags::SAMPLED, false, TraceState::NONE),
            parent_span_id: parent,
            parent_span_is_remote: false,
            span_kind: SpanKind::Internal,
            name: step.name.as_str().into(),
            start_time: step.began.0,
            end_time: step.ended.0.max(step.began.0),
            attributes: self.attributes(step),
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links,
            status: match step.has_failed {
                true => Status::error(""),
                false => Status::Ok,
            },
            instrumentation_scope: self.scope.clone(),
        }
    }

    fn attributes(&self, step: &Step<'_>) -> Vec<KeyValue> {
        let mut attributes = Vec::with_capacity(8);
        let mut add = |key: &'static str, value: Value| attributes.push(KeyValue::new(key, value));
        add("step", step.name.as_str().into());
        add("source", step.source.into());
        add("correlation_id", step.correlation_id.to_owned().into());
        add("outcome", step.outcome.into());
        if let Some(key) = step.source_key {
            add("source_key", key.to_owned().into());
        }
        if let Some(invocation) = &self.invocation {
            add(
                "invocation_id",
                StringValue::from(Arc::clone(invocation)).into(),
            );
        }
        if let Some(lag_ms) = step.lag_ms {
            add("lag_ms", lag_ms.into());
        }
        if let Some(records) = step.records {
            add("records", i64::try_from(records).unwrap_or(i64::MAX).into());
        }
        attributes
    }
}
