//! The text of the statements. What differs between the engines is how a batch enters a statement and how a cell reads.

use std::sync::Arc;

use crate::table::{self, Column, Group, Table};

/// What an engine does in its own way.
pub(crate) trait Dialect {
    /// A batch of keys as the source of a select, with the text that reads column `index` of it.
    fn input<'c>(columns: impl Iterator<Item = &'c Column>) -> Input;

    /// What stands between the columns of an insert and its conflict clause: where the rows come from.
    fn insert<'c>(columns: impl Iterator<Item = &'c Column>) -> String;

    /// The list of flags `dq` with the flag of a version conflict in it.
    fn with_conflict(dq: &str) -> String;

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
    /// Writes the rows that are newer than what is stored and returns record key, version and content hash of each.
    pub(crate) upsert: Arc<str>,
    /// Record key, version and content hash of the stored rows with the given keys.
    pub(crate) stored: Arc<str>,
    /// All columns of the stored rows with the given keys.
    pub(crate) rows_of: Arc<str>,
    /// Flags the rows with the given keys as one of two contents of their version.
    pub(crate) conflict: Arc<str>,
    /// The business columns of all rows that are not deleted, ascending by key.
    pub(crate) rows: Arc<str>,
    /// All columns of the stored rows with the given keys.
    pub(crate) whole: Arc<str>,
}

impl Statements {
    /// The statements of every table, in the order of [`Table::ALL`].
    pub(crate) fn all<D: Dialect>() -> [Self; Table::ALL.len()] {
        Table::ALL.map(|table| Self {
            upsert: upsert::<D>(table).into(),
            stored: stored::<D>(table).into(),
            rows_of: rows_of::<D>(table).into(),
            conflict: conflict::<D>(table).into(),
            rows: rows::<D>(table).into(),
            whole: whole::<D>(table).into(),
        })
    }
}

/// Where each vehicle is, ascending by key.
pub(crate) fn vehicle_latest<D: Dialect>() -> Arc<str> {
    let cells: Vec<String> = table::vehicle_latest().map(D::cell).collect();
    let key = table::vehicle_latest().filter(|column| column.group == Group::Key);
    let (cells, key) = (cells.join(", "), names(key));
    format!("SELECT {cells} FROM v_vehicle_latest ORDER BY {key}").into()
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
        .map(|column| set::<D>(table, column))
        .collect();
    let guards: Vec<String> = std::iter::once(&Group::Description)
        .chain(table.own_groups())
        .map(|&group| guard(group))
        .collect();
    format!(
        "INSERT INTO {name} AS stored ({columns}) {input} \
         ON CONFLICT ({key}) DO UPDATE SET {sets} WHERE {guards} \
         RETURNING record_key, version, content_hash",
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
        Group::Planned
        | Group::Projected
        | Group::Actual
        | Group::IsoType
        | Group::GateIn
        | Group::GateOut => {
            format!("(excluded.{version} IS NOT NULL AND (stored.{version} IS NULL OR {newer}))")
        }
    }
}

/// A table with one group needs no CASE: the statement's own WHERE is its guard.
fn set<D: Dialect>(table: Table, column: &Column) -> String {
    let name = column.name;
    let sent = if name == "dq" {
        // The statement writes a stored version only where its content is another.
        let flagged = D::with_conflict("excluded.dq");
        format!("CASE WHEN stored.version = excluded.version THEN {flagged} ELSE excluded.dq END")
    } else {
        format!("excluded.{name}")
    };
    if table.own_groups().is_empty() {
        format!("{name} = {sent}")
    } else {
        let guard = guard(column.group);
        format!("{name} = CASE WHEN {guard} THEN {sent} ELSE stored.{name} END")
    }
}

/// How rows of the table, named `stored`, meet the keys of an input.
fn on_key(table: Table, input: &Input) -> String {
    let on: Vec<String> = table
        .key_columns()
        .zip(&input.cells)
        .map(|(column, cell)| format!("stored.{} = {cell}", column.name))
        .collect();
    on.join(" AND ")
}

fn conflict<D: Dialect>(table: Table) -> String {
    let input = D::input(table.key_columns());
    format!(
        "UPDATE {name} AS stored SET dq = {flagged} FROM {from} WHERE {on} AND stored.dq <> {flagged}",
        name = table.name(),
        flagged = D::with_conflict("stored.dq"),
        from = input.from,
        on = on_key(table, &input),
    )
}

fn stored<D: Dialect>(table: Table) -> String {
    let input = D::input(table.key_columns());
    format!(
        "SELECT stored.record_key, stored.version, stored.content_hash FROM {from} JOIN {name} AS stored ON {on}",
        from = input.from,
        name = table.name(),
        on = on_key(table, &input),
    )
}

fn rows_of<D: Dialect>(table: Table) -> String {
    let input = D::input(table.key_columns());
    // In a query of its own, since a cell's text names the column alone, and the input has columns too.
    let cells: Vec<String> = table.columns().map(D::cell).collect();
    format!(
        "SELECT {cells} FROM (SELECT stored.* FROM {from} JOIN {name} AS stored ON {on}) AS stored",
        cells = cells.join(", "),
        from = input.from,
        name = table.name(),
        on = on_key(table, &input),
    )
}

fn whole<D: Dialect>(table: Table) -> String {
    let input = D::input(table.key_columns());
    let cells: Vec<String> = table.columns().map(D::cell).collect();
    format!(
        "SELECT {cells} FROM (SELECT stored.* FROM {from} JOIN {name} AS stored ON {on}) AS found",
        cells = cells.join(", "),
        from = input.from,
        name = table.name(),
        on = on_key(table, &input),
    )
}

fn rows<D: Dialect>(table: Table) -> String {
    let cells: Vec<String> = table.business_columns().map(D::cell).collect();
    format!(
        "SELECT {cells} FROM {view} WHERE NOT deleted ORDER BY {key}",
        cells = cells.join(", "),
        view = table.view(),
        key = names(table.key_columns()),
    )
}
