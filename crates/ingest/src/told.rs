//! The steps that a message and its records take here, told in the message's own trace.

use feed::PublishOutcome;
use record::Record;
use telemetry::steps::{Moment, Name, Step, Steps};

use crate::{Message, Taken};

/// Tells of one message.
#[derive(Debug)]
pub(crate) struct Told {
    steps: Steps,
    /// When the message had been normalized.
    normalized: Moment,
}

impl Told {
    /// Of a message that was just normalized.
    pub(crate) fn begin() -> Self {
        Self {
            steps: Steps::current(),
            normalized: Moment::now(),
        }
    }

    /// Each record that is in the feed now, and each that is not.
    pub(crate) fn published(
        &self,
        message: &Message<'_>,
        records: &[Record<'_>],
        outcomes: &[PublishOutcome],
        began: Moment,
    ) {
        if !self.steps.are_told() {
            return;
        }
        let ended = Moment::now();
        for (record, outcome) in records.iter().zip(outcomes) {
            let (outcome, has_failed) = match outcome {
                PublishOutcome::Created => ("created", false),
                PublishOutcome::Duplicate => ("duplicate", false),
                PublishOutcome::Failed(error) if error.refuses_document() => ("refused", true),
                PublishOutcome::Failed(_) => ("failed", true),
            };
            self.steps.tell(&Step {
                source_key: Some(record.key().as_str()),
                outcome,
                has_failed,
                ..step(Name::Published, message, began, ended)
            });
        }
    }

    /// The message as a whole, when all of it is durable or known not to be.
    pub(crate) fn end(&self, message: &Message<'_>, taken: &Taken, undecided: usize) {
        if !self.steps.are_told() {
            return;
        }
        let came = Moment::at_ms(message.received_at.0);
        let has_failed = undecided > 0 || taken.dead_lettered > 0;
        let outcome = match (undecided, taken.dead_lettered) {
            (0, 0) => "taken",
            (0, _) => "dead_lettered",
            _ => "failed",
        };
        let of_message = |name, ended| Step {
            records: Some(taken.received),
            outcome,
            has_failed,
            ..step(name, message, came, ended)
        };
        self.steps.tell(&of_message(Name::Received, Moment::now()));
        self.steps
            .tell(&of_message(Name::Normalized, self.normalized));
    }
}

fn step<'a>(name: Name, message: &'a Message<'_>, began: Moment, ended: Moment) -> Step<'a> {
    Step {
        name,
        began,
        ended,
        source: message.source.as_str(),
        source_key: None,
        correlation_id: &message.correlation_id,
        traceparent: message.traceparent.as_deref(),
        outcome: "",
        has_failed: false,
        lag_ms: None,
        records: None,
    }
}
