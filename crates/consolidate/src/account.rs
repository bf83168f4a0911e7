//! What became of a batch, per source.

use std::collections::BTreeMap;

use record::{EpochMillis, Source};
use reporting::{Change, Outcome};

use crate::Fate;

/// What became of the records of one source in one batch. Each record is counted once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Written into their row.
    pub applied: i64,
    /// There already.
    pub duplicate: i64,
    /// Older than their row.
    pub superseded: i64,
    /// Among the dead letters, now or from an earlier time.
    pub dead_lettered: i64,
    /// Age of the oldest record when it was applied, in milliseconds; `None` if none was.
    pub lag_ms_max: Option<i64>,
}

impl Counts {
    /// Records of which something became.
    #[must_use]
    pub const fn total(&self) -> i64 {
        self.applied + self.duplicate + self.superseded + self.dead_lettered
    }
}

/// Counts per source; `None` for documents that do not even name theirs.
pub(crate) type BySource = BTreeMap<Option<Source>, Counts>;

/// Counts one change.
pub(crate) fn count(by_source: &mut BySource, change: &Change<'_>, fate: &Fate, at: EpochMillis) {
    let record = change.record();
    let counts = by_source.entry(Some(record.source())).or_default();
    match fate {
        Fate::Stored(Outcome::Applied) => {
            counts.applied += 1;
            let lag = at.since(record.provenance().source_modified_at);
            counts.lag_ms_max = counts.lag_ms_max.max(Some(lag));
        }
        Fate::Stored(Outcome::Duplicate) => counts.duplicate += 1,
        Fate::Stored(Outcome::Superseded) => counts.superseded += 1,
        Fate::Refused(_) => counts.dead_lettered += 1,
    }
}

/// Counts one document that is no record.
pub(crate) fn count_unreadable(by_source: &mut BySource, source: Option<Source>) {
    by_source.entry(source).or_default().dead_lettered += 1;
}

/// One line per source.
pub(crate) fn log(by_source: &BySource) {
    for (source, counts) in by_source {
        tracing::info!(
            event = "consolidated",
            source = source.map_or("unknown", Source::as_str),
            applied = counts.applied,
            duplicate = counts.duplicate,
            superseded = counts.superseded,
            dead_lettered = counts.dead_lettered,
            lag_ms_max = counts.lag_ms_max,
        );
    }
}
