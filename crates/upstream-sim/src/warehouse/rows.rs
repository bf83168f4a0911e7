//! The rows that the report must hold because of the warehouses.

use serde_json::{Value, json};

use crate::stamp::Decimal;
use crate::truth::Report;
use crate::warehouse::ledger::{Ledger, Snapshot};
use crate::warehouse::movement::{Clock, Kind, Movement};
use crate::warehouse::site::Place;

/// Writes all rows.
pub(super) fn write(ledger: &Ledger, report: &mut Report<'_>) {
    for ((site, id), (_, movement)) in &ledger.movements {
        report.row("rpt_inventory_movement", &movement_row(site, id, movement));
    }
    for (site, snapshot) in &ledger.stock {
        for (place, qty, uom) in &snapshot.rows {
            report.row(
                "rpt_inventory_snapshot",
                &stock_row(site, snapshot, place, *qty, uom),
            );
        }
    }
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
        "tz_basis": match movement.clock {
            Clock::Local => "site",
            Clock::Offset => "offset",
        },
    })
}

fn stock_row(
    site: &str,
    _snapshot: &Snapshot,
    (sku, lot, bin, status): &Place,
    qty: Decimal,
    uom: &str,
) -> Value {
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

/// The quantity with the sign of its effect on the stock.
fn signed(movement: &Movement) -> Decimal {
    let units = match movement.kind {
        Kind::Pick | Kind::Ship | Kind::TransferOut => -movement.qty.units,
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

/// The id of a despatch line that has none of its own.
pub(super) fn despatch_id(site: &str, movement: &Movement, occurrence: u64) -> String {
    format!("{site}|{}|{}|{occurrence}", movement.sku, movement.at)
}
