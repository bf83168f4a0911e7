//! The schema beside the report's own.

use sqlx::{AssertSqlSafe, Postgres, Transaction};

use super::PostgresStore;
use crate::StoreError;

/// What the name of the schema beside ends with.
const BESIDE: &str = "_rebuild";
/// The schema of a url that names none.
const DEFAULT: &str = "public";

impl PostgresStore {
    /// The same database, with the tables of the schema beside.
    pub(crate) fn beside(&self) -> Result<Self, StoreError> {
        let schema = format!("{}{BESIDE}", self.schema_name()?);
        let options = self.options.clone().options([("search_path", &schema)]);
        Ok(Self::at(options, Some(schema), self.password.clone()))
    }

    /// The schema that the tables are in.
    pub(crate) fn schema_name(&self) -> Result<&str, StoreError> {
        if let Some(schema) = &self.schema {
            return Ok(schema);
        }
        match self.options.get_options() {
            Some(options) if options.contains("search_path=") => {
                self.schema().ok_or(StoreError::NoSchema)
            }
            _ => Ok(DEFAULT),
        }
    }

    /// Creates the schema, where it is missing.
    pub(crate) async fn create_schema(&self) -> Result<(), StoreError> {
        let schema = self.schema_name()?;
        self.run_all(&[format!("CREATE SCHEMA IF NOT EXISTS \"{schema}\"")])
            .await
            .map_err(StoreError::from)
    }

    /// Empties tables at once.
    pub(crate) async fn truncate(&self, tables: &[&str]) -> Result<(), sqlx::Error> {
        self.run_all(&[format!("TRUNCATE {}", tables.join(", "))])
            .await
    }

    /// Runs statements in one transaction.
    pub(crate) async fn run_all(&self, texts: &[String]) -> Result<(), sqlx::Error> {
        let mut transaction = self.transaction().await?;
        for text in texts {
            let statement = sqlx::query(AssertSqlSafe(text.clone()));
            statement.execute(&mut *transaction).await?;
        }
        transaction.commit().await
    }

    pub(crate) async fn transaction(&self) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        self.pool().await?.begin().await
    }
}
