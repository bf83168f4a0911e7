//! Whether everything of the feed is in the report, by source and hour.

use std::collections::BTreeMap;

use record::{EpochMillis, Source};

use crate::{
    ApplyError, Store, StoreError,
    engine::ReportingStore,
    row::{Value, owned_text},
    store::on_engine,
};

const HOUR_MS: i64 = 3_600_000;

/// The control totals of one source and hour: a row of `rpt_reconciliation`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlTotal {
    /// The source, or `unknown`.
    pub source: String,
    /// Begin of the hour, by the feed's clock.
    pub hour: EpochMillis,
    /// How far into the hour the check reached.
    pub checked_until: EpochMillis,
    /// Documents that the feed got.
    pub documents: i64,
    /// Those that the report holds, at their version or a newer one.
    pub in_report: i64,
    /// Those that are dead letters.
    pub dead_lettered: i64,
    /// Those that are neither, even after they were taken in again.
    pub missing: i64,
    /// Those that were neither and were taken in again, in all checks of the hour.
    pub reapplied: i64,
    /// Records that the ledger counts for the hour.
    pub taken_in: i64,
    /// Whether the hour is over and nothing of it is missing.
    pub settled: bool,
    /// When it was checked.
    pub checked_at: EpochMillis,
}

impl Store {
    /// The control totals of the hours from `since` on.
    ///
    /// # Errors
    /// The database is away.
    pub async fn control_totals(
        &self,
        since: EpochMillis,
    ) -> Result<Vec<ControlTotal>, StoreError> {
        let rows = on_engine!(self, engine => read(engine).await)?;
        let totals = rows.iter().filter_map(|row| total(row));
        Ok(totals.filter(|total| total.hour >= since).collect())
    }

    /// Notes control totals, unless somebody has checked later.
    ///
    /// # Errors
    /// The store cannot write now.
    pub async fn note_control_totals(&self, totals: &[ControlTotal]) -> Result<(), ApplyError> {
        on_engine!(self, engine => note(engine, totals).await)
    }

    /// Records that the ledger counts, by source and begin of the hour, for the hours from `since` on.
    ///
    /// # Errors
    /// The database is away.
    pub async fn taken_in_since(
        &self,
        since: EpochMillis,
    ) -> Result<BTreeMap<(Source, EpochMillis), i64>, StoreError> {
        let entries = on_engine!(self, engine => engine.ledger(since).await)?;
        let mut hours = BTreeMap::new();
        for entry in &entries {
            *hours
                .entry((entry.source, hour_of(entry.committed_at)))
                .or_default() +=
                entry.applied + entry.duplicate + entry.superseded + entry.dead_lettered;
        }
        Ok(hours)
    }
}

/// Begin of the hour that an instant lies in.
#[must_use]
pub const fn hour_of(at: EpochMillis) -> EpochMillis {
    EpochMillis(at.0 - at.0.rem_euclid(HOUR_MS))
}

async fn read<S: ReportingStore>(store: &S) -> Result<Vec<Vec<Value<'static>>>, sqlx::Error> {
    let mut transaction = store.begin().await?;
    store
        .read(&mut transaction, &store.watch().totals, &[])
        .await
}

async fn note<S: ReportingStore>(store: &S, totals: &[ControlTotal]) -> Result<(), ApplyError> {
    let mut transaction = store.begin().await?;
    let rows: Vec<_> = totals.iter().map(cells).collect();
    store
        .run(&mut transaction, &store.watch().put_totals, &rows)
        .await?;
    store.commit(transaction).await?;
    Ok(())
}

fn cells(total: &ControlTotal) -> Vec<Value<'static>> {
    vec![
        owned_text(&total.source),
        Value::Integer(total.hour.0),
        Value::Integer(total.checked_until.0),
        Value::Integer(total.documents),
        Value::Integer(total.in_report),
        Value::Integer(total.dead_lettered),
        Value::Integer(total.missing),
        Value::Integer(total.reapplied),
        Value::Integer(total.taken_in),
        Value::Bool(total.settled),
        Value::Integer(total.checked_at.0),
    ]
}

fn total(row: &[Value<'static>]) -> Option<ControlTotal> {
    let number = |index: usize| row[index].as_integer();
    let instant = |index: usize| number(index).map(EpochMillis);
    Some(ControlTotal {
        source: row[0].as_text()?.to_owned(),
        hour: instant(1)?,
        checked_until: instant(2)?,
        documents: number(3)?,
        in_report: number(4)?,
        dead_lettered: number(5)?,
        missing: number(6)?,
        reapplied: number(7)?,
        taken_in: number(8)?,
        settled: row[9].as_bool()?,
        checked_at: instant(10)?,
    })
}
