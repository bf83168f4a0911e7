//! The reporting store, whichever engine it is on.

use std::collections::{BTreeMap, HashSet};

use record::{Entity, EpochMillis, SourceVersion};
use serde_json::{Map, Value as Json};

use crate::{
    ApplyError, Change, Drained, Freshness, Outcome, Password, Preview, Standing, StoreError,
    Table, View,
    batch::{Stored, TableBatch, fold},
    engine::ReportingStore,
    ledger::{self, Entry},
    postgres::PostgresStore,
    preview::{self, Rows},
    row::key_values,
    sqlite::SqliteStore,
    xref,
};

/// The reporting store: the newest version of every record, and an account of how it got there.
///
/// Cheap to clone; clones share the connections.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) engine: Engine,
    /// Whether it is one that is filled beside the report: what it takes in is no news, and not in the ledger.
    pub(crate) is_beside: bool,
}

#[derive(Debug, Clone)]
pub(crate) enum Engine {
    Sqlite(SqliteStore),
    Postgres(PostgresStore),
}

/// Calls the same method on whichever engine there is.
macro_rules! on_engine {
    ($store:expr, $engine:ident => $call:expr) => {
        match &$store.engine {
            $crate::store::Engine::Sqlite($engine) => $call,
            $crate::store::Engine::Postgres($engine) => $call,
        }
    };
}

pub(crate) use on_engine;

/// A record that the store should have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim<'a> {
    /// Kind of thing.
    pub entity: Entity,
    /// Business key, joined.
    pub key: &'a str,
    /// Version of the record.
    pub version: SourceVersion,
    /// Content hash of the record, 32 hex digits.
    pub content_hash: &'a str,
}

impl Store {
    /// A store at `sqlite://<path>` or `postgres://…`. Opens no connection yet, so that a handler is ready at once.
    ///
    /// # Errors
    /// An address that cannot be read.
    pub fn connect(url: &str) -> Result<Self, StoreError> {
        let scheme = url.split(':').next().unwrap_or_default();
        let engine = match scheme {
            "sqlite" => Engine::Sqlite(SqliteStore::new(url)?),
            "postgres" | "postgresql" => Engine::Postgres(PostgresStore::new(url)?),
            other => return Err(StoreError::UnknownEngine(other.to_owned())),
        };
        Ok(Self::on(engine))
    }

    /// The same store, whose server is signed in to with a password that changes. SQLite has none.
    #[must_use]
    pub fn with_password(self, password: Password) -> Self {
        let engine = match self.engine {
            Engine::Postgres(engine) => Engine::Postgres(engine.with_password(password)),
            sqlite @ Engine::Sqlite(_) => sqlite,
        };
        Self { engine, ..self }
    }

    pub(crate) const fn on(engine: Engine) -> Self {
        Self {
            engine,
            is_beside: false,
        }
    }

