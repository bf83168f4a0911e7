//! The account of rebuilds: who asked for one, how far it is, and in what the report was different.

use record::EpochMillis;

use crate::{
    ApplyError, Store, StoreError,
    engine::ReportingStore,
    row::{Value, integer, list_of_texts, owned_text},
    store::on_engine,
};

/// Whether a rebuild goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RebuildState {
    /// It is being filled beside the report.
    Filling,
    /// The report is what the rebuild said.
    Swapped,
    /// It was given up.
    Cancelled,
}

impl RebuildState {
    /// As it is stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Filling => "filling",
            Self::Swapped => "swapped",
            Self::Cancelled => "cancelled",
        }
    }

    fn of(text: &str) -> Option<Self> {
        [Self::Filling, Self::Swapped, Self::Cancelled]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

/// A row of `rpt_rebuild`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebuild {
    /// Its name.
    pub id: String,
    /// Whether it goes on.
    pub state: RebuildState,
    /// Who asked for it.
    pub who: String,
    /// For what reason.
    pub why: String,
    /// When.
    pub asked_at: EpochMillis,
    /// When the feed got its oldest document.
    pub feed_from: EpochMillis,
    /// What the feed got before this is in.
    pub filled_until: EpochMillis,
    /// Documents that were read.
    pub documents: i64,
    /// Those of them that are dead letters.
    pub dead_lettered: i64,
    /// When it went on last.
    pub stepped_at: EpochMillis,
    /// In what the report was different; none until it is swapped.
    pub merged: Option<Merged>,
}

/// In what the report was different from what the feed leads to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Merged {
    /// Rows that the feed does not lead to.
    pub removed: i64,
    /// Rows that were not there.
    pub added: i64,
    /// Rows that said something else.
    pub replaced: i64,
    /// The same by table, where there are any.
    pub differences: Vec<String>,
}

impl Store {
    /// All rebuilds, the newest first.
    ///
    /// # Errors
    /// The database is away.
    pub async fn rebuilds(&self) -> Result<Vec<Rebuild>, StoreError> {
        let rows = on_engine!(self, engine => read(engine).await)?;
        let mut rebuilds: Vec<Rebuild> = rows.iter().filter_map(|row| rebuild(row)).collect();
        rebuilds.sort_by_key(|rebuild| std::cmp::Reverse(rebuild.asked_at));
        Ok(rebuilds)
    }

    /// Notes a rebuild as it is now, unless it has ended or somebody has noted that it is further.
    ///
    /// # Errors
    /// The store cannot write now, or a second one is to begin while one goes on.
    pub async fn note_rebuild(&self, rebuild: &Rebuild) -> Result<(), ApplyError> {
        on_engine!(self, engine => note(engine, rebuild).await)
    }
}

async fn read<S: ReportingStore>(store: &S) -> Result<Vec<Vec<Value<'static>>>, sqlx::Error> {
    let mut transaction = store.begin().await?;
    store
        .read(&mut transaction, &store.watch().rebuilds, &[])
        .await
}

async fn note<S: ReportingStore>(store: &S, rebuild: &Rebuild) -> Result<(), ApplyError> {
    let mut transaction = store.begin().await?;
    let row = cells(rebuild);
    store
        .run(&mut transaction, &store.watch().put_rebuild, &[row])
        .await?;
    store.commit(transaction).await?;
    Ok(())
}

fn cells(rebuild: &Rebuild) -> Vec<Value<'static>> {
    let merged = rebuild.merged.as_ref();
    vec![
        owned_text(&rebuild.id),
        owned_text(rebuild.state.as_str()),
        owned_text(&rebuild.who),
        owned_text(&rebuild.why),
        Value::Integer(rebuild.asked_at.0),
        Value::Integer(rebuild.feed_from.0),
        Value::Integer(rebuild.filled_until.0),
        Value::Integer(rebuild.documents),
        Value::Integer(rebuild.dead_lettered),
        Value::Integer(rebuild.stepped_at.0),
        integer(merged.map(|merged| merged.removed)),
        integer(merged.map(|merged| merged.added)),
        integer(merged.map(|merged| merged.replaced)),
        merged.map_or(Value::Null, |merged| list_of_texts(&merged.differences)),
    ]
}

fn rebuild(row: &[Value<'static>]) -> Option<Rebuild> {
    let text = |index: usize| row[index].as_text().map(str::to_owned);
    let number = |index: usize| row[index].as_integer();
    let instant = |index: usize| number(index).map(EpochMillis);
    Some(Rebuild {
        id: text(0)?,
        state: RebuildState::of(row[1].as_text()?)?,
        who: text(2)?,
        why: text(3)?,
        asked_at: instant(4)?,
        feed_from: instant(5)?,
        filled_until: instant(6)?,
        documents: number(7)?,
        dead_lettered: number(8)?,
        stepped_at: instant(9)?,
        merged: merged(row),
    })
}

fn merged(row: &[Value<'static>]) -> Option<Merged> {
    let differences = row[13].as_text().unwrap_or("[]");
    Some(Merged {
        removed: row[10].as_integer()?,
        added: row[11].as_integer()?,
        replaced: row[12].as_integer()?,
        differences: serde_json::from_str(differences).unwrap_or_default(),
    })
}
