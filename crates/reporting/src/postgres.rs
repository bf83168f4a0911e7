//! The engine for production: PostgreSQL, a bounded pool, batches as arrays.

mod beside;

use std::{str::FromStr, sync::Arc};

use record::EpochMillis;
use sqlx::{
    AssertSqlSafe, Encode, Executor, PgPool, Postgres, Row as _, Transaction, Type,
    encode::IsNull,
    error::BoxDynError,
    postgres::{
        PgArgumentBuffer, PgArguments, PgConnectOptions, PgHasArrayType, PgPoolOptions, PgTypeInfo,
    },
    query::Query,
};

use crate::{
    StoreError, View,
    batch::Stored,
    engine::ReportingStore,
    ledger::Entry,
    password::Password,
    preview::Rows,
    row::{Row, Value},
    sql::{Dialect, Input, Statements, vehicle_latest},
    table::{Column, Kind, Table},
    watch, xref,
};

/// Connections per process. The change feed has at most one batch per physical partition on its way.
const CONNECTIONS_MAX: u32 = 8;

/// How long a batch waits for a connection before it is given back to the change feed.
const ACQUIRE_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(5);

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("migrations/postgres");

/// A database, or one schema of it if the url's options set a `search_path`.
#[derive(Debug, Clone)]
pub(crate) struct PostgresStore {
    options: PgConnectOptions,
    pool: PgPool,
    password: Option<Password>,
    /// The schema, where it is another than the url names.
    schema: Option<String>,
    statements: Arc<[Statements; Table::ALL.len()]>,
    xref: Arc<xref::Statements>,
    watch: Arc<watch::Statements>,
}

/// The batch is one array per column; `UNNEST` makes rows of them.
#[derive(Debug)]
struct Unnest;

impl Dialect for Unnest {
    fn input<'c>(columns: impl Iterator<Item = &'c Column>) -> Input {
        let (mut arrays, mut names, mut cells) = (Vec::new(), Vec::new(), Vec::new());
        for (index, column) in columns.enumerate() {
            let (number, name) = (index + 1, column.name);
            let (array, cast) = match column.kind {
                Kind::Text => ("text", ""),
                Kind::Date => ("text", "::date"),
                Kind::Decimal => ("text", "::numeric"),
                Kind::List => ("text", "::jsonb"),
                Kind::Integer => ("bigint", ""),
                Kind::Bool => ("boolean", ""),
                Kind::Instant => ("timestamptz", ""),
            };
            arrays.push(format!("${number}::{array}[]"));
            names.push(name);
            cells.push(format!("input.{name}{cast}"));
        }
        Input {
            from: format!(
                "UNNEST({}) AS input ({})",
                arrays.join(", "),
                names.join(", ")
            ),
            cells,
        }
    }

    fn insert<'c>(columns: impl Iterator<Item = &'c Column>) -> String {
        let Input { from, cells } = Self::input(columns);
        format!("SELECT {} FROM {from}", cells.join(", "))
    }

    fn with_conflict(dq: &str) -> String {
        let flag = "'[\"version_conflict\"]'::jsonb";
        format!("CASE WHEN {dq} @> {flag} THEN {dq} ELSE {dq} || {flag} END")
    }

    fn cell(column: &Column) -> String {
        let name = column.name;
        match column.kind {
            Kind::Text | Kind::Integer | Kind::Bool => name.to_owned(),
            Kind::Date | Kind::Decimal | Kind::List => format!("{name}::text"),
            Kind::Instant => format!("(extract(epoch FROM {name}) * 1000)::bigint"),
        }
    }
}

/// An instant in PostgreSQL's own form: microseconds since 2000-01-01, exact for every millisecond it can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Instant(EpochMillis);

/// Milliseconds from 1970-01-01 to 2000-01-01.
const POSTGRES_EPOCH_MS: i64 = 946_684_800_000;

impl Type<Postgres> for Instant {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("timestamptz")
    }
}

impl PgHasArrayType for Instant {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("_timestamptz")
    }
}

impl Encode<'_, Postgres> for Instant {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let millis = self.0.0;
        let micros = millis
            .checked_sub(POSTGRES_EPOCH_MS)
            .and_then(|since| since.checked_mul(1000))
            .ok_or_else(|| format!("the instant {millis} ms is out of range"))?;
        Encode::<Postgres>::encode(micros, buffer)
    }
}

impl PostgresStore {
    /// A store that connects when it is first used.
    pub(crate) fn new(url: &str) -> Result<Self, sqlx::Error> {
        let options = PgConnectOptions::from_str(url)?.application_name("crossdock");
        Ok(Self::at(options, None, None))
    }

