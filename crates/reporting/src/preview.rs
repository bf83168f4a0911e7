//! What a record would do to its row, and what its row holds.

use std::collections::{BTreeMap, HashMap};

use record::{Entity, EpochMillis};
use serde::Serialize;
use serde_json::{Map, Value as Json};

use crate::{Change, Outcome, table::Group, table::Table};

/// Stored rows by record key, all columns.
pub(crate) type Rows = HashMap<String, Map<String, Json>>;

/// The keys of some records, by table.
pub(crate) fn keys<'k>(
    records: impl Iterator<Item = (Entity, &'k str)>,
) -> BTreeMap<Table, Vec<&'k str>> {
    let mut tables: BTreeMap<Table, Vec<&'k str>> = BTreeMap::new();
    for (entity, key) in records {
        tables.entry(Table::of(entity)).or_default().push(key);
    }
    for keys in tables.values_mut() {
        keys.sort_unstable();
        keys.dedup();
    }
    tables
}

/// One column that a record would change.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ColumnChange {
    /// The column.
    pub column: &'static str,
    /// What it holds now; null where there is no row.
    pub before: Json,
    /// What it would hold.
    pub after: Json,
}

/// What applying a record would do, found out in a transaction that was taken back.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// What would become of the record.
    pub outcome: Outcome,
    /// The table.
    pub table: &'static str,
    /// The business key, joined.
    pub key: String,
    /// Whether there is no row of that key yet.
    pub is_new: bool,
    /// The columns of the report that would change, in the table's order. All records of a batch with one key share
    /// their row, hence these.
    pub changes: Vec<ColumnChange>,
    /// What the row holds now; none where there is none.
    pub standing: Option<Standing>,
}

impl Preview {
    pub(crate) fn of(change: &Change<'_>, outcome: Outcome, before: &Rows, after: &Rows) -> Self {
        let record = change.record();
        let table = Table::of(record.entity());
        let key = record.key().as_str();
        let (was, is) = (before.get(key), after.get(key));
        let cell = |row: Option<&Map<String, Json>>, name: &str| {
            row.and_then(|row| row.get(name))
                .cloned()
                .unwrap_or(Json::Null)
        };
        // A tombstone changes no column of the report but hides the row.
        let shown = table
            .columns()
            .filter(|column| column.business || matches!(column.name, "version" | "tombstone"));
        let changes = shown
            .map(|column| ColumnChange {
                column: column.name,
                before: cell(was, column.name),
                after: cell(is, column.name),
            })
            .filter(|change| change.before != change.after)
            .collect();
        Self {
            outcome,
            table: table.name(),
            key: key.to_owned(),
            is_new: was.is_none() && is.is_some(),
            changes,
            standing: was.map(|row| Standing::of(table, row)),
        }
    }
}

/// What a row holds, and where that came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// Version of the record that the row's own columns came from.
    pub version: String,
    /// Its content hash.
    pub content_hash: String,
    /// The source that said it.
    pub source: String,
    /// Its document in the feed.
    pub document_id: String,
    /// The id that its message is followed by.
    pub correlation_id: String,
    /// When it was applied.
    pub applied_at: EpochMillis,
    /// Content hashes of the records that gave the groups of columns with a version of their own; empty where nobody did.
    #[serde(skip)]
    groups: Vec<String>,
}

impl Standing {
    pub(crate) fn of(table: Table, row: &Map<String, Json>) -> Self {
        let text = |name: &str| row.get(name).and_then(Json::as_str).unwrap_or_default();
        let given_by = |group: &Group| text(group.guard().1).to_owned();
        Self {
            version: text("version").to_owned(),
            content_hash: text("content_hash").to_owned(),
            source: text("source").to_owned(),
            document_id: text("document_id").to_owned(),
            correlation_id: text("correlation_id").to_owned(),
            applied_at: EpochMillis(row.get("applied_at").and_then(Json::as_i64).unwrap_or(0)),
            groups: table.own_groups().iter().map(given_by).collect(),
        }
    }

    /// Whether a column or a group of columns comes from the record of this version and hash.
    #[must_use]
    pub fn holds(&self, version: &str, content_hash: &str) -> bool {
        // A group's version has the rank of its lifecycle in front; the hash alone says which record it was.
        let own = (self.version.as_str(), self.content_hash.as_str());
        own == (version, content_hash) || self.groups.iter().any(|hash| hash == content_hash)
    }

    /// Whether the row's own columns are at this version and hash, or newer.
    #[must_use]
    pub fn is_at_least(&self, version: &str, content_hash: &str) -> bool {
        (self.version.as_str(), self.content_hash.as_str()) >= (version, content_hash)
    }

    /// Whether the row has groups of columns with a version of their own, so that an older record may still give one.
    #[must_use]
    pub const fn has_groups(&self) -> bool {
        !self.groups.is_empty()
    }
}
