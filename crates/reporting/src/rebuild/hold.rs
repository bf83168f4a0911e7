//! The report, held against writers while the last documents come in beside it and what is different is taken over.

use record::EpochMillis;
use sqlx::{AssertSqlSafe, Connection as _, Postgres, SqliteConnection, Transaction};

use super::merge::{Columns, MergeError, Pair, Removals};
use crate::{Merged, Rebuild, Store, StoreError, Table, store::Engine, xref};

/// Held against everybody who writes; who reads does not notice. Let go when dropped, with nothing done.
#[derive(Debug)]
pub struct Held(Holding);

#[derive(Debug)]
enum Holding {
    /// Of its own, since what lies beside is attached to it.
    Sqlite(SqliteConnection),
    Postgres(Transaction<'static, Postgres>),
}

/// How the report's tables are named in the file that they are in, and those beside when attached.
const SQLITE: (&str, &str) = ("main", "beside");

impl Store {
    /// Waits for those who write to end, and holds up those who come.
    ///
    /// # Errors
    /// The database is away, or somebody writes for too long.
    pub async fn hold(&self) -> Result<Held, StoreError> {
        Ok(Held(match &self.engine {
            Engine::Sqlite(engine) => {
                let mut connection = engine.connection().await?;
                sqlx::query("BEGIN IMMEDIATE")
                    .execute(&mut connection)
                    .await?;
                Holding::Sqlite(connection)
            }
            Engine::Postgres(engine) => {
                let mut transaction = engine.transaction().await?;
                // Who resolves takes the tables in another order than who writes. All who write take them in this one.
                let tables: Vec<&str> = Table::ALL
                    .into_iter()
                    .map(Table::name)
                    .chain(xref::KEPT.iter().map(|kept| kept.name))
                    .collect();
                let lock = format!("LOCK TABLE {} IN EXCLUSIVE MODE", tables.join(", "));
                for text in [
                    "SET LOCAL lock_timeout = '10s'",
                    "SET LOCAL jit = off",
                    "SET LOCAL work_mem = '64MB'",
                    "SELECT pg_advisory_xact_lock(hashtextextended('crossdock.resolution.' || current_schema(), 0))",
                    &lock,
                ] {
                    let statement = sqlx::query(AssertSqlSafe(text.to_owned()));
                    statement.execute(&mut *transaction).await?;
                }
                Holding::Postgres(transaction)
            }
        }))
    }
}

impl Held {
    /// Takes over what is different beside, and notes that the rebuild has ended, in one transaction.
    ///
    /// # Errors
    /// The report is as it was.
    pub async fn merge(
        mut self,
        live: &Store,
        beside: &Store,
        rebuild: &Rebuild,
        removals: Removals,
        now: EpochMillis,
    ) -> Result<Merged, MergeError> {
        let pair = self.pair(live, beside).await?;
        let mut merged = Merged::default();
        for table in Columns::all() {
            let removed = self.run(&table.remove(&pair)).await?;
            if table.is_fact && !Removals::Few.allow(removed, 0) {
                let rows = removed + self.count(&table.count(&pair)).await?;
                if !removals.allow(removed, rows) {
                    let table = table.name;
                    return Err(MergeError::TooMany {
                        table,
                        removed,
                        rows,
                    });
                }
            }
            let replaced = match table.replace(&pair) {
                Some(replace) => self.run(&replace).await?,
                None => 0,
            };
            let added = self.run(&table.add(&pair)).await?;
            merged.note(table.name, removed, added, replaced);
        }
        if !self.note(rebuild, &merged, now).await? {
            return Err(MergeError::Ended);
        }
        match self.0 {
            Holding::Sqlite(mut connection) => {
                sqlx::query("COMMIT").execute(&mut connection).await?;
                connection.close().await?;
            }
            Holding::Postgres(transaction) => transaction.commit().await?,
        }
        Ok(merged)
    }

    async fn pair(&mut self, live: &Store, beside: &Store) -> Result<Pair, MergeError> {
        match (&mut self.0, &live.engine, &beside.engine) {
            (Holding::Sqlite(connection), _, Engine::Sqlite(beside)) => {
                beside.attach(connection, SQLITE.1).await?;
                Ok(Pair::new(SQLITE.0, SQLITE.1))
            }
            (Holding::Postgres(_), Engine::Postgres(live), Engine::Postgres(beside)) => {
                Ok(Pair::new(live.schema_name()?, beside.schema_name()?))
            }
            _ => Err(StoreError::NoSchema.into()),
        }
    }

    /// Whether it was still being filled.
    async fn note(
        &mut self,
        rebuild: &Rebuild,
        merged: &Merged,
        now: EpochMillis,
    ) -> Result<bool, sqlx::Error> {
        let differences = serde_json::to_string(&merged.differences)
            .map_err(|error| sqlx::Error::Encode(error.into()))?;
        let (documents, dead_lettered) = (rebuild.documents, rebuild.dead_lettered);
        let text = |at, json| {
            format!(
                "UPDATE rpt_rebuild SET state = 'swapped', stepped_at = {at}, removed = $1, added = $2, replaced = $3, \
                 differences = {json}, documents = {documents}, dead_lettered = {dead_lettered} \
                 WHERE rebuild_id = $5 AND state = 'filling'"
            )
        };
        macro_rules! bound {
            ($text:expr) => {
                sqlx::query(AssertSqlSafe($text))
                    .bind(merged.removed)
                    .bind(merged.added)
                    .bind(merged.replaced)
                    .bind(differences)
                    .bind(&rebuild.id)
            };
        }
        let noted = match &mut self.0 {
            Holding::Sqlite(connection) => {
                let text = text(now.0.to_string(), "$4");
                let noted = bound!(text).execute(connection).await?;
                noted.rows_affected()
            }
            Holding::Postgres(transaction) => {
                let at = format!("to_timestamp({}::numeric / 1000)", now.0);
                let text = text(at, "$4::jsonb");
                let noted = bound!(text).execute(&mut **transaction).await?;
                noted.rows_affected()
            }
        };
        Ok(noted == 1)
    }

    /// Rows that a statement changed.
    async fn run(&mut self, text: &str) -> Result<i64, sqlx::Error> {
        let text = AssertSqlSafe(text.to_owned());
        let changed = match &mut self.0 {
            Holding::Sqlite(connection) => {
                let ran = sqlx::query(text).execute(connection).await?;
                ran.rows_affected()
            }
            Holding::Postgres(transaction) => {
                let ran = sqlx::query(text).execute(&mut **transaction).await?;
                ran.rows_affected()
            }
        };
        Ok(i64::try_from(changed).unwrap_or(i64::MAX))
    }

    async fn count(&mut self, text: &str) -> Result<i64, sqlx::Error> {
        let text = AssertSqlSafe(text.to_owned());
        match &mut self.0 {
            Holding::Sqlite(connection) => sqlx::query_scalar(text).fetch_one(connection).await,
            Holding::Postgres(transaction) => {
                sqlx::query_scalar(text).fetch_one(&mut **transaction).await
            }
        }
    }
}