    fn at(options: PgConnectOptions, schema: Option<String>, password: Option<Password>) -> Self {
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS_MAX)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_lazy_with(options.clone());
        Self {
            options,
            pool,
            password,
            schema,
            statements: Statements::all::<Unnest>().into(),
            xref: Arc::new(xref::Statements::of::<Unnest>()),
            watch: Arc::new(watch::Statements::of::<Unnest>()),
        }
    }

    /// The same store, which asks for its password before it may need it.
    pub(crate) fn with_password(self, password: Password) -> Self {
        Self {
            password: Some(password),
            ..self
        }
    }

    /// The pool, whose next connection signs in with the password of now. Those that are open stay: a server looks at a
    /// token once.
    async fn pool(&self) -> Result<&PgPool, sqlx::Error> {
        if let Some(password) = &self.password {
            let now = password.now(ACQUIRE_TIMEOUT).await?;
            let options = self.options.clone().password(&now);
            self.pool.set_connect_options(options);
        }
        Ok(&self.pool)
    }

    /// Brings the schema up to date.
    pub(crate) async fn migrate(&self) -> Result<(), StoreError> {
        Ok(MIGRATIONS.run(self.pool().await?).await?)
    }

    /// The newest migration that this build knows.
    pub(crate) fn newest_migration() -> Option<i64> {
        MIGRATIONS.iter().map(|migration| migration.version).max()
    }

    /// Drops and creates the schema that the options' `search_path` names.
    pub(crate) async fn recreate_schema(&self) -> Result<(), StoreError> {
        let schema = self.schema().ok_or(StoreError::NoSchema)?;
        let beside = self.beside()?;
        let sql = format!(
            "DROP SCHEMA IF EXISTS \"{schema}\", \"{}\" CASCADE; CREATE SCHEMA \"{schema}\"",
            beside.schema_name()?
        );
        let pool = self.pool().await?;
        pool.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await?;
        Ok(())
    }

    /// The schema that the options name, if it is a plain identifier.
    fn schema(&self) -> Option<&str> {
        let (_, path) = self.options.get_options()?.split_once("search_path=")?;
        let schema = path.split_whitespace().next()?;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        schema.chars().all(plain).then_some(schema)
    }

    fn statements(&self, table: Table) -> &Statements {
        &self.statements[table as usize]
    }
}

/// Binds one array per column.
fn bind<'c>(
    mut query: Query<'static, Postgres, PgArguments>,
    columns: impl Iterator<Item = &'c Column>,
    rows: &[&[Value<'_>]],
) -> Result<Query<'static, Postgres, PgArguments>, sqlx::Error> {
    for (index, column) in columns.enumerate() {
        let cells = rows.iter().map(|row| &row[index]);
        let bound = match column.kind {
            Kind::Text | Kind::Date | Kind::Decimal | Kind::List => {
                query.try_bind(cells.map(Value::as_text).collect::<Vec<_>>())
            }
            Kind::Integer => query.try_bind(cells.map(Value::as_integer).collect::<Vec<_>>()),
            Kind::Bool => query.try_bind(cells.map(Value::as_bool).collect::<Vec<_>>()),
            Kind::Instant => {
                let instant =
                    |cell: &Value<'_>| cell.as_integer().map(|ms| Instant(EpochMillis(ms)));
                query.try_bind(cells.map(instant).collect::<Vec<_>>())
            }
        };
        bound.map_err(sqlx::Error::Encode)?;
    }
    Ok(query)
}

impl ReportingStore for PostgresStore {
    type Transaction = Transaction<'static, Postgres>;

    async fn begin(&self) -> Result<Self::Transaction, sqlx::Error> {
        self.pool().await?.begin().await
    }

