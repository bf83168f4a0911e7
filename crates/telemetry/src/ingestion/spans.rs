//! Where spans go when they have ended.

use std::{sync::Arc, time::Duration};

use opentelemetry::{
    Context,
    trace::{SpanContext, Status},
};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{BatchSpanProcessor, Span, SpanData, SpanProcessor},
};

use super::lane::Lane;
use crate::sampling::{Fate, Ratio};

/// Sends spans that are kept and spans that are sampled on two ways.
///
/// The exporter writes one weight for all that it sends, so there is one for each weight. And a flood of the ordinary cannot
/// crowd out the failures, which have a queue of their own.
#[derive(Debug)]
pub(crate) struct SpanSink {
    pub(crate) ratio: Ratio,
    kept: Way,
    sampled: Way,
}

/// A queue and who empties it.
#[derive(Debug)]
pub(super) struct Way {
    pub(super) lane: Arc<Lane>,
    pub(super) batches: BatchSpanProcessor,
}

impl Way {
    fn send(&self, span: SpanData) {
        if self.lane.enter() {
            self.batches.on_end(span);
        }
    }
}

impl SpanSink {
    pub(super) const fn new(ratio: Ratio, kept: Way, sampled: Way) -> Self {
        Self {
            ratio,
            kept,
            sampled,
        }
    }

    /// Sends a span as its fate has it.
    pub(crate) fn send(&self, mut span: SpanData, fate: Fate) {
        let way = match fate {
            Fate::Kept => &self.kept,
            Fate::Sampled => &self.sampled,
            Fate::Left => return,
        };
        if !span.span_context.is_sampled() {
            // The batch processor believes the flag, which tells what would have become of a span that does not fail.
            let context = &span.span_context;
            span.span_context = SpanContext::new(
                context.trace_id(),
                context.span_id(),
                context.trace_flags().with_sampled(true),
                context.is_remote(),
                context.trace_state().clone(),
            );
        }
        way.send(span);
    }

    fn each(&self, of: impl Fn(&BatchSpanProcessor) -> OTelSdkResult) -> OTelSdkResult {
        let (kept, sampled) = (of(&self.kept.batches), of(&self.sampled.batches));
        kept.and(sampled)
    }
}

/// The sink as the SDK knows it.
#[derive(Debug, Clone)]
pub(super) struct ToSink(pub(super) Arc<SpanSink>);

impl SpanProcessor for ToSink {
    fn on_start(&self, _span: &mut Span, _cx: &Context) {}

    fn on_end(&self, span: SpanData) {
        let has_failed = matches!(span.status, Status::Error { .. });
        let fate = self.0.ratio.fate(span.span_context.trace_id(), has_failed);
        self.0.send(span, fate);
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.each(SpanProcessor::force_flush)
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        // Both at once: one that hangs must not take the other's time.
        std::thread::scope(|threads| {
            let kept = threads.spawn(|| self.0.kept.batches.shutdown_with_timeout(timeout));
            let sampled = self.0.sampled.batches.shutdown_with_timeout(timeout);
            kept.join().unwrap_or(Ok(())).and(sampled)
        })
    }

    /// The sink's processors have it from the start.
    fn set_resource(&mut self, _resource: &Resource) {}
}
