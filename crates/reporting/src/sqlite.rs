//! The engine for one machine: SQLite, one writer, write-ahead log.

mod beside;

use std::{str::FromStr, time::Duration};

use record::EpochMillis;
use sqlx::{
    AssertSqlSafe, Connection, Row as _, Sqlite, SqliteConnection, SqlitePool, Transaction,
    query::Query,
    sqlite::{
        SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions,
        SqliteSynchronous,
    },
};

use crate::{
    StoreError, View,
    batch::Stored,
    engine::ReportingStore,
    ledger::Entry,
    preview::Rows,
    row::{Row, Value},
    sql::{Dialect, Input, Statements, vehicle_latest},
    table::{Column, Table},
    watch, xref,
};

/// How long a writer waits for another process that holds the write lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("migrations/sqlite");

/// A file. All writes go through one connection, since SQLite has one writer at a time anyway.
#[derive(Debug, Clone)]
pub(crate) struct SqliteStore {
    options: SqliteConnectOptions,
    pool: SqlitePool,
    statements: std::sync::Arc<[Statements; Table::ALL.len()]>,
    xref: std::sync::Arc<xref::Statements>,
    watch: std::sync::Arc<watch::Statements>,
}

/// Rows go in one by one through a prepared statement, which was measured to be faster than one JSON text with all of
/// them; keys that are looked up are one JSON text, of which `json_each` makes rows.
#[derive(Debug)]
struct Prepared;

impl Dialect for Prepared {
    fn input<'c>(columns: impl Iterator<Item = &'c Column>) -> Input {
        Input {
            from: "json_each(?1) AS input".to_owned(),
            cells: columns
                .enumerate()
                .map(|(index, _)| format!("json_extract(input.value, '$[{index}]')"))
                .collect(),
        }
    }

    fn insert<'c>(columns: impl Iterator<Item = &'c Column>) -> String {
        let marks: Vec<&str> = columns.map(|_| "?").collect();
        format!("VALUES ({})", marks.join(", "))
    }

    fn with_conflict(dq: &str) -> String {
        format!(
            "CASE WHEN instr({dq}, '\"version_conflict\"') > 0 THEN {dq} \
             ELSE json_insert({dq}, '$[#]', 'version_conflict') END"
        )
    }

    fn cell(column: &Column) -> String {
        column.name.to_owned()
    }
}

impl SqliteStore {
    /// A store that opens its file when it is first used.
    pub(crate) fn new(url: &str) -> Result<Self, sqlx::Error> {
        let options = SqliteConnectOptions::from_str(url)?
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(BUSY_TIMEOUT);
        Ok(Self::at(options))
    }

    fn at(options: SqliteConnectOptions) -> Self {
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_lazy_with(options.clone());
        Self {
            options,
            pool,
            statements: Statements::all::<Prepared>().into(),
            xref: std::sync::Arc::new(xref::Statements::of::<Prepared>()),
            watch: std::sync::Arc::new(watch::Statements::of::<Prepared>()),
        }
    }

    /// Brings the file's schema up to date, creating the file where it is missing.
    pub(crate) async fn migrate(&self) -> Result<(), StoreError> {
        let options = self.options.clone().create_if_missing(true);
        let mut connection = SqliteConnection::connect_with(&options).await?;
        MIGRATIONS.run(&mut connection).await?;
        Ok(connection.close().await?)
    }

    /// The newest migration that this build knows.
    pub(crate) fn newest_migration() -> Option<i64> {
        MIGRATIONS.iter().map(|migration| migration.version).max()
    }