    /// Brings the schema up to date; creates the SQLite file where it is missing.
    ///
    /// # Errors
    /// The database is away or holds a schema that our migrations do not lead to.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        on_engine!(self, engine => engine.migrate().await)
    }

    /// Checks that the schema is at least as new as this build. A newer one is fine: migrations only add.
    ///
    /// # Errors
    /// The database is away or its schema is older.
    pub async fn check_schema(&self) -> Result<(), StoreError> {
        let found = on_engine!(self, engine => engine.schema_version().await)?;
        let needed = match &self.engine {
            Engine::Sqlite(_) => SqliteStore::newest_migration(),
            Engine::Postgres(_) => PostgresStore::newest_migration(),
        };
        if found >= needed {
            Ok(())
        } else {
            Err(StoreError::Schema { found, needed })
        }
    }

    /// Writes a batch in one transaction, newer versions only, with its row in the ledger. One outcome per change, in
    /// the same order.
    ///
    /// # Errors
    /// Nothing was written: the store cannot write now, or the batch holds a record that it refuses.
    pub async fn apply(
        &self,
        changes: &[Change<'_>],
        applied_at: EpochMillis,
    ) -> Result<Vec<Outcome>, ApplyError> {
        let finish = match self.is_beside {
            true => Finish::Unnoted,
            false => Finish::Commit,
        };
        on_engine!(self, engine => apply(engine, changes, applied_at, finish).await)
    }

    /// Finds out which records are about the same shipment, for everything that was touched since the last time, in
    /// steps of bounded size. One process at a time does it; who comes meanwhile has nothing to do.
    ///
    /// # Errors
    /// The store cannot write now. What is not done stays marked.
    pub async fn resolve(&self, now: EpochMillis) -> Result<Drained, ApplyError> {
        on_engine!(self, engine => xref::drain(engine, now).await)
    }

    /// Does all that [`Store::apply`] does, and takes it back: tells whether the store takes such records at all.
    ///
    /// # Errors
    /// As [`Store::apply`].
    pub async fn rehearse(
        &self,
        changes: &[Change<'_>],
        applied_at: EpochMillis,
    ) -> Result<Vec<Outcome>, ApplyError> {
        on_engine!(self, engine => apply(engine, changes, applied_at, Finish::RollBack).await)
    }

    /// Does all that [`Store::apply`] does, and takes it back: tells what it would do to each row. One preview per
    /// change, in the same order.
    ///
    /// # Errors
    /// As [`Store::apply`].
    pub async fn preview(
        &self,
        changes: &[Change<'_>],
        applied_at: EpochMillis,
    ) -> Result<Vec<Preview>, ApplyError> {
        on_engine!(self, engine => preview(engine, changes, applied_at).await)
    }

    /// For each key, what its row holds; none where there is no row.
    ///
    /// # Errors
    /// The database is away.
    pub async fn standings(
        &self,
        keys: &[(Entity, &str)],
    ) -> Result<Vec<Option<Standing>>, StoreError> {
        Ok(on_engine!(self, engine => standings(engine, keys).await)?)
    }

    /// Accounts for records that ended as dead letters.
    ///
    /// # Errors
    /// The store cannot write now.
    pub async fn account_dead_letters(
        &self,
        source: record::Source,
        dead_lettered: i64,
        at: EpochMillis,
    ) -> Result<(), ApplyError> {
        if self.is_beside {
            return Ok(());
        }
        let entry = Entry {
            dead_lettered,
            ..Entry::new(source, None, at)
        };
        on_engine!(self, engine => append(engine, &entry).await)
    }

    /// All rows of a table that are not deleted, ascending by key, business columns only.
    ///
    /// # Errors
    /// The database is away.
    pub async fn rows(&self, table: Table) -> Result<Vec<Map<String, Json>>, StoreError> {
        Ok(on_engine!(self, engine => engine.rows(table).await)?)
    }

    /// The row that a record is about, with all columns, its versions and its lineage; none if there is none.
    ///
    /// # Errors
    /// The database is away.
    pub async fn row(
        &self,
        entity: Entity,
        record_key: &str,
    ) -> Result<Option<Map<String, Json>>, StoreError> {
        let table = Table::of(entity);
        let key = key_values(table, record_key);
        Ok(on_engine!(self, engine => engine.row(table, key).await)?)
    }

    /// Where each vehicle is, ascending by provider and id: the newest place, odometer and engine state by the time of
    /// their reading, whenever they arrived. The columns of `v_vehicle_latest`.
    ///
    /// # Errors
    /// The database is away.
    pub async fn vehicle_latest(&self) -> Result<Vec<Map<String, Json>>, StoreError> {
        Ok(on_engine!(self, engine => engine.vehicle_latest().await)?)
    }

    /// All rows of a view, in one order on both engines: by their columns, from the first.
    ///
    /// # Errors
    /// The database is away.
    pub async fn view(&self, view: View) -> Result<Vec<Map<String, Json>>, StoreError> {
        let mut rows = on_engine!(self, engine => engine.view(view).await)?;
        let order = |row: &Map<String, Json>| -> Vec<String> {
            let cells = view.columns().iter().map(|column| row.get(column.name));
            cells
                .map(|cell| cell.map(Json::to_string).unwrap_or_default())
                .collect()
        };
        rows.sort_by_cached_key(order);
        Ok(rows)
    }

    /// For each claim, whether the store has that key at that version and content or newer.
    ///
    /// # Errors
    /// The database is away.
    pub async fn accounts(&self, claims: &[Claim<'_>]) -> Result<Vec<bool>, StoreError> {
        Ok(on_engine!(self, engine => accounts(engine, claims).await)?)
    }

    /// What became of each source's records so far, and how old they were when applied.
    ///
    /// # Errors
    /// The database is away.
    pub async fn freshness(&self) -> Result<Vec<Freshness>, StoreError> {
        self.freshness_since(EpochMillis(i64::from(i32::MIN))).await
    }

    /// [`Store::freshness`] over what was written at `since` or later.
    ///
    /// # Errors
    /// The database is away.
    pub async fn freshness_since(&self, since: EpochMillis) -> Result<Vec<Freshness>, StoreError> {
        let entries = on_engine!(self, engine => engine.ledger(since).await)?;
        Ok(ledger::freshness(entries))
    }
}

/// How a transaction ends that went well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Finish {
    Commit,
    /// Committed without a line in the ledger.
    Unnoted,
    RollBack,
}

async fn apply<S: ReportingStore>(
    store: &S,
    changes: &[Change<'_>],
    applied_at: EpochMillis,
    finish: Finish,
) -> Result<Vec<Outcome>, ApplyError> {
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    let tables = checked(changes, applied_at)?;
    let mut transaction = store.begin().await?;
    let outcomes = write(store, &mut transaction, &tables, changes).await?;
    if finish != Finish::Unnoted {
        for entry in ledger::entries(changes, &outcomes, applied_at) {
            store.append(&mut transaction, &entry).await?;
        }
    }
    // A transaction that is dropped is rolled back.
    if finish != Finish::RollBack {
        store.commit(transaction).await?;
    }
    Ok(outcomes)
}

/// The batch by tables, if every row of it can be shown in a report.
fn checked<'a>(
    changes: &'a [Change<'a>],
    applied_at: EpochMillis,
) -> Result<Vec<TableBatch<'a>>, ApplyError> {
    let tables = fold(changes, applied_at);
    for batch in &tables {
        for row in &batch.rows {
            row.check(batch.table)?;
        }
    }
    Ok(tables)
}

