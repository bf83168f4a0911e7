//! Taking over what is different, table by table.

use crate::{
    Merged, StoreError, Table,
    table::{Column, Group},
    xref,
};

/// Why a rebuild was not taken over. The report is as it was.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// The store cannot do it now.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It would take away more of a table than a report is believed to have too much.
    #[error("it would take away {removed} of {rows} rows of {table}: is all of it in the feed?")]
    TooMany {
        /// The table.
        table: &'static str,
        /// Rows that the feed does not lead to.
        removed: i64,
        /// Rows that the report has.
        rows: i64,
    },
    /// It has been taken over or given up meanwhile.
    #[error("the rebuild has ended")]
    Ended,
}

impl From<sqlx::Error> for MergeError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// How much may be taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removals {
    /// A twentieth of a table, or twenty rows: more looks like a feed that does not hold everything.
    Few,
    /// Whatever the feed does not lead to.
    Any,
}

impl Removals {
    pub(super) const fn allow(self, removed: i64, rows: i64) -> bool {
        match self {
            Self::Any => true,
            Self::Few => removed <= 20 || removed <= rows / 20,
        }
    }
}

/// Where the report is, and where what lies beside it, as statements name them.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) live: String,
    pub(super) beside: String,
}

impl Pair {
    pub(super) fn new(live: &str, beside: &str) -> Self {
        let quoted = |name: &str| format!("\"{name}\"");
        Self {
            live: quoted(live),
            beside: quoted(beside),
        }
    }
}

/// What of a table is compared.
#[derive(Debug)]
pub(super) struct Columns {
    pub(super) name: &'static str,
    /// Whether it holds records, rather than what follows from them.
    pub(super) is_fact: bool,
    key: Vec<&'static str>,
    others: Vec<&'static str>,
}

/// When a row was written says nothing about what it says.
const NOT_COMPARED: [&str; 2] = ["applied_at", "resolved_at"];

/// Nor does which version an edge comes from: it stays as it is while later versions say the same, so that the version it
/// names depends on how many came at a time.
const NOT_COMPARED_OF_EDGES: [&str; 2] = ["source", "version"];

impl Columns {
    pub(super) fn of(table: Table) -> Self {
        let (key, others) = table
            .columns()
            .partition::<Vec<&Column>, _>(|column| column.group == Group::Key);
        Self {
            name: table.name(),
            is_fact: true,
            key: names(key),
            others: names(others),
        }
    }

    pub(super) fn of_kept(kept: &xref::Kept) -> Self {
        let (key, others) = kept.columns.split_at(kept.key_columns);
        Self {
            name: kept.name,
            is_fact: false,
            key: names(key),
            others: names(others),
        }
    }

    /// All that a rebuild fills, parents before children.
    pub(super) fn all() -> Vec<Self> {
        let facts = Table::ALL.into_iter().map(Self::of);
        facts.chain(xref::KEPT.iter().map(Self::of_kept)).collect()
    }

    /// All columns, for a list.
    pub(super) fn names(&self) -> String {
        let all = self.key.iter().chain(&self.others);
        all.copied().collect::<Vec<_>>().join(", ")
    }

    /// True where `old` and `fresh` are one row.
    pub(super) fn same_key(&self) -> String {
        let pairs = self.key.iter();
        let pairs: Vec<String> = pairs
            .map(|name| format!("old.{name} = fresh.{name}"))
            .collect();
        pairs.join(" AND ")
    }

    /// Takes away what the feed does not lead to.
    pub(super) fn remove(&self, Pair { live, beside }: &Pair) -> String {
        format!(
            "DELETE FROM {live}.{name} AS old WHERE NOT EXISTS (SELECT 1 FROM {beside}.{name} AS fresh WHERE {key})",
            name = self.name,
            key = self.same_key(),
        )
    }

    /// Rewrites what says something else; none where all columns are the key.
    pub(super) fn replace(&self, Pair { live, beside }: &Pair) -> Option<String> {
        let sets: Vec<String> = self
            .others
            .iter()
            .map(|name| format!("{name} = fresh.{name}"))
            .collect();
        let compared = self
            .others
            .iter()
            .filter(|name| !NOT_COMPARED.contains(name))
            .filter(|name| self.is_fact || !NOT_COMPARED_OF_EDGES.contains(name));
        let differs: Vec<String> = compared
            .map(|name| format!("old.{name} IS DISTINCT FROM fresh.{name}"))
            .collect();
        (!differs.is_empty()).then(|| {
            format!(
                "UPDATE {live}.{name} AS old SET {sets} FROM {beside}.{name} AS fresh WHERE {key} AND ({differs})",
                name = self.name,
                sets = sets.join(", "),
                key = self.same_key(),
                differs = differs.join(" OR "),
            )
        })
    }

    /// Puts in what is missing.
    pub(super) fn add(&self, Pair { live, beside }: &Pair) -> String {
        format!(
            "INSERT INTO {live}.{name} ({names}) SELECT {names} FROM {beside}.{name} AS fresh \
             WHERE NOT EXISTS (SELECT 1 FROM {live}.{name} AS old WHERE {key})",
            name = self.name,
            names = self.names(),
            key = self.same_key(),
        )
    }

    /// How many rows the report has.
    pub(super) fn count(&self, pair: &Pair) -> String {
        format!("SELECT count(*) FROM {}.{}", pair.live, self.name)
    }
}

fn names<'c>(columns: impl IntoIterator<Item = &'c Column>) -> Vec<&'static str> {
    columns.into_iter().map(|column| column.name).collect()
}

impl Merged {
    /// Notes what was different in one table.
    pub(super) fn note(&mut self, table: &str, removed: i64, added: i64, replaced: i64) {
        self.removed += removed;
        self.added += added;
        self.replaced += replaced;
        if removed + added + replaced > 0 {
            self.differences.push(format!(
                "{table}: {removed} removed, {added} added, {replaced} replaced"
            ));
        }
    }
}