    async fn upsert(
        &self,
        transaction: &mut Self::Transaction,
        table: Table,
        rows: &[Row<'_>],
        stored: &mut Stored,
    ) -> Result<(), sqlx::Error> {
        let cells: Vec<&[Value<'_>]> = rows.iter().map(|row| row.values.as_slice()).collect();
        let query = sqlx::query(AssertSqlSafe(self.statements(table).upsert.clone()));
        let query = bind(query, table.columns(), &cells)?;
        for row in query.fetch_all(&mut **transaction).await? {
            let guard = (row.try_get(1)?, row.try_get(2)?);
            stored.written.insert(row.try_get(0)?, guard);
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
        let cells: Vec<&[Value<'_>]> = keys.iter().map(Vec::as_slice).collect();
        let query = sqlx::query(AssertSqlSafe(self.statements(table).stored.clone()));
        let query = bind(query, table.key_columns(), &cells)?;
        for row in query.fetch_all(&mut **transaction).await? {
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
        let cells: Vec<&[Value<'_>]> = keys.iter().map(Vec::as_slice).collect();
        let query = sqlx::query(AssertSqlSafe(self.statements(table).rows_of.clone()));
        let query = bind(query, table.key_columns(), &cells)?;
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
        let cells: Vec<&[Value<'_>]> = keys.iter().map(Vec::as_slice).collect();
        let query = sqlx::query(AssertSqlSafe(self.statements(table).conflict.clone()));
        let query = bind(query, table.key_columns(), &cells)?;
        query.execute(&mut **transaction).await?;
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
        let cells: Vec<&[Value<'_>]> = rows.iter().map(Vec::as_slice).collect();
        let query = sqlx::query(AssertSqlSafe(statement.sql.clone()));
        let query = bind(query, statement.input.iter(), &cells)?;
        query.execute(&mut **transaction).await?;
        Ok(())
    }

    async fn read(
        &self,
        transaction: &mut Self::Transaction,
        statement: &xref::Statement,
        rows: &[Vec<Value<'_>>],
    ) -> Result<Vec<Vec<Value<'static>>>, sqlx::Error> {
        let cells: Vec<&[Value<'_>]> = rows.iter().map(Vec::as_slice).collect();
        let query = sqlx::query(AssertSqlSafe(statement.sql.clone()));
        let query = bind(query, statement.input.iter(), &cells)?;
        let found = query.fetch_all(&mut **transaction).await?;
        found
            .iter()
            .map(|row| crate::rows::cells(statement.output, row))
            .collect()
    }

    async fn claim_resolution(
        &self,
        transaction: &mut Self::Transaction,
    ) -> Result<bool, sqlx::Error> {
        // Of this schema: several reports may lie in one database. The lock goes with the transaction, however it ends.
        let lock = "SELECT pg_try_advisory_xact_lock(hashtextextended('crossdock.resolution.' || current_schema(), 0))";
        sqlx::query_scalar(lock).fetch_one(&mut **transaction).await
    }

    async fn append(
        &self,
        transaction: &mut Self::Transaction,
        entry: &Entry,
    ) -> Result<(), sqlx::Error> {
        sqlx::query(
            "INSERT INTO rpt_consolidation (committed_at, source, applied, duplicate, superseded, dead_lettered, lags_ms, stream, newest_modified_at) \
             VALUES ($1, $2, $3, $4, $5, $6, to_jsonb($7::bigint[]), $8, $9)",
        )
        .bind(Instant(entry.committed_at))
        .bind(entry.source.as_str())
        .bind(entry.applied)
        .bind(entry.duplicate)
        .bind(entry.superseded)
        .bind(entry.dead_lettered)
        .bind(entry.lags_ms.as_slice())
        .bind(entry.stream.map(record::Entity::as_str))
        .bind(entry.newest_modified_at.map(Instant))
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
        let rows = sqlx::query(sql).fetch_all(self.pool().await?).await?;
        rows.iter()
            .map(|row| crate::rows::map(table.business_columns(), row))
            .collect()
    }

    async fn row(
        &self,
        table: Table,
        key: Vec<Value<'_>>,
    ) -> Result<Option<serde_json::Map<String, serde_json::Value>>, sqlx::Error> {
        let query = sqlx::query(AssertSqlSafe(self.statements(table).whole.clone()));
        let query = bind(query, table.key_columns(), &[key.as_slice()])?;
        let row = query.fetch_optional(self.pool().await?).await?;
        row.map(|row| crate::rows::map(table.columns(), &row))
            .transpose()
    }

    async fn vehicle_latest(
        &self,
    ) -> Result<Vec<serde_json::Map<String, serde_json::Value>>, sqlx::Error> {
        let sql = AssertSqlSafe(vehicle_latest::<Unnest>());
        let rows = sqlx::query(sql).fetch_all(self.pool().await?).await?;
        rows.iter()
            .map(|row| crate::rows::map(crate::table::vehicle_latest(), row))
            .collect()
    }

    async fn view(
        &self,
        view: View,
    ) -> Result<Vec<serde_json::Map<String, serde_json::Value>>, sqlx::Error> {
        let sql = AssertSqlSafe(view.select::<Unnest>());
        let rows = sqlx::query(sql).fetch_all(self.pool().await?).await?;
        rows.iter()
            .map(|row| crate::rows::map(view.columns().iter(), row))
            .collect()
    }

    async fn ledger(&self, since: EpochMillis) -> Result<Vec<Entry>, sqlx::Error> {
        let rows = sqlx::query(
            "SELECT source, applied, duplicate, superseded, dead_lettered, lags_ms::text, stream, \
             (extract(epoch FROM newest_modified_at) * 1000)::bigint, (extract(epoch FROM committed_at) * 1000)::bigint \
             FROM rpt_consolidation WHERE committed_at >= $1",
        )
        .bind(Instant(since))
        .fetch_all(self.pool().await?)
        .await?;
        rows.iter().map(crate::ledger::entry).collect()
    }

    async fn schema_version(&self) -> Result<Option<i64>, sqlx::Error> {
        sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations WHERE success")
            .fetch_one(self.pool().await?)
            .await
    }
}