/// Writes the rows that are newer than what is stored. One outcome per change.
async fn write<S: ReportingStore>(
    store: &S,
    transaction: &mut S::Transaction,
    tables: &[TableBatch<'_>],
    changes: &[Change<'_>],
) -> Result<Vec<Outcome>, ApplyError> {
    let mut outcomes = vec![Outcome::Superseded; changes.len()];
    let mut standing = Vec::with_capacity(changes.len());
    for batch in tables {
        let mut stored = Stored::default();
        store
            .upsert(transaction, batch.table, &batch.rows, &mut stored)
            .await?;
        let left = batch.left_alone(&stored);
        if !left.is_empty() {
            store
                .stored(transaction, batch.table, &left, &mut stored)
                .await?;
        }
        let conflicts = batch.conflicts(&stored);
        if !conflicts.is_empty() {
            store
                .flag_conflicts(transaction, batch.table, &conflicts)
                .await?;
        }
        batch.settle(&stored, &mut outcomes);
        standing.extend(batch.standing(&stored));
    }
    let standing: Vec<&Change<'_>> = standing.iter().map(|&index| &changes[index]).collect();
    xref::write(store, transaction, &standing).await?;
    Ok(outcomes)
}

async fn preview<S: ReportingStore>(
    store: &S,
    changes: &[Change<'_>],
    applied_at: EpochMillis,
) -> Result<Vec<Preview>, ApplyError> {
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    let tables = checked(changes, applied_at)?;
    let records = changes.iter().map(Change::record);
    let keys = preview::keys(records.map(|record| (record.entity(), record.key().as_str())));
    let mut transaction = store.begin().await?;
    let before = rows_of(store, &mut transaction, &keys).await?;
    let outcomes = write(store, &mut transaction, &tables, changes).await?;
    let after = rows_of(store, &mut transaction, &keys).await?;
    // Dropped here, and with it all that was written.
    drop(transaction);
    let empty = Rows::new();
    let previews = changes.iter().zip(outcomes).map(|(change, outcome)| {
        let table = Table::of(change.record().entity());
        let (was, is) = (
            before.get(&table).unwrap_or(&empty),
            after.get(&table).unwrap_or(&empty),
        );
        Preview::of(change, outcome, was, is)
    });
    Ok(previews.collect())
}

async fn rows_of<S: ReportingStore>(
    store: &S,
    transaction: &mut S::Transaction,
    keys: &BTreeMap<Table, Vec<&str>>,
) -> Result<BTreeMap<Table, Rows>, sqlx::Error> {
    let mut rows = BTreeMap::new();
    for (&table, keys) in keys {
        let keys: Vec<_> = keys.iter().map(|key| key_values(table, key)).collect();
        rows.insert(table, store.rows_of(transaction, table, &keys).await?);
    }
    Ok(rows)
}

async fn standings<S: ReportingStore>(
    store: &S,
    keys: &[(Entity, &str)],
) -> Result<Vec<Option<Standing>>, sqlx::Error> {
    let by_table = preview::keys(keys.iter().copied());
    let mut transaction = store.begin().await?;
    let rows = rows_of(store, &mut transaction, &by_table).await?;
    let standings = keys.iter().map(|&(entity, key)| {
        let table = Table::of(entity);
        let row = rows.get(&table).and_then(|rows| rows.get(key))?;
        Some(Standing::of(table, row))
    });
    Ok(standings.collect())
}

async fn append<S: ReportingStore>(store: &S, entry: &Entry) -> Result<(), ApplyError> {
    let mut transaction = store.begin().await?;
    store.append(&mut transaction, entry).await?;
    store.commit(transaction).await?;
    Ok(())
}

async fn accounts<S: ReportingStore>(
    store: &S,
    claims: &[Claim<'_>],
) -> Result<Vec<bool>, sqlx::Error> {
    let mut found = Vec::with_capacity(Table::ALL.len());
    let mut transaction = store.begin().await?;
    for table in Table::ALL {
        let of_table = claims
            .iter()
            .filter(|claim| Table::of(claim.entity) == table);
        let keys: HashSet<&str> = of_table.map(|claim| claim.key).collect();
        let mut stored = Stored::default();
        if !keys.is_empty() {
            let keys: Vec<_> = keys.iter().map(|key| key_values(table, key)).collect();
            store
                .stored(&mut transaction, table, &keys, &mut stored)
                .await?;
        }
        found.push(stored.kept);
    }
    let accounted = claims.iter().map(|claim| {
        let row = found[Table::of(claim.entity) as usize].get(claim.key);
        row.is_some_and(|(version, hash)| {
            let claimed = claim.version.to_string();
            (version.as_str(), hash.as_str()) >= (claimed.as_str(), claim.content_hash)
        })
    });
    Ok(accounted.collect())
}

/// Starts a local store afresh: the SQLite file, or the PostgreSQL schema that the url's `search_path` names, is
/// removed and created empty. Everything in it is lost.
///
/// # Errors
/// The database is away, or the url names no schema.
pub async fn recreate(url: &str) -> Result<Store, StoreError> {
    let store = Store::connect(url)?;
    match &store.engine {
        Engine::Sqlite(_) => SqliteStore::remove(url).await?,
        Engine::Postgres(engine) => engine.recreate_schema().await?,
    }
    store.migrate().await?;
    store.prepare_beside().await?;
    Ok(store)
}
