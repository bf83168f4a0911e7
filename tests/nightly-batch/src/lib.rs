//! What a nightly batch would report of the same extracts: the oracle that the pipeline is held against.
//!
//! Written to be read next to the rules, not to be fast. It shares no code with what it judges.

mod carriers;
mod cell;
mod conflicts;
mod extract;
mod freight;
mod hints;
mod numbers;
mod orders;
mod placed;
mod resolve;
mod rules;
mod stock;
mod stops;
mod timeline;
mod vehicles;
mod web;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

pub use rules::RULES;

/// A row of a table or view, by column: instants as epoch milliseconds, dates and decimals as texts. A column that is
/// not in it has no value.
pub type Row = Map<String, Value>;

/// The rows of each table and view.
pub type Reports = BTreeMap<&'static str, Vec<Row>>;

/// A whole night: every document of the feed in, every report out.
#[must_use]
pub fn run(documents: &[Value]) -> Reports {
    let extract = extract::Extract::of(documents);
    let shipments = resolve::resolve(&extract);
    let mut reports = extract.tables();
    let told = timeline::resolved(&extract, &shipments);
    let timeline = timeline::chosen(&told);
    let times = stops::times(&extract, &timeline);
    let on_time = stops::on_time(&times, &told);
    let invoices = freight::matched(&extract, &shipments);
    reports.insert(
        "v_order_to_delivery",
        orders::to_delivery(&extract, &shipments, &timeline),
    );
    reports.insert(
        "v_carrier_scorecard",
        carriers::scorecard(&extract, &told, &timeline, &on_time, &invoices),
    );
    reports.insert("v_dwell", stops::dwell(&times, &timeline));
    reports.insert("v_milestone_resolved", told);
    reports.insert("v_shipment_timeline", timeline);
    reports.insert("v_stop_times", times);
    for (view, kind) in [
        ("v_on_time_pickup", "pickup"),
        ("v_on_time_delivery", "delivery"),
    ] {
        let of_kind = on_time.iter().filter(|row| row["kind"] == kind);
        reports.insert(view, of_kind.cloned().collect());
    }
    reports.insert("v_on_time", on_time);
    reports.insert("v_freight_invoice_match", invoices);
    reports.insert("v_inventory_position", stock::position(&extract));
    let uses = vehicles::uses(&extract);
    reports.insert(
        "v_vehicle_position_resolved",
        vehicles::positions(&extract, &uses),
    );
    reports.insert("v_vehicle_use", uses);
    reports.insert("v_xref_conflicts", shipments.conflicts());
    reports.insert("v_orphans", shipments.orphans(&extract));
    reports
}
