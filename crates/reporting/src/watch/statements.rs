//! The text of the statements, and the columns of the tables.

use crate::{
    sql::Dialect,
    table::{
        Column,
        Kind::{Bool, Instant, Integer, List, Text},
        plain,
    },
    xref::Statement,
};

/// The statements on one engine.
#[derive(Debug, Clone)]
pub(crate) struct Statements {
    /// All source states. Takes nothing.
    pub(super) states: Statement,
    pub(super) put_states: Statement,
    pub(super) put_windows: Statement,
    /// All control totals. Takes nothing.
    pub(super) totals: Statement,
    pub(super) put_totals: Statement,
    /// All rebuilds. Takes nothing.
    pub(super) rebuilds: Statement,
    pub(super) put_rebuild: Statement,
}

const SOURCE_STATE: &str = "rpt_source_state";
const FRESHNESS: &str = "rpt_freshness";
const RECONCILIATION: &str = "rpt_reconciliation";
const REBUILD: &str = "rpt_rebuild";

/// `rpt_source_state`, key first.
const SOURCE_STATE_COLUMNS: &[Column] = &[
    plain("source", Text),
    plain("stream", Text),
    plain("watermark", Instant),
    plain("applied_at", Instant),
    plain("backlog", Integer),
    plain("oldest_waiting_at", Instant),
    plain("level_min", Integer),
    plain("cause", Text),
    plain("watched_since", Instant),
    plain("measured_at", Instant),
];

/// `rpt_freshness`, key first.
const FRESHNESS_COLUMNS: &[Column] = &[
    plain("source", Text),
    plain("stream", Text),
    plain("window_min", Integer),
    plain("applied", Integer),
    plain("duplicate", Integer),
    plain("superseded", Integer),
    plain("lag_ms_p50", Integer),
    plain("lag_ms_p95", Integer),
    plain("lag_ms_p99", Integer),
    plain("lag_ms_max", Integer),
    plain("measured_at", Instant),
];

/// `rpt_reconciliation`, key first.
const RECONCILIATION_COLUMNS: &[Column] = &[
    plain("source", Text),
    plain("hour", Instant),
    plain("checked_until", Instant),
    plain("documents", Integer),
    plain("in_report", Integer),
    plain("dead_lettered", Integer),
    plain("missing", Integer),
    plain("reapplied", Integer),
    plain("taken_in", Integer),
    plain("settled", Bool),
    plain("checked_at", Instant),
];

/// `rpt_rebuild`, key first.
const REBUILD_COLUMNS: &[Column] = &[
    plain("rebuild_id", Text),
    plain("state", Text),
    plain("who", Text),
    plain("why", Text),
    plain("asked_at", Instant),
    plain("feed_from", Instant),
    plain("filled_until", Instant),
    plain("documents", Integer),
    plain("dead_lettered", Integer),
    plain("stepped_at", Instant),
    plain("removed", Integer),
    plain("added", Integer),
    plain("replaced", Integer),
    plain("differences", List),
];

impl Statements {
    pub(crate) fn of<D: Dialect>() -> Self {
        Self {
            states: read_all::<D>(SOURCE_STATE, SOURCE_STATE_COLUMNS),
            put_states: put::<D>(
                SOURCE_STATE,
                SOURCE_STATE_COLUMNS,
                2,
                &not_older(SOURCE_STATE, "measured_at"),
            ),
            put_windows: put::<D>(
                FRESHNESS,
                FRESHNESS_COLUMNS,
                3,
                &not_older(FRESHNESS, "measured_at"),
            ),
            totals: read_all::<D>(RECONCILIATION, RECONCILIATION_COLUMNS),
            put_totals: put::<D>(
                RECONCILIATION,
                RECONCILIATION_COLUMNS,
                2,
                &not_older(RECONCILIATION, "checked_at"),
            ),
            rebuilds: read_all::<D>(REBUILD, REBUILD_COLUMNS),
            // What has ended stays so, and nobody who comes late turns it back.
            put_rebuild: put::<D>(
                REBUILD,
                REBUILD_COLUMNS,
                1,
                &format!(
                    "{REBUILD}.state = 'filling' AND {}",
                    not_older(REBUILD, "filled_until")
                ),
            ),
        }
    }
}

fn read_all<D: Dialect>(table: &str, columns: &'static [Column]) -> Statement {
    let cells: Vec<String> = columns.iter().map(D::cell).collect();
    Statement {
        sql: format!("SELECT {} FROM {table}", cells.join(", ")).into(),
        input: &[],
        output: columns,
    }
}

/// True where what is stored is not newer by the column `age` than what comes.
fn not_older(table: &str, age: &str) -> String {
    format!("{table}.{age} <= excluded.{age}")
}

/// Writes rows, over what is there only where the condition holds.
fn put<D: Dialect>(
    table: &str,
    columns: &'static [Column],
    key_columns: usize,
    condition: &str,
) -> Statement {
    let rows = D::input(columns.iter());
    let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
    let set: Vec<String> = names[key_columns..]
        .iter()
        .map(|name| format!("{name} = excluded.{name}"))
        .collect();
    let sql = format!(
        "INSERT INTO {table} ({names}) SELECT {cells} FROM {from} WHERE TRUE \
         ON CONFLICT ({key}) DO UPDATE SET {set} WHERE {condition}",
        names = names.join(", "),
        cells = rows.cells.join(", "),
        from = rows.from,
        key = names[..key_columns].join(", "),
        set = set.join(", "),
    );
    Statement {
        sql: sql.into(),
        input: columns,
        output: &[],
    }
}
