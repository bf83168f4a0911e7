//! The file beside the report's own.

use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};

use super::SqliteStore;

/// What the name of the file beside ends with.
const BESIDE: &str = ".rebuild";

impl SqliteStore {
    /// A second file with the same tables.
    pub(crate) fn beside(&self) -> Self {
        let mut path = self.options.get_filename().as_os_str().to_owned();
        path.push(BESIDE);
        Self::at(self.options.clone().filename(path))
    }

    /// A connection of its own, to which files can be attached.
    pub(crate) async fn connection(&self) -> Result<SqliteConnection, sqlx::Error> {
        SqliteConnection::connect_with(&self.options).await
    }

    /// Makes this file known to a connection under a name, for as long as the connection lives.
    pub(crate) async fn attach(
        &self,
        connection: &mut SqliteConnection,
        name: &str,
    ) -> Result<(), sqlx::Error> {
        let path = self.options.get_filename().to_string_lossy().into_owned();
        let attach = format!("ATTACH ? AS {name}");
        let attach = sqlx::query(AssertSqlSafe(attach)).bind(path);
        attach.execute(connection).await?;
        Ok(())
    }

    /// Runs statements in one transaction, with another file attached.
    pub(crate) async fn run_attached(
        &self,
        other: &Self,
        name: &str,
        texts: &[String],
    ) -> Result<(), sqlx::Error> {
        let mut connection = self.connection().await?;
        other.attach(&mut connection, name).await?;
        // Deferred: only this file is written to, and the other one may be held.
        let mut transaction = connection.begin().await?;
        for text in texts {
            let statement = sqlx::query(AssertSqlSafe(text.clone()));
            statement.execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        connection.close().await
    }

    /// Empties tables at once.
    pub(crate) async fn delete_all(&self, tables: &[&str]) -> Result<(), sqlx::Error> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        for table in tables {
            let statement = sqlx::query(AssertSqlSafe(format!("DELETE FROM {table}")));
            statement.execute(&mut *transaction).await?;
        }
        transaction.commit().await
    }
}