    /// Removes the file and what SQLite keeps beside it.
    pub(crate) async fn remove(url: &str) -> Result<(), sqlx::Error> {
        let options = SqliteConnectOptions::from_str(url)?;
        let beside = Self::at(options.clone()).beside();
        for (options, suffix) in [&options, &beside.options]
            .into_iter()
            .flat_map(|options| ["", "-wal", "-shm", "-journal"].map(|suffix| (options, suffix)))
        {
            let mut path = options.get_filename().as_os_str().to_owned();
            path.push(suffix);
            match tokio::fs::remove_file(&path).await {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(error.into());
                }
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }

    fn statements(&self, table: Table) -> &Statements {
        &self.statements[table as usize]
    }
}

/// Rows as one JSON text.
fn json<'r>(rows: impl Iterator<Item = &'r [Value<'r>]>) -> Result<String, sqlx::Error> {
    let rows: Vec<&[Value<'_>]> = rows.collect();
    serde_json::to_string(&rows).map_err(|error| sqlx::Error::Encode(error.into()))
}

/// Binds one more cell.
fn bind(
    query: Query<'static, Sqlite, SqliteArguments>,
    value: &Value<'_>,
) -> Query<'static, Sqlite, SqliteArguments> {
    match value {
        Value::Null => query.bind(None::<String>),
        Value::Text(text) => query.bind(text.to_string()),
        Value::Integer(number) => query.bind(*number),
        Value::Bool(value) => query.bind(*value),
        Value::List(json) => query.bind(json.get().to_owned()),
    }
}

impl ReportingStore for SqliteStore {
    type Transaction = Transaction<'static, Sqlite>;

    async fn begin(&self) -> Result<Self::Transaction, sqlx::Error> {
        // A deferred transaction that reads first would fail with SQLITE_BUSY when it starts to write.
        self.pool.begin_with("BEGIN IMMEDIATE").await
    }

