//! The text of the statements. What differs between the engines is how a batch enters a statement and how a cell reads.

use std::sync::Arc;

use crate::table::{Column, Group, Table};

/// What an engine does in its own way.
pub(crate) trait Dialect {
    /// A batch of keys as the source of a select, with the text that reads column `index` of it.
    fn input<'c>(columns: impl Iterator<Item = &'c Column>) -> Input;

    /// What stands between the columns of an insert and its conflict clause: where the rows come from.
    fn insert<'c>(columns: impl Iterator<Item = &'c Column>) -> String;

    /// The text that reads a stored cell as text, integer or boolean.
    fn cell(column: &Column) -> String;
}

/// How a batch enters a statement.
#[derive(Debug)]
pub(crate) struct Input {
    /// What stands after `FROM`.
    pub(crate) from: String,
    /// One text per column.
    pub(crate) cells: Vec<String>,
}

/// The statements of one table.
#[derive(Debug, Clone)]
pub(crate) struct Statements {
    /// Writes the rows that are newer than what is stored and returns their record keys.
    pub(crate) upsert: Arc<str>,
    /// Record key, version and content hash of the stored rows with the given keys.
    pub(crate) stored: Arc<str>,
    /// The business columns of all rows that are not deleted, ascending by key.
    pub(crate) rows: Arc<str>,
}

impl Statements {
    /// The statements of every table, in the order of [`Table::ALL`].
    pub(crate) fn all<D: Dialect>() -> [Self; Table::ALL.len()] {
        Table::ALL.map(|table| Self {
            upsert: upsert::<D>(table).into(),
            stored: stored::<D>(table).into(),
            rows: rows::<D>(table).into(),
        })
    }
}

fn names<'c>(columns: impl Iterator<Item = &'c Column>) -> String {
    columns
        .map(|column| column.name)
        .collect::<Vec<_>>()
        .join(", ")
}

/// The guarded upsert: `excluded` is what the batch brings, `stored` what is there.
fn upsert<D: Dialect>(table: Table) -> String {
    let sets: Vec<String> = table
        .columns()
        .filter(|column| column.group != Group::Key)
        .map(|column| set(table, column))
        .collect();
    let guards: Vec<String> = std::iter::once(&Group::Description)
        .chain(table.times_groups())
        .map(|&group| guard(group))
        .collect();
    format!(
        "INSERT INTO {name} AS stored ({columns}) {input} \
         ON CONFLICT ({key}) DO UPDATE SET {sets} WHERE {guards} RETURNING record_key",
        name = table.name(),
        columns = names(table.columns()),
        input = D::insert(table.columns()),
        key = names(table.key_columns()),
        sets = sets.join(", "),
        guards = guards.join(" OR "),
    )
}

/// True where what the batch brings for a group is newer than what is stored.
fn guard(group: Group) -> String {
    let (version, hash) = group.guard();
    let newer =
        format!("(stored.{version}, stored.{hash}) < (excluded.{version}, excluded.{hash})");
    match group {
        Group::Key | Group::Description => newer,
        Group::Planned | Group::Projected | Group::Actual => {
            format!("(excluded.{version} IS NOT NULL AND (stored.{version} IS NULL OR {newer}))")
        }
    }
}

/// A table with one group needs no CASE: the statement's own WHERE is its guard.
fn set(table: Table, column: &Column) -> String {
    let name = column.name;
    if table.times_groups().is_empty() {
        format!("{name} = excluded.{name}")
    } else {
        let guard = guard(column.group);
        format!("{name} = CASE WHEN {guard} THEN excluded.{name} ELSE stored.{name} END")
    }
}

fn stored<D: Dialect>(table: Table) -> String {
    let input = D::input(table.key_columns());
    let on: Vec<String> = table
        .key_columns()
        .zip(&input.cells)
        .map(|(column, cell)| format!("stored.{} = {cell}", column.name))
        .collect();
    format!(
        "SELECT stored.record_key, stored.version, stored.content_hash FROM {from} JOIN {name} AS stored ON {on}",
        from = input.from,
        name = table.name(),
        on = on.join(" AND "),
    )
}

fn rows<D: Dialect>(table: Table) -> String {
    let cells: Vec<String> = table
        .columns()
        .filter(|column| column.business)
        .map(D::cell)
        .collect();
    format!(
        "SELECT {cells} FROM {view} WHERE NOT deleted ORDER BY {key}",
        cells = cells.join(", "),
        view = table.view(),
        key = names(table.key_columns()),
    )
}
