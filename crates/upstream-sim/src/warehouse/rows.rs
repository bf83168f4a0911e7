//! The rows that the report must hold because of the warehouses.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::stamp::Decimal;
use crate::truth::Report;
use crate::warehouse::ledger::Ledger;
use crate::warehouse::movement::{Clock, Kind, Movement};
use crate::warehouse::site::Place;

/// Writes all rows.
pub(super) fn write(ledger: &Ledger, report: &mut Report<'_>) {
    for ((site, id), (version, movement)) in &ledger.movements {
        report.row("rpt_inventory_movement", &movement_row(site, id, movement));
        if let Some(row) = milestone_row(site, id, movement) {
            report.row("rpt_milestone", &row);
        }
        if let Some(sscc) = &movement.sscc {
            // In nanoseconds when it happened, in milliseconds until when the file tells.
            let age = (movement.at * 1_000_000_000, version.0 * 60_000);
            let row = unit_row(site, sscc, movement);
            report.newest("rpt_handling_unit", sscc.clone(), age, row);
        }
    }
    for (site, rows) in ledger.stock() {
        for (place, qty, uom) in rows {
            report.row("rpt_inventory_snapshot", &stock_row(site, place, *qty, uom));
        }
    }
}

/// The milestone that a movement is: goods received, goods loaded, goods damaged.
fn code(movement: &Movement) -> Option<&'static str> {
    match movement.kind {
        Kind::Receipt => Some("received_in_wms"),
        Kind::Ship => Some("loading_done"),
        Kind::Adjust if movement.reason == Some("DAMAGED") => Some("exception"),
        _ => None,
    }
}

const fn basis(clock: Clock) -> &'static str {
    match clock {
        Clock::Local => "site",
        Clock::Offset => "offset",
    }
}

fn milestone_row(site: &str, id: &str, movement: &Movement) -> Option<Value> {
    let code = code(movement)?;
    let load = movement.load_ref.as_ref()?;
    Some(json!({
        "milestone_id": format!("wms|{site}|{id}"),
        "scope": "shipment",
        "scope_ref": load,
        "shipment_no": load,
        "order_no": movement.order_no,
        "container_no": null,
        "stop_id": null,
        "code": code,
        "classifier": "ACT",
        "event_time": movement.at * 1000,
        "time_precision": "second",
        "tz_basis": basis(movement.clock),
        "place_code": site,
        "lat_e6": null,
        "lon_e6": null,
        "reason_code": movement.reason,
        "source_code": format!("wms:{}", movement.kind.token()),
    }))
}

fn unit_row(site: &str, sscc: &str, movement: &Movement) -> Value {
    json!({
        "sscc": sscc,
        "last_place": site,
        "last_code": code(movement).unwrap_or("other"),
        "last_event_time": movement.at * 1000,
        "shipment_no": movement.load_ref,
        "order_no": movement.order_no,
    })
}

fn movement_row(site: &str, id: &str, movement: &Movement) -> Value {
    let (base, uom_base) = in_base(signed(movement), movement.uom);
    json!({
        "warehouse": site,
        "movement_id": id,
        "movement_type": movement.kind.token().to_lowercase(),
        "sku": movement.sku,
        "lot": movement.lot,
        "serial": movement.serial,
        "qty_base": base,
        "uom_base": uom_base,
        "qty": movement.qty.text(),
        "uom": movement.uom,
        "order_no": movement.order_no,
        "line_no": movement.line_no,
        "sscc": movement.sscc,
        "load_ref": movement.load_ref,
        "reason": movement.reason,
        "bin_from": movement.bin_from,
        "bin_to": movement.bin_to,
        "stock_status": movement.status,
        "movement_time": movement.at * 1000,
        "tz_basis": basis(movement.clock),
    })
}

fn stock_row(site: &str, (sku, lot, bin, status): &Place, qty: Decimal, uom: &str) -> Value {
    let part = |part: &Option<String>| part.clone().unwrap_or_else(|| "-".to_owned());
    let (base, uom_base) = in_base(qty, uom);
    json!({
        "warehouse": site,
        "sku": sku,
        "lot": part(lot),
        "bin": part(bin),
        "stock_status": status.unwrap_or("-"),
        "qty_base": base,
        "uom_base": uom_base,
    })
}

/// The quantity with its sign: what leaves the site is negative. A pick only goes from one bin to another.
fn signed(movement: &Movement) -> Decimal {
    let units = match movement.kind {
        Kind::Ship | Kind::TransferOut => -movement.qty.units,
        _ => movement.qty.units,
    };
    Decimal {
        units,
        padded: false,
    }
}

/// A quantity in its base unit; a unit that no factor is known of is its own.
fn in_base(qty: Decimal, uom: &str) -> (String, String) {
    let (factor, base) = match uom {
        "CS" => (12, "EA"),
        "PCS" => (1, "EA"),
        other => (1, other),
    };
    let units = Decimal {
        units: qty.units * factor,
        padded: false,
    };
    (units.text(), base.to_owned())
}

/// The id of a despatch line that has none of its own: SHA-256 of what it says, then how often the file said it before.
///
/// Says the same as the contract of the app: type, order, item, lot, serial, unit, pallet, load, reason, bin and status in
/// this order, each ended by a unit separator; then the order's line, the quantity and the time.
pub(super) fn despatch_digest(movement: &Movement) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let texts = [
        String::new(),
        movement.kind.token().to_owned(),
        text(&movement.order_no),
        movement.sku.clone(),
        text(&movement.lot),
        text(&movement.serial),
        movement.uom.to_owned(),
        text(&movement.sscc),
        text(&movement.load_ref),
        movement.reason.unwrap_or_default().to_owned(),
        text(&movement.bin_from),
        String::new(),
        movement.status.unwrap_or_default().to_owned(),
    ];
    let mut said: String = texts.iter().map(|text| format!("{text}\u{1f}")).collect();
    let line = movement
        .line_no
        .map_or_else(|| "None".to_owned(), |line| format!("Some({line})"));
    said.push_str(&format!(
        "{line}\u{1f}{}\u{1f}{}",
        movement.qty.text(),
        movement.at * 1000
    ));
    let digest = Sha256::digest(said);
    digest[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
