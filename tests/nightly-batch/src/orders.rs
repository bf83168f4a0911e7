//! From the order to the delivery.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::{
    Row,
    cell::{copied, decimal, number, row, text, written},
    extract::{Extract, Known},
    resolve::Shipments,
    timeline::percent,
};

/// Steps of the way, and the columns that they fill.
const STEPS: [(&str, &str); 8] = [
    ("tender_accepted", "tendered"),
    ("pickup_departed", "picked_up"),
    ("in_transit", "in_transit"),
    ("container_discharged", "discharged"),
    ("customs_released", "customs_released"),
    ("gate_out", "gate_out"),
    ("delivered", "delivered"),
    ("received_in_wms", "received"),
];

/// One row per order line and shipment; an order without shipment has its rows too.
pub(crate) fn to_delivery(extract: &Extract, shipments: &Shipments, timeline: &[Row]) -> Vec<Row> {
    let mut steps: BTreeMap<Option<&str>, Vec<&Row>> = BTreeMap::new();
    for step in timeline.iter().filter(|step| step["classifier"] == "ACT") {
        steps
            .entry(text(step, "shipment_no"))
            .or_default()
            .push(step);
    }
    let mut invoiced: BTreeMap<&str, &str> = BTreeMap::new();
    for invoice in extract.live("freight_invoice") {
        let about = shipments.of("freight_invoice", &invoice.key);
        let shipment = about.and_then(|about| about.shipment_no.as_deref());
        if let Some((shipment, day)) = shipment.zip(text(&invoice.row, "invoice_date")) {
            let first = invoiced.entry(shipment).or_insert(day);
            *first = day.min(*first);
        }
    }
    let mut rows = Vec::new();
    for line in extract
        .live("order_line")
        .filter(|line| text(&line.row, "line_type") != Some("comment"))
    {
        let (company, order_no) = (text(&line.row, "company"), text(&line.row, "order_no"));
        let key = format!(
            "{}|{}",
            company.unwrap_or_default(),
            order_no.unwrap_or_default()
        );
        let order = extract
            .get("order", &key)
            .filter(|order| !order.is_tombstone);
        let of_line = of_line(extract, line, order);
        let placed = shipments
            .of_order
            .get(&key)
            .map(Vec::as_slice)
            .unwrap_or_default();
        if placed.is_empty() {
            rows.push(of_line.clone());
        }
        for placed in placed {
            let mut on_shipment = of_line.clone();
            on_shipment.extend(row(json!({
                "shipment_no": placed.shipment_no,
                "match_rule": placed.rule,
                "match_confidence": percent(placed.confidence),
                "invoiced_on": invoiced.get(placed.shipment_no.as_str()),
            })));
            on_shipment.extend(way(steps.get(&Some(placed.shipment_no.as_str()))));
            rows.push(on_shipment);
        }
    }
    rows
}

fn of_line(extract: &Extract, line: &Known, order: Option<&Known>) -> Row {
    let mut row = row(json!({
        "received_qty": moved(extract, line, |moved| ["receipt", "return"].contains(&cell(moved, "movement_type"))),
        "damaged_qty": moved(extract, line, |moved| {
            cell(moved, "movement_type") == "adjust" && cell(moved, "reason").eq_ignore_ascii_case("damaged")
        }),
        "ordered_on": order.and_then(|order| order.row.get("order_date")),
    }));
    let columns = [
        "company",
        "order_no",
        "sequence",
        "item_no",
        "uom",
        "qty",
        "shipped_qty",
        "correlation_id",
    ];
    row.extend(copied(&line.row, &columns));
    if let Some(order) = order {
        row.extend(copied(
            &order.row,
            &["customer_no", "status", "requested_delivery_date"],
        ));
    }
    row
}

fn cell<'r>(row: &'r Row, column: &str) -> &'r str {
    text(row, column).unwrap_or_default()
}

/// What warehouses moved for a line, in its unit.
fn moved(extract: &Extract, line: &Known, counts: impl Fn(&Row) -> bool) -> Option<String> {
    let moved = extract.live("inventory_movement").map(|moved| &moved.row);
    let for_line = moved.filter(|moved| {
        moved
            .get("order_no")
            .is_some_and(|order| *order == line.row["order_no"])
            && moved
                .get("line_no")
                .is_some_and(|number| *number == line.row["sequence"])
            && (text(&line.row, "uom").is_none() || text(moved, "uom") == text(&line.row, "uom"))
    });
    let quantities: Vec<Decimal> = for_line
        .filter(|moved| counts(moved))
        .filter_map(|moved| decimal(moved, "qty"))
        .collect();
    (!quantities.is_empty()).then(|| written(quantities.iter().sum()))
}

/// When each step of a shipment's way happened, the latest where there are several stops.
fn way(steps: Option<&Vec<&Row>>) -> Row {
    let mut way = Row::new();
    for (code, name) in STEPS {
        let happened = steps
            .into_iter()
            .flatten()
            .filter(|step| step["code"] == code);
        let at = happened
            .clone()
            .filter_map(|step| number(step, "event_time"))
            .max();
        let source = happened
            .filter_map(|step| text(step, "chosen_source"))
            .max();
        way.extend(at.map(|at| (format!("{name}_at"), Value::from(at))));
        way.extend(source.map(|source| (format!("{name}_source"), Value::from(source))));
    }
    way
}
