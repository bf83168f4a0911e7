//! Which spans are sent, and how many each of them stands for.

use opentelemetry::{
    Context, KeyValue, TraceFlags, TraceId,
    trace::{Link, SpanKind, TraceContextExt, TraceState},
};
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, ShouldSample};

/// Bits of a trace id that are random in every id that we meet: the right-most seven bytes, as the W3C has it.
///
/// A correlation id is a random UUID, in which the byte before these has two fixed bits. A sampler that reads eight bytes
/// finds such ids between 0.5 and 0.75 of its range: of every ratio below a half it would sample none of them.
const RANDOM_BITS: u32 = 56;

/// The part of all traces that is sent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Ratio(f64);

/// What becomes of a span that has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Sent whatever the ratio is; it stands for itself.
    Kept,
    /// Sent because its trace is of the sampled part; it stands for those that are not.
    Sampled,
    /// Not sent.
    Left,
}

impl Ratio {
    /// `None` unless it is above 0 and at most 1.
    pub(crate) fn new(ratio: f64) -> Option<Self> {
        (ratio > 0.0 && ratio <= 1.0).then_some(Self(ratio))
    }

    /// The part that is sent, as a number.
    pub(crate) const fn part(self) -> f64 {
        self.0
    }

    /// Whether the trace is of the part that is sent: a function of its id, so that all processes agree.
    pub(crate) fn samples(self, trace: TraceId) -> bool {
        let bytes = trace.to_bytes();
        let random = bytes[9..]
            .iter()
            .fold(0_u64, |random, byte| random << 8 | u64::from(*byte));
        #[expect(
            clippy::cast_precision_loss,
            reason = "both fit into the 53 bits of a ratio well enough"
        )]
        let place = random as f64 / (1_u64 << RANDOM_BITS) as f64;
        place >= 1.0 - self.0
    }

    /// A failure stands for itself alone: if it also stood for others, failures would be counted twice.
    pub(crate) fn fate(self, trace: TraceId, is_kept: bool) -> Fate {
        match is_kept {
            true => Fate::Kept,
            false if self.samples(trace) => Fate::Sampled,
            false => Fate::Left,
        }
    }

    /// The flag of a place in the trace.
    pub(crate) fn flags(self, trace: TraceId) -> TraceFlags {
        TraceFlags::default().with_sampled(self.samples(trace))
    }
}

/// Every span is recorded, since it may fail; the flag says whether it is sent if it does not.
///
/// Based on the parent as far as it has the parent's trace id. Not on the parent's flag: the host sets it on nothing, also
/// not on what it records itself, and a caller from outside has a ratio of its own.
impl ShouldSample for Ratio {
    fn should_sample(
        &self,
        parent_context: Option<&Context>,
        trace_id: TraceId,
        _name: &str,
        _span_kind: &SpanKind,
        _attributes: &[KeyValue],
        _links: &[Link],
    ) -> SamplingResult {
        let trace_state = parent_context.map_or(TraceState::NONE, |parent| {
            parent.span().span_context().trace_state().clone()
        });
        SamplingResult {
            decision: match self.samples(trace_id) {
                true => SamplingDecision::RecordAndSample,
                false => SamplingDecision::RecordOnly,
            },
            attributes: Vec::new(),
            trace_state,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn of_random_uuids_the_ratio_is_sampled() {
        for ratio in [0.05, 0.1, 0.4, 0.9] {
            let sampled = (0..20_000).filter(|_| {
                let id = TraceId::from_bytes(*Uuid::new_v4().as_bytes());
                Ratio(ratio).samples(id)
            });
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            let part = sampled.count() as f64 / 20_000.0;
            // Five standard deviations of the widest.
            assert!((part - ratio).abs() < 0.018, "{ratio}: {part}");
        }
    }

    proptest! {
        #[test]
        fn what_a_small_ratio_samples_a_greater_one_samples_too(id in any::<[u8; 16]>(), a in 0.001..1.0, b in 0.001..1.0) {
            let (less, more) = if a < b { (a, b) } else { (b, a) };
            let id = TraceId::from_bytes(id);
            prop_assert!(!Ratio(less).samples(id) || Ratio(more).samples(id));
            prop_assert!(Ratio(1.0).samples(id));
        }
    }

    #[test]
    fn a_ratio_is_above_nothing_and_at_most_all() {
        for wrong in [0.0, -0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert_eq!(Ratio::new(wrong), None, "{wrong}");
        }
    }
}
