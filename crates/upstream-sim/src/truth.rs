//! What the report must hold, folded from everything that was validly sent.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::upstream::Upstream;
use crate::world::World;

/// All tables of the truth.
const TABLES: [&str; 14] = [
    "rpt_order",
    "rpt_order_line",
    "rpt_shipment",
    "rpt_stop",
    "rpt_milestone",
    "rpt_inventory_movement",
    "rpt_inventory_snapshot",
    "rpt_freight_invoice",
    "rpt_freight_invoice_line",
    "rpt_edi_ack",
    "rpt_vehicle_position",
    "rpt_vehicle",
    "rpt_container",
    "rpt_handling_unit",
];

/// Which of two statements about one row is newer: the major part first. Nanoseconds where it is an instant.
pub(crate) type Age = (i64, i64);

/// Takes in rows. They are written out as they come: a bulk world has hundreds of thousands of them.
#[derive(Debug)]
pub(crate) struct Report<'a> {
    /// Company name, as the report keys orders.
    pub(crate) company: &'a str,
    tables: BTreeMap<&'static str, String>,
    contested: BTreeMap<(&'static str, String), (Age, Value)>,
}

impl<'a> Report<'a> {
    fn new(company: &'a str) -> Self {
        Self {
            company,
            tables: TABLES.map(|table| (table, String::new())).into(),
            contested: BTreeMap::new(),
        }
    }

    /// A row that only this upstream states.
    pub(crate) fn row(&mut self, table: &'static str, row: &Value) {
        let rows = self.tables.entry(table).or_default();
        if !rows.is_empty() {
            rows.push(',');
        }
        rows.push_str(&row.to_string());
    }

    /// A row that several upstreams may state: the one with the greatest age stands, whatever the order of the calls.
    pub(crate) fn newest(&mut self, table: &'static str, key: String, age: Age, row: Value) {
        let held = self.contested.get(&(table, key.clone()));
        if held.is_none_or(|(held, _)| *held < age) {
            self.contested.insert((table, key), (age, row));
        }
    }

    fn finish(mut self) -> BTreeMap<&'static str, String> {
        for ((table, _), (_, row)) in std::mem::take(&mut self.contested) {
            self.row(table, &row);
        }
        self.tables
    }
}

/// The answer of `GET /sim/truth`, as JSON text.
pub(crate) fn report(world: &World, upstreams: &[&dyn Upstream], company: &str) -> String {
    let mut report = Report::new(company);
    for upstream in upstreams {
        upstream.rows(world, &mut report);
    }
    let dead: Map<String, Value> = upstreams
        .iter()
        .map(|one| (one.source().to_owned(), one.dead_letters().into()))
        .collect();
    let mut out = String::from("{");
    for (table, rows) in report.finish() {
        out.push_str(&format!(r#""{table}":[{rows}],"#));
    }
    out.push_str(&format!(r#""dead_letters":{}}}"#, Value::Object(dead)));
    out
}
