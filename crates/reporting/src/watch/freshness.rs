//! How far the reports are, by source and stream. A stream is a kind of record.

use std::collections::BTreeMap;

use record::{Entity, EpochMillis, Source};

use crate::{
    ApplyError, Store, StoreError,
    engine::ReportingStore,
    ledger::{Entry, percentile},
    row::{Value, integer, owned_text},
    store::on_engine,
};

const MINUTE_MS: i64 = 60_000;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Less than 5 minutes behind.
    Fresh,
    /// 5 minutes behind or more: worth a look.
    Notice,
    /// 10 minutes or more: five are left to act.
    Alert,
    /// 15 minutes or more: the promise is broken.
    Page,
}

impl Level {
    /// The level of being so many milliseconds behind.
    #[must_use]
    pub const fn of(behind_ms: i64) -> Self {
        match behind_ms / MINUTE_MS {
            i64::MIN..5 => Self::Fresh,
            5..10 => Self::Notice,
            10..15 => Self::Alert,
            15.. => Self::Page,
        }
    }

    /// From so many minutes on.
    #[must_use]
    pub const fn minutes(self) -> i64 {
        match self {
            Self::Fresh => 0,
            Self::Notice => 5,
            Self::Alert => 10,
            Self::Page => 15,
        }
    }

    /// The level in a word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Notice => "notice",
            Self::Alert => "alert",
            Self::Page => "page",
        }
    }
}

/// How far the report is in one stream, as last measured: a row of `rpt_source_state`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceState {
    /// The source.
    pub source: Source,
    /// Kind of the records.
    pub stream: Entity,
    /// When the newest record that is in the report changed at its source.
    pub watermark: Option<EpochMillis>,
    /// When a record was last written.
    pub applied_at: Option<EpochMillis>,
    /// Documents that are in the feed and not in the report.
    pub backlog: i64,
    /// When the oldest of them that waits long enough to be noticed changed at its source.
    pub oldest_waiting_at: Option<EpochMillis>,
    /// How bad it is.
    pub level: Level,
    /// What the level comes from; none where it is fresh.
    pub cause: Option<String>,
    /// When this was first measured.
    pub watched_since: EpochMillis,
    /// When this was measured.
    pub measured_at: EpochMillis,
}

/// What came of one stream within a window of time: a row of `rpt_freshness`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowFigures {
    /// The source.
    pub source: Source,
    /// Kind of the records.
    pub stream: Entity,
    /// Length of the window, which ends at `measured_at`.
    pub window_min: i64,
    /// Records that were written into their row.
    pub applied: i64,
    /// Records that were there already.
    pub duplicate: i64,
    /// Records older than their row.
    pub superseded: i64,
    /// How old the written records were, in milliseconds: 50, 95, 99 and 100 of 100 at most so much.
    pub lag_ms: [Option<i64>; 4],
    /// When the newest of the records changed at its source.
    pub newest_modified_at: Option<EpochMillis>,
    /// When the last of them was written.
    pub applied_at: Option<EpochMillis>,
    /// When this was measured.
    pub measured_at: EpochMillis,
}

impl Store {
    /// What came of each stream within each window that ends at `now`, by the ledger.
    ///
    /// # Errors
    /// The database is away.
    pub async fn windows(
        &self,
        now: EpochMillis,
        windows_min: &[i64],
    ) -> Result<Vec<WindowFigures>, StoreError> {
        let longest = windows_min.iter().max().copied().unwrap_or_default();
        let since = EpochMillis(now.0 - longest * MINUTE_MS);
        let entries = on_engine!(self, engine => engine.ledger(since).await)?;
        let windows = windows_min
            .iter()
            .flat_map(|&window_min| figures(&entries, window_min, now));
        Ok(windows.collect())
    }

    /// What was last measured.
    ///
    /// # Errors
    /// The database is away.
    pub async fn source_states(&self) -> Result<Vec<SourceState>, StoreError> {
        let rows = on_engine!(self, engine => read_states(engine).await)?;
        Ok(rows.iter().filter_map(|row| state(row)).collect())
    }

    /// Notes what was measured, unless somebody has measured later.
    ///
    /// # Errors
    /// The store cannot write now.
    pub async fn note_freshness(
        &self,
        states: &[SourceState],
        windows: &[WindowFigures],
    ) -> Result<(), ApplyError> {
        on_engine!(self, engine => note(engine, states, windows).await)
    }
}