    async fn upsert(
        &self,
        transaction: &mut Self::Transaction,
        table: Table,
        rows: &[Row<'_>],
        stored: &mut Stored,
    ) -> Result<(), sqlx::Error> {
        let sql = &self.statements(table).upsert;
        for row in rows {
            let query = sqlx::query(AssertSqlSafe(sql.clone()));
            let query = row.values.iter().fold(query, bind);
            if let Some(written) = query.fetch_optional(&mut **transaction).await? {
                let guard = (written.try_get(1)?, written.try_get(2)?);
                stored.written.insert(written.try_get(0)?, guard);
            }
        }
        Ok(())
    }

    async fn stored(
        &self,
        transaction: &mut Self::Transaction,
        table: Table,
        keys: &[Vec<Value<'_>>],
        stored: &mut Stored,
    ) -> Result<(), sqlx::Error> {
        let input = json(keys.iter().map(Vec::as_slice))?;
        let sql = AssertSqlSafe(self.statements(table).stored.clone());
        let kept = sqlx::query(sql)
            .bind(input)
            .fetch_all(&mut **transaction)
            .await?;
        for row in kept {
            stored
                .kept
                .insert(row.try_get(0)?, (row.try_get(1)?, row.try_get(2)?));
        }
        Ok(())
    }

    async fn rows_of(
        &self,
        transaction: &mut Self::Transaction,
        table: Table,
        keys: &[Vec<Value<'_>>],
    ) -> Result<Rows, sqlx::Error> {
        let input = json(keys.iter().map(Vec::as_slice))?;
        let sql = AssertSqlSafe(self.statements(table).rows_of.clone());
        let query = sqlx::query(sql).bind(input);
        let rows = query.fetch_all(&mut **transaction).await?;
        rows.iter()
            .map(|row| crate::rows::by_key(table.columns(), row))
            .collect()
    }

    async fn flag_conflicts(
        &self,
        transaction: &mut Self::Transaction,
        table: Table,
        keys: &[Vec<Value<'_>>],
    ) -> Result<(), sqlx::Error> {
        let input = json(keys.iter().map(Vec::as_slice))?;
        let sql = AssertSqlSafe(self.statements(table).conflict.clone());
        sqlx::query(sql)
            .bind(input)
            .execute(&mut **transaction)
            .await?;
        Ok(())
    }

    fn xref(&self) -> &xref::Statements {
        &self.xref
    }

    fn watch(&self) -> &watch::Statements {
        &self.watch
    }

    async fn run(
        &self,
        transaction: &mut Self::Transaction,
        statement: &xref::Statement,
        rows: &[Vec<Value<'_>>],
    ) -> Result<(), sqlx::Error> {
        let input = json(rows.iter().map(Vec::as_slice))?;
        let query = sqlx::query(AssertSqlSafe(statement.sql.clone()));
        query.bind(input).execute(&mut **transaction).await?;
        Ok(())
    }

    async fn read(
        &self,
        transaction: &mut Self::Transaction,
        statement: &xref::Statement,
        rows: &[Vec<Value<'_>>],
    ) -> Result<Vec<Vec<Value<'static>>>, sqlx::Error> {
        let mut query = sqlx::query(AssertSqlSafe(statement.sql.clone()));
        if !statement.input.is_empty() {
            query = query.bind(json(rows.iter().map(Vec::as_slice))?);
        }
        let found = query.fetch_all(&mut **transaction).await?;
        found
            .iter()
            .map(|row| crate::rows::cells(statement.output, row))
            .collect()
    }

    async fn claim_resolution(&self, _: &mut Self::Transaction) -> Result<bool, sqlx::Error> {
        // Who writes is alone already.
        Ok(true)
    }

    async fn append(
        &self,
        transaction: &mut Self::Transaction,
        entry: &Entry,
    ) -> Result<(), sqlx::Error> {
        let lags = serde_json::to_string(&entry.lags_ms)
            .map_err(|error| sqlx::Error::Encode(error.into()))?;
        sqlx::query(
            "INSERT INTO rpt_consolidation (committed_at, source, applied, duplicate, superseded, dead_lettered, lags_ms, stream, newest_modified_at) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(entry.committed_at.0)
        .bind(entry.source.as_str())
        .bind(entry.applied)
        .bind(entry.duplicate)
        .bind(entry.superseded)
        .bind(entry.dead_lettered)
        .bind(lags)
        .bind(entry.stream.map(record::Entity::as_str))
        .bind(entry.newest_modified_at.map(|at| at.0))
        .execute(&mut **transaction)
        .await?;
        Ok(())
    }

    async fn commit(&self, transaction: Self::Transaction) -> Result<(), sqlx::Error> {
        transaction.commit().await
    }

    async fn rows(
        &self,
        table: Table,
    ) -> Result<Vec<serde_json::Map<String, serde_json::Value>>, sqlx::Error> {
        let sql = AssertSqlSafe(self.statements(table).rows.clone());
        let rows = sqlx::query(sql).fetch_all(&self.pool).await?;
        rows.iter()
            .map(|row| crate::rows::map(table.business_columns(), row))
            .collect()
    }

    async fn row(
        &self,
        table: Table,
        key: Vec<Value<'_>>,
    ) -> Result<Option<serde_json::Map<String, serde_json::Value>>, sqlx::Error> {
        let input = json(std::iter::once(key.as_slice()))?;
        let sql = AssertSqlSafe(self.statements(table).whole.clone());
        let row = sqlx::query(sql)
            .bind(input)
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| crate::rows::map(table.columns(), &row))
            .transpose()
    }

    async fn vehicle_latest(
        &self,
    ) -> Result<Vec<serde_json::Map<String, serde_json::Value>>, sqlx::Error> {
        let sql = AssertSqlSafe(vehicle_latest::<Prepared>());
        let rows = sqlx::query(sql).fetch_all(&self.pool).await?;
        rows.iter()
            .map(|row| crate::rows::map(crate::table::vehicle_latest(), row))
            .collect()
    }

    async fn view(
        &self,
        view: View,
    ) -> Result<Vec<serde_json::Map<String, serde_json::Value>>, sqlx::Error> {
        let sql = AssertSqlSafe(view.select::<Prepared>());
        let rows = sqlx::query(sql).fetch_all(&self.pool).await?;
        rows.iter()
            .map(|row| crate::rows::map(view.columns().iter(), row))
            .collect()
    }

    async fn ledger(&self, since: EpochMillis) -> Result<Vec<Entry>, sqlx::Error> {
        let rows = sqlx::query(
            "SELECT source, applied, duplicate, superseded, dead_lettered, lags_ms, stream, newest_modified_at, committed_at \
             FROM rpt_consolidation WHERE committed_at >= ?",
        )
        .bind(since.0)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(crate::ledger::entry).collect()
    }

    async fn schema_version(&self) -> Result<Option<i64>, sqlx::Error> {
        sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations WHERE success")
            .fetch_one(&self.pool)
            .await
    }
}
