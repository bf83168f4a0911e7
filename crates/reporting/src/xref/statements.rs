//! The text of the statements of resolution. Each takes a batch of rows, and what it takes is listed with its columns.

use std::sync::Arc;

use super::tables;
use crate::{
    sql::{Dialect, Input},
    table::Column,
};

/// A statement, and the columns of its input.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub(crate) sql: Arc<str>,
    pub(crate) input: &'static [Column],
    /// The columns of what it gives; none where it gives nothing.
    pub(crate) output: &'static [Column],
}

/// The statements of resolution on one engine.
#[derive(Debug, Clone)]
pub(crate) struct Statements {
    /// Edges of the given records.
    pub(super) edges_of: Statement,
    /// Records that are tied to the given numbers.
    pub(super) records_at: Statement,
    /// Edges that hint at the given numbers, with what their records resolve to.
    pub(super) carriers_at: Statement,
    /// What the given records resolve to.
    pub(super) resolutions_of: Statement,
    /// How many records have each of the given numbers, counted up to one more than the most that is let through.
    pub(super) degrees_of: Statement,
    /// The oldest marks. Takes their number.
    pub(super) touched: Statement,
    /// The numbers that too many records have. Takes nothing.
    pub(super) common: Statement,
    /// The shipments of the given orders.
    pub(super) shipments_of: Statement,
    pub(super) insert_edges: Statement,
    pub(super) delete_edges: Statement,
    pub(super) insert_touched: Statement,
    pub(super) delete_touched: Statement,
    pub(super) insert_common: Statement,
    pub(super) delete_common: Statement,
    pub(super) insert_resolutions: Statement,
    pub(super) delete_resolutions: Statement,
    pub(super) insert_order_shipments: Statement,
    pub(super) delete_order_shipments: Statement,
    pub(super) insert_conflicts: Statement,
    pub(super) delete_conflicts: Statement,
}

/// A number that more records than this have tells nothing about any of them: `N/A`, `0`, a blanket order.
pub(super) const DEGREE_MAX: usize = 1000;

const EDGE: &str = "rpt_xref";
const TOUCHED: &str = "rpt_xref_touched";
const COMMON: &str = "rpt_xref_common";
const RESOLUTION: &str = "rpt_resolution";
const ORDER_SHIPMENT: &str = "rpt_order_shipment";
const CONFLICT: &str = "rpt_xref_conflict";

impl Statements {
    pub(crate) fn of<D: Dialect>() -> Self {
        use tables::{CARRIER, DEGREE, EDGE_READ, NODE, RECORD};
        let hints = "NOT (stored.identity AND NOT stored.candidate)";
        let ties = "stored.identity AND NOT stored.candidate";
        let resolved = "LEFT JOIN rpt_resolution AS found \
             ON found.entity = stored.entity AND found.record_key = stored.record_key";
        Self {
            edges_of: read::<D>(RECORD, EDGE, "stored.*", "", "TRUE", EDGE_READ),
            records_at: read::<D>(
                NODE,
                EDGE,
                "DISTINCT stored.entity, stored.record_key",
                "",
                ties,
                RECORD,
            ),
            carriers_at: read::<D>(
                NODE,
                EDGE,
                "stored.*, found.shipment_no, found.anchored, found.stub",
                resolved,
                hints,
                CARRIER,
            ),
            resolutions_of: read::<D>(
                RECORD,
                RESOLUTION,
                "stored.*",
                "",
                "TRUE",
                tables::RESOLUTION,
            ),
            degrees_of: degrees::<D>(DEGREE),
            touched: touched::<D>(),
            common: Statement {
                sql: format!("SELECT kind, issuer, value FROM {COMMON}").into(),
                input: &[],
                output: NODE,
            },
            shipments_of: read::<D>(
                tables::ORDER,
                ORDER_SHIPMENT,
                "stored.*",
                "",
                "TRUE",
                tables::ORDER_SHIPMENT,
            ),
            insert_edges: insert::<D>(EDGE, tables::EDGE),
            delete_edges: delete::<D>(EDGE, RECORD),
            insert_touched: insert::<D>(TOUCHED, NODE),
            delete_touched: delete::<D>(TOUCHED, tables::TOUCHED_ID),
            insert_common: insert::<D>(COMMON, NODE),
            delete_common: delete::<D>(COMMON, NODE),
            insert_resolutions: insert::<D>(RESOLUTION, tables::RESOLUTION),
            delete_resolutions: delete::<D>(RESOLUTION, RECORD),
            insert_order_shipments: insert::<D>(ORDER_SHIPMENT, tables::ORDER_SHIPMENT),
            delete_order_shipments: delete::<D>(ORDER_SHIPMENT, tables::ORDER),
            insert_conflicts: insert::<D>(CONFLICT, tables::CONFLICT),
            delete_conflicts: delete::<D>(CONFLICT, tables::SHIPMENT),
        }
    }
}

