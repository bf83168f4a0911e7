//! What the two engines do, each in its own way.

use record::EpochMillis;
use serde_json::{Map, Value as Json};

use crate::{
    Table, View,
    batch::Stored,
    ledger::Entry,
    preview::Rows,
    row::{Row, Value},
    watch, xref,
};

/// What an engine does in its own way. The order of the steps is [`Store`](crate::Store)'s.
pub(crate) trait ReportingStore {
    type Transaction;

    async fn begin(&self) -> Result<Self::Transaction, sqlx::Error>;

    /// Writes the rows that are newer than what is stored.
    async fn upsert(
        &self,
        transaction: &mut Self::Transaction,
        table: Table,
        rows: &[Row<'_>],
        stored: &mut Stored,
    ) -> Result<(), sqlx::Error>;

    /// Reads version and content hash of what is stored under the keys.
    async fn stored(
        &self,
        transaction: &mut Self::Transaction,
        table: Table,
        keys: &[Vec<Value<'_>>],
        stored: &mut Stored,
    ) -> Result<(), sqlx::Error>;

    /// Reads what is stored under the keys, all columns, by record key.
    async fn rows_of(
        &self,
        transaction: &mut Self::Transaction,
        table: Table,
        keys: &[Vec<Value<'_>>],
    ) -> Result<Rows, sqlx::Error>;

    /// Flags the rows under the keys as one of two contents of their version.
    async fn flag_conflicts(
        &self,
        transaction: &mut Self::Transaction,
        table: Table,
        keys: &[Vec<Value<'_>>],
    ) -> Result<(), sqlx::Error>;

    /// The statements of resolution.
    fn xref(&self) -> &xref::Statements;

    /// The statements of what the pipeline notes about itself.
    fn watch(&self) -> &watch::Statements;

    /// Runs a statement on a batch of rows.
    async fn run(
        &self,
        transaction: &mut Self::Transaction,
        statement: &xref::Statement,
        rows: &[Vec<Value<'_>>],
    ) -> Result<(), sqlx::Error>;

    /// Runs a statement on a batch of rows and reads what it gives.
    async fn read(
        &self,
        transaction: &mut Self::Transaction,
        statement: &xref::Statement,
        rows: &[Vec<Value<'_>>],
    ) -> Result<Vec<Vec<Value<'static>>>, sqlx::Error>;

    /// Takes the place of the one who resolves until the transaction ends; false if another one has it.
    async fn claim_resolution(
        &self,
        transaction: &mut Self::Transaction,
    ) -> Result<bool, sqlx::Error>;

    async fn append(
        &self,
        transaction: &mut Self::Transaction,
        entry: &Entry,
    ) -> Result<(), sqlx::Error>;

    async fn commit(&self, transaction: Self::Transaction) -> Result<(), sqlx::Error>;

    async fn rows(&self, table: Table) -> Result<Vec<Map<String, Json>>, sqlx::Error>;

    /// All columns of the row under the key, if there is one.
    async fn row(
        &self,
        table: Table,
        key: Vec<Value<'_>>,
    ) -> Result<Option<Map<String, Json>>, sqlx::Error>;

    async fn vehicle_latest(&self) -> Result<Vec<Map<String, Json>>, sqlx::Error>;

    /// All rows of a view, in no order.
    async fn view(&self, view: View) -> Result<Vec<Map<String, Json>>, sqlx::Error>;

    async fn ledger(&self, since: EpochMillis) -> Result<Vec<Entry>, sqlx::Error>;

    /// The newest migration that the store has.
    async fn schema_version(&self) -> Result<Option<i64>, sqlx::Error>;
}
