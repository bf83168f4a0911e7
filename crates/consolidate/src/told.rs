//! The last step of each record, told in its own trace and linked to the batch that it came in.

use record::EpochMillis;
use reporting::{Change, Outcome};
use telemetry::steps::{Moment, Name, Step, Steps};

use crate::Fate;

/// Tells what became of the changes of one batch.
pub(crate) fn tell(changes: &[Change<'_>], fates: &[Fate], began: Moment, at: EpochMillis) {
    let steps = Steps::current();
    if !steps.are_told() {
        return;
    }
    let ended = Moment::now();
    for (change, fate) in changes.iter().zip(fates) {
        let record = change.record();
        let provenance = record.provenance();
        let (outcome, has_failed) = match fate {
            Fate::Stored(Outcome::Applied) => ("applied", false),
            Fate::Stored(Outcome::Duplicate) => ("duplicate", false),
            Fate::Stored(Outcome::Superseded) => ("superseded", false),
            Fate::Refused(_) => ("dead_lettered", true),
        };
        steps.tell(&Step {
            name: Name::Consolidated,
            began,
            ended,
            source: record.source().as_str(),
            source_key: Some(record.key().as_str()),
            correlation_id: &provenance.correlation_id,
            traceparent: provenance.traceparent.as_deref(),
            outcome,
            has_failed,
            lag_ms: Some(at.since(provenance.source_modified_at)),
            records: None,
        });
    }
}
