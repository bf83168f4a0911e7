//! The append-only account of what was consolidated, and the freshness that it shows.

use std::collections::BTreeMap;

use record::{EpochMillis, Source};
use sqlx::{ColumnIndex, Decode, Row, Type};

use crate::{Change, Outcome};

/// One row of `rpt_consolidation`: what one transaction did for one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) source: Source,
    pub(crate) applied: i64,
    pub(crate) duplicate: i64,
    pub(crate) superseded: i64,
    pub(crate) dead_lettered: i64,
    pub(crate) lags_ms: Vec<i64>,
}

impl Entry {
    pub(crate) const fn new(source: Source) -> Self {
        Self {
            source,
            applied: 0,
            duplicate: 0,
            superseded: 0,
            dead_lettered: 0,
            lags_ms: Vec::new(),
        }
    }
}

/// The entries of one batch, one per source.
pub(crate) fn entries(changes: &[Change<'_>], outcomes: &[Outcome], at: EpochMillis) -> Vec<Entry> {
    let mut entries = BTreeMap::new();
    for (change, outcome) in changes.iter().zip(outcomes) {
        let record = change.record();
        let entry = entries
            .entry(record.source())
            .or_insert_with(|| Entry::new(record.source()));
        match outcome {
            Outcome::Applied => {
                entry.applied += 1;
                let lag = at.since(record.provenance().source_modified_at);
                entry.lags_ms.push(lag);
            }
            Outcome::Duplicate => entry.duplicate += 1,
            Outcome::Superseded => entry.superseded += 1,
        }
    }
    entries.into_values().collect()
}

/// An entry as an engine reads it: source, four counts, the lags as JSON text.
pub(crate) fn entry<R>(row: &R) -> Result<Entry, sqlx::Error>
where
    R: Row,
    usize: ColumnIndex<R>,
    for<'r> String: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> i64: Decode<'r, R::Database> + Type<R::Database>,
{
    let source: String = row.try_get(0)?;
    let lags: String = row.try_get(5)?;
    Ok(Entry {
        source: source
            .parse()
            .map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
        applied: row.try_get(1)?,
        duplicate: row.try_get(2)?,
        superseded: row.try_get(3)?,
        dead_lettered: row.try_get(4)?,
        lags_ms: serde_json::from_str(&lags).map_err(|error| sqlx::Error::Decode(error.into()))?,
    })
}

/// What became of a source's records, and how old they were when they were applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Freshness {
    /// The source.
    pub source: Source,
    /// Records that were written into their row.
    pub applied: i64,
    /// Records that were there already.
    pub duplicate: i64,
    /// Records older than their row.
    pub superseded: i64,
    /// Records that ended as dead letters here.
    pub dead_lettered: i64,
    /// Half of the applied records were at most this old, in milliseconds; `None` if none was applied.
    pub lag_ms_p50: Option<i64>,
    /// 99 of 100 applied records were at most this old, in milliseconds.
    pub lag_ms_p99: Option<i64>,
    /// The oldest record when applied, in milliseconds.
    pub lag_ms_max: Option<i64>,
}

/// Sums ledger entries up, one result per source, in the order of the sources.
pub(crate) fn freshness(entries: Vec<Entry>) -> Vec<Freshness> {
    let mut sums: BTreeMap<Source, Entry> = BTreeMap::new();
    for entry in entries {
        let sum = sums
            .entry(entry.source)
            .or_insert_with(|| Entry::new(entry.source));
        sum.applied += entry.applied;
        sum.duplicate += entry.duplicate;
        sum.superseded += entry.superseded;
        sum.dead_lettered += entry.dead_lettered;
        sum.lags_ms.extend(entry.lags_ms);
    }
    sums.into_values().map(summed).collect()
}

fn summed(mut sum: Entry) -> Freshness {
    sum.lags_ms.sort_unstable();
    Freshness {
        source: sum.source,
        applied: sum.applied,
        duplicate: sum.duplicate,
        superseded: sum.superseded,
        dead_lettered: sum.dead_lettered,
        lag_ms_p50: percentile(&sum.lags_ms, 50),
        lag_ms_p99: percentile(&sum.lags_ms, 99),
        lag_ms_max: sum.lags_ms.last().copied(),
    }
}

/// The smallest value that at least `percent` of 100 are not above (nearest rank).
fn percentile(ascending: &[i64], percent: usize) -> Option<i64> {
    let rank = (ascending.len() * percent).div_ceil(100);
    ascending.get(rank.saturating_sub(1)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_take_the_nearest_rank() {
        let hundred: Vec<i64> = (1..=100).collect();
        assert_eq!(percentile(&hundred, 50), Some(50));
        assert_eq!(percentile(&hundred, 99), Some(99));
        assert_eq!(percentile(&[7], 50), Some(7));
        assert_eq!(percentile(&[7, 9], 99), Some(9));
        assert_eq!(percentile(&[], 50), None);
    }
}
