//! The append-only account of what was consolidated, and the freshness that it shows.

use std::collections::BTreeMap;

use record::{Entity, EpochMillis, Source};
use sqlx::{ColumnIndex, Decode, Row, Type};

use crate::{Change, Outcome};

/// One row of `rpt_consolidation`: what one transaction did for one stream of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) committed_at: EpochMillis,
    pub(crate) source: Source,
    /// None for dead letters, and for rows of a release before there were streams.
    pub(crate) stream: Option<Entity>,
    pub(crate) newest_modified_at: Option<EpochMillis>,
    pub(crate) applied: i64,
    pub(crate) duplicate: i64,
    pub(crate) superseded: i64,
    pub(crate) dead_lettered: i64,
    pub(crate) lags_ms: Vec<i64>,
}

impl Entry {
    pub(crate) const fn new(
        source: Source,
        stream: Option<Entity>,
        committed_at: EpochMillis,
    ) -> Self {
        Self {
            committed_at,
            source,
            stream,
            newest_modified_at: None,
            applied: 0,
            duplicate: 0,
            superseded: 0,
            dead_lettered: 0,
            lags_ms: Vec::new(),
        }
    }
}

/// The entries of one batch, one per source and stream.
pub(crate) fn entries(changes: &[Change<'_>], outcomes: &[Outcome], at: EpochMillis) -> Vec<Entry> {
    let mut entries = BTreeMap::new();
    for (change, outcome) in changes.iter().zip(outcomes) {
        let record = change.record();
        let entry = entries
            .entry((record.source(), record.entity()))
            .or_insert_with(|| Entry::new(record.source(), Some(record.entity()), at));
        let modified_at = record.provenance().source_modified_at;
        entry.newest_modified_at = entry.newest_modified_at.max(Some(modified_at));
        match outcome {
            Outcome::Applied => {
                entry.applied += 1;
                entry.lags_ms.push(at.since(modified_at));
            }
            Outcome::Duplicate => entry.duplicate += 1,
            Outcome::Superseded => entry.superseded += 1,
        }
    }
    entries.into_values().collect()
}

/// An entry as an engine reads it: source, four counts, the lags as JSON text, stream, two instants.
pub(crate) fn entry<R>(row: &R) -> Result<Entry, sqlx::Error>
where
    R: Row,
    usize: ColumnIndex<R>,
    for<'r> String: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> i64: Decode<'r, R::Database> + Type<R::Database>,
{
    let unknown = |error: record::UnknownName| sqlx::Error::Decode(Box::new(error));
    let source: String = row.try_get(0)?;
    let lags: String = row.try_get(5)?;
    let stream: Option<String> = row.try_get(6)?;
    // A stream of a release after this one is none of ours.
    let stream = stream.and_then(|stream| stream.parse().ok());
    Ok(Entry {
        committed_at: EpochMillis(row.try_get(8)?),
        source: source.parse().map_err(unknown)?,
        stream,
        newest_modified_at: row.try_get::<Option<i64>, _>(7)?.map(EpochMillis),
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

/// Sums ledger entries up, one result per source, in the order of the sources. What an app sends by itself is nothing that
/// its source says.
pub(crate) fn freshness(entries: Vec<Entry>) -> Vec<Freshness> {
    let mut sums: BTreeMap<Source, Entry> = BTreeMap::new();
    for entry in entries
        .into_iter()
        .filter(|entry| entry.stream != Some(Entity::Canary))
    {
        let sum = sums
            .entry(entry.source)
            .or_insert_with(|| Entry::new(entry.source, None, entry.committed_at));
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
pub(crate) fn percentile(ascending: &[i64], percent: usize) -> Option<i64> {
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
