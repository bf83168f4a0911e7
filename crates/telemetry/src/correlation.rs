//! The ids that travel with a source message, through the feed, to the report row.

use std::fmt;

use opentelemetry::{
    Context, SpanId, TraceFlags, TraceId,
    trace::{SpanContext, TraceContextExt, TraceState},
};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use uuid::Uuid;

use crate::recorder;

/// Names one source message and all that came of it: 32 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CorrelationId(String);

/// A text that is not 32 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a correlation id is 32 lower-case hexadecimal digits")]
pub struct InvalidCorrelationId;

impl CorrelationId {
    /// A new random id.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "two defaults would differ")]
    pub fn new() -> Self {
        Self(Uuid::new_v4().simple().to_string())
    }

    /// Reads the id of an earlier message.
    ///
    /// # Errors
    /// Anything but 32 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self, InvalidCorrelationId> {
        if text.len() == 32 && is_lower_hex(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidCorrelationId)
        }
    }

    /// The 32 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CorrelationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A place in a trace, as the W3C writes it: `00-<trace>-<span>-<flags>`, 55 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traceparent(String);

/// A text that is no traceparent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a W3C traceparent")]
pub struct InvalidTraceparent;

impl Traceparent {
    /// Reads a `traceparent` header. Of a later version than 00, what version 00 knows is kept.
    ///
    /// # Errors
    /// Anything that is not lower-case hexadecimal of the right lengths, and ids of zeros.
    pub fn parse(text: &str) -> Result<Self, InvalidTraceparent> {
        let context = parse_context(text.trim()).ok_or(InvalidTraceparent)?;
        Ok(Self::of_context(&context))
    }

    /// The place of the current span; `None` outside of every span.
    ///
    /// Its flag is our own decision to sample, not that of whoever called.
    #[must_use]
    pub fn current() -> Option<Self> {
        Self::of(&Span::current())
    }

    /// The place of `span`; `None` when the span is disabled.
    #[must_use]
    pub fn of(span: &Span) -> Option<Self> {
        let context = span.context();
        let span = context.span();
        let context = span.span_context();
        context.is_valid().then(|| Self::of_context(context))
    }

    /// The root of the trace of a source message, which all documents of it name.
    ///
    /// A function of the correlation id, so that a message that comes twice has one trace.
    #[must_use]
    pub fn of_message(correlation_id: &str) -> Option<Self> {
        let (trace, root) = root_of(correlation_id)?;
        let flags = recorder::sink().map_or(TraceFlags::default(), |sink| sink.ratio.flags(trace));
        let root = SpanContext::new(trace, root, flags, false, TraceState::NONE);
        Some(Self::of_context(&root))
    }

    /// The current place, as that of a replay: whatever is published from here is followed to the report, whether or not
    /// its message was sampled.
    #[must_use]
    pub fn of_replay() -> Option<Self> {
        let here = Self::current()?;
        Some(Self(format!("{}01", &here.0[..53])))
    }

    /// The text, 55 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The 32 digits that name the trace; `operation_Id` in Application Insights.
    #[must_use]
    pub fn trace_id(&self) -> &str {
        &self.0[3..35]
    }

    fn of_context(context: &SpanContext) -> Self {
        let flags = context.trace_flags() & TraceFlags::SAMPLED;
        Self(format!(
            "00-{}-{}-{flags:02x}",
            context.trace_id(),
            context.span_id()
        ))
    }

    pub(crate) fn context(&self) -> Option<SpanContext> {
        parse_context(&self.0)
    }
}

impl fmt::Display for Traceparent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Makes `span` a child of a place in another process. Tells whether it is one now.
///
/// It is not when the span is disabled or was entered before: call this right after making the span.
pub fn continue_from(span: &Span, parent: &Traceparent) -> bool {
    let Some(parent) = parent.context() else {
        return false;
    };
    span.set_parent(Context::new().with_remote_span_context(parent))
        .is_ok()
}

/// Makes `span` a child of the place that the platform names in its `traceparent`, if it names one.
pub fn join<P: fmt::Display>(span: &Span, place: Option<&P>) {
    let parent = place.and_then(|place| Traceparent::parse(&place.to_string()).ok());
    if let Some(parent) = parent {
        continue_from(span, &parent);
    }
}

/// The trace and the root span of the message with this correlation id.
///
/// The root's id is the second half of the trace's, which in a random UUID is never zero.
pub(crate) fn root_of(correlation_id: &str) -> Option<(TraceId, SpanId)> {
    if correlation_id.len() != 32 || !is_lower_hex(correlation_id) {
        return None;
    }
    let trace = TraceId::from_hex(correlation_id).ok()?;
    let root = SpanId::from_hex(&correlation_id[16..]).ok()?;
    (trace != TraceId::INVALID && root != SpanId::INVALID).then_some((trace, root))
}

/// Links `span` to a place in another trace. At most 100 links of a span arrive.
pub fn link(span: &Span, to: &Traceparent) {
    if let Some(to) = to.context() {
        span.add_link(to);
    }
}

fn parse_context(text: &str) -> Option<SpanContext> {
    let mut fields = text.split('-');
    let (version, trace, span, flags) = (
        fields.next()?,
        fields.next()?,
        fields.next()?,
        fields.next()?,
    );
    let known = match version {
        "ff" => return None,
        "00" => fields.next().is_none(),
        _ => true,
    };
    let lengths = (version.len(), trace.len(), span.len(), flags.len()) == (2, 32, 16, 2);
    if !known || !lengths || ![version, trace, span, flags].into_iter().all(is_lower_hex) {
        return None;
    }
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?) & TraceFlags::SAMPLED;
    let (trace, span) = (TraceId::from_hex(trace).ok()?, SpanId::from_hex(span).ok()?);
    let context = SpanContext::new(trace, span, flags, true, TraceState::NONE);
    context.is_valid().then_some(context)
}

fn is_lower_hex(text: &str) -> bool {
    text.bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

    #[test]
    fn a_new_id_is_read_back() {
        let id = CorrelationId::new();
        assert_eq!(CorrelationId::parse(id.as_str()), Ok(id.clone()));
        assert_ne!(id, CorrelationId::new());
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for text in [
            "",
            "0af7651916cd43dd8448eb211c80319",
            "0AF7651916CD43DD8448EB211C80319C",
            "0af76519-16cd-43dd",
        ] {
            assert_eq!(
                CorrelationId::parse(text),
                Err(InvalidCorrelationId),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_traceparent_is_kept_as_it_is() {
        let parsed = Traceparent::parse(HOST).unwrap();
        assert_eq!(parsed.as_str(), HOST);
        assert_eq!(parsed.trace_id(), "0af7651916cd43dd8448eb211c80319c");
    }

    #[test]
    fn a_later_version_is_read_as_far_as_known() {
        let later = "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03-what-comes";
        let known = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        assert_eq!(Traceparent::parse(later).unwrap().as_str(), known);
    }

    #[test]
    fn what_is_no_traceparent_is_refused() {
        for text in [
            "",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00-",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-00",
            "00-00000000000000000000000000000000-b7ad6b7169203331-00",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-00",
            "00-+af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
        ] {
            assert_eq!(
                Traceparent::parse(text),
                Err(InvalidTraceparent),
                "{text:?}"
            );
        }
    }
}