fn figures(entries: &[Entry], window_min: i64, now: EpochMillis) -> Vec<WindowFigures> {
    let since = now.0 - window_min * MINUTE_MS;
    let mut streams: BTreeMap<(Source, Entity), (WindowFigures, Vec<i64>)> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.committed_at.0 >= since) {
        let Some(stream) = entry.stream else {
            continue;
        };
        let (figures, lags) = streams
            .entry((entry.source, stream))
            .or_insert_with(|| (empty(entry.source, stream, window_min, now), Vec::new()));
        figures.applied += entry.applied;
        figures.duplicate += entry.duplicate;
        figures.superseded += entry.superseded;
        figures.newest_modified_at = figures.newest_modified_at.max(entry.newest_modified_at);
        if entry.applied > 0 {
            figures.applied_at = figures.applied_at.max(Some(entry.committed_at));
        }
        lags.extend(&entry.lags_ms);
    }
    let streams = streams.into_values().map(|(mut figures, mut lags)| {
        lags.sort_unstable();
        figures.lag_ms = [50, 95, 99, 100].map(|percent| percentile(&lags, percent));
        figures
    });
    streams.collect()
}

const fn empty(
    source: Source,
    stream: Entity,
    window_min: i64,
    measured_at: EpochMillis,
) -> WindowFigures {
    WindowFigures {
        source,
        stream,
        window_min,
        applied: 0,
        duplicate: 0,
        superseded: 0,
        lag_ms: [None; 4],
        newest_modified_at: None,
        applied_at: None,
        measured_at,
    }
}

async fn read_states<S: ReportingStore>(
    store: &S,
) -> Result<Vec<Vec<Value<'static>>>, sqlx::Error> {
    let mut transaction = store.begin().await?;
    store
        .read(&mut transaction, &store.watch().states, &[])
        .await
}

async fn note<S: ReportingStore>(
    store: &S,
    states: &[SourceState],
    windows: &[WindowFigures],
) -> Result<(), ApplyError> {
    let mut transaction = store.begin().await?;
    let rows: Vec<_> = states.iter().map(state_cells).collect();
    store
        .run(&mut transaction, &store.watch().put_states, &rows)
        .await?;
    let rows: Vec<_> = windows.iter().map(window_cells).collect();
    store
        .run(&mut transaction, &store.watch().put_windows, &rows)
        .await?;
    store.commit(transaction).await?;
    Ok(())
}

fn instant(at: Option<EpochMillis>) -> Value<'static> {
    integer(at.map(|at| at.0))
}

fn state_cells(state: &SourceState) -> Vec<Value<'static>> {
    vec![
        owned_text(state.source.as_str()),
        owned_text(state.stream.as_str()),
        instant(state.watermark),
        instant(state.applied_at),
        Value::Integer(state.backlog),
        instant(state.oldest_waiting_at),
        Value::Integer(state.level.minutes()),
        state.cause.as_deref().map_or(Value::Null, owned_text),
        Value::Integer(state.watched_since.0),
        Value::Integer(state.measured_at.0),
    ]
}

/// A row as it was noted; none if a release after this one knows more sources or streams.
fn state(row: &[Value<'static>]) -> Option<SourceState> {
    let instant = |index: usize| row[index].as_integer().map(EpochMillis);
    Some(SourceState {
        source: row[0].as_text()?.parse().ok()?,
        stream: row[1].as_text()?.parse().ok()?,
        watermark: instant(2),
        applied_at: instant(3),
        backlog: row[4].as_integer()?,
        oldest_waiting_at: instant(5),
        level: Level::of(row[6].as_integer()? * MINUTE_MS),
        cause: row[7].as_text().map(str::to_owned),
        watched_since: instant(8)?,
        measured_at: instant(9)?,
    })
}

fn window_cells(window: &WindowFigures) -> Vec<Value<'static>> {
    let mut cells = vec![
        owned_text(window.source.as_str()),
        owned_text(window.stream.as_str()),
        Value::Integer(window.window_min),
        Value::Integer(window.applied),
        Value::Integer(window.duplicate),
        Value::Integer(window.superseded),
    ];
    cells.extend(window.lag_ms.map(integer));
    cells.push(Value::Integer(window.measured_at.0));
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_begin_at_five_ten_and_fifteen_minutes() {
        let at = |minutes: i64, ms: i64| Level::of(minutes * MINUTE_MS + ms);
        assert_eq!([at(-3, 0), at(5, -1)], [Level::Fresh; 2]);
        assert_eq!([at(5, 0), at(10, -1)], [Level::Notice; 2]);
        assert_eq!([at(10, 0), at(15, -1)], [Level::Alert; 2]);
        assert_eq!([at(15, 0), at(9_000, 0)], [Level::Page; 2]);
    }
}