fn names(columns: &[Column]) -> String {
    let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
    names.join(", ")
}

/// How rows named `stored` meet the rows of the input.
fn on(columns: &[Column], input: &Input) -> String {
    let pairs = columns.iter().zip(&input.cells);
    let pairs: Vec<String> = pairs
        .map(|(column, cell)| format!("stored.{} = {cell}", column.name))
        .collect();
    pairs.join(" AND ")
}

fn read<D: Dialect>(
    input: &'static [Column],
    table: &str,
    select: &str,
    join: &str,
    condition: &str,
    output: &'static [Column],
) -> Statement {
    let rows = D::input(input.iter());
    // In a query of its own, since a cell's text names the column alone, and the input has columns too.
    let cells: Vec<String> = output.iter().map(D::cell).collect();
    let sql = format!(
        "SELECT {cells} FROM (SELECT {select} FROM {from} JOIN {table} AS stored ON {on} {join} WHERE {condition}) AS read",
        cells = cells.join(", "),
        from = rows.from,
        on = on(input, &rows),
    );
    Statement {
        sql: sql.into(),
        input,
        output,
    }
}

fn degrees<D: Dialect>(output: &'static [Column]) -> Statement {
    let rows = D::input(tables::NODE.iter());
    let sql = format!(
        "SELECT {cells}, (SELECT count(*) FROM (SELECT 1 FROM {EDGE} AS stored WHERE {on} LIMIT {most}) AS counted) \
         FROM {from}",
        cells = rows.cells.join(", "),
        on = on(tables::NODE, &rows),
        most = DEGREE_MAX + 1,
        from = rows.from,
    );
    Statement {
        sql: sql.into(),
        input: tables::NODE,
        output,
    }
}

fn touched<D: Dialect>() -> Statement {
    let cells: Vec<String> = tables::TOUCHED.iter().map(D::cell).collect();
    let sql = format!(
        "SELECT {} FROM {TOUCHED} ORDER BY touched_id LIMIT {MARKS_MAX}",
        cells.join(", ")
    );
    Statement {
        sql: sql.into(),
        input: &[],
        output: tables::TOUCHED,
    }
}

/// Most marks of one step. A step holds up those who wait for it, and keeps what it works with in memory.
pub(super) const MARKS_MAX: usize = 1000;

fn insert<D: Dialect>(table: &str, columns: &'static [Column]) -> Statement {
    let rows = D::input(columns.iter());
    // The condition parts the source of the rows from the conflict clause.
    let sql = format!(
        "INSERT INTO {table} ({names}) SELECT {cells} FROM {from} WHERE TRUE ON CONFLICT DO NOTHING",
        names = names(columns),
        cells = rows.cells.join(", "),
        from = rows.from,
    );
    Statement {
        sql: sql.into(),
        input: columns,
        output: &[],
    }
}

fn delete<D: Dialect>(table: &str, columns: &'static [Column]) -> Statement {
    let rows = D::input(columns.iter());
    let sql = format!(
        "DELETE FROM {table} WHERE ({names}) IN (SELECT {cells} FROM {from})",
        names = names(columns),
        cells = rows.cells.join(", "),
        from = rows.from,
    );
    Statement {
        sql: sql.into(),
        input: columns,
        output: &[],
    }
}
