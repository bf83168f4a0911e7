//! Invoices of carriers against what was planned.

use serde_json::json;

use crate::{
    Row,
    cell::{copied, flag, number, row, text},
    extract::Extract,
    resolve::Shipments,
};

/// How far an invoice may lie off: a hundredth of the plan, and never less than 5.00.
const SHARE_BP: i64 = 100;
const AMOUNT_MINOR: i64 = 500;

/// Each invoice with its shipment's plan.
pub(crate) fn matched(extract: &Extract, shipments: &Shipments) -> Vec<Row> {
    let shipment_of = |key: &str| {
        let number = shipments
            .of("freight_invoice", key)?
            .shipment_no
            .as_deref()?;
        extract
            .get("shipment", number)
            .filter(|trip| !trip.is_tombstone)
    };
    let mut matched = Vec::new();
    for invoice in extract.live("freight_invoice") {
        let trip = shipment_of(&invoice.key);
        let planned = trip.and_then(|trip| number(&trip.row, "planned_cost_minor"));
        let planned_currency = trip.and_then(|trip| text(&trip.row, "currency"));
        let net = number(&invoice.row, "net_minor");
        let is_original = invoice.row["kind"] == "original";
        let comparable = is_original
            && planned_currency.is_some()
            && planned_currency == text(&invoice.row, "currency");
        let variance = net
            .zip(planned)
            .filter(|_| comparable)
            .map(|(net, planned)| net - planned);
        let tolerance = (planned.unwrap_or_default() * SHARE_BP / 10_000).max(AMOUNT_MINOR);
        let same = extract.live("freight_invoice").filter(|other| {
            other.row["scac"] == invoice.row["scac"]
                && other.row["kind"] == "original"
                && trip.is_some_and(|trip| {
                    shipment_of(&other.key).is_some_and(|theirs| theirs.key == trip.key)
                })
        });
        let originals = same.count();
        let status = match (planned, variance) {
            _ if trip.is_none() => "no_shipment",
            _ if flag(&invoice.row, "sum_ok") == Some(false) => "sum_error",
            _ if is_original && originals > 1 => "duplicate",
            _ if !is_original => "supplement",
            (None, _) => "no_plan",
            (_, None) => "other_currency",
            (_, Some(variance)) if variance > tolerance => "over",
            (_, Some(variance)) if variance < -tolerance => "under",
            _ => "within",
        };
        let about = shipments.of("freight_invoice", &invoice.key);
        let mut row = row(json!({
            "shipment_no": trip.map(|trip| &trip.key),
            "match_rule": about.map(|about| about.rule),
            "planned_cost_minor": planned,
            "planned_currency": planned_currency,
            "variance_minor": variance,
            "variance_bp": variance.zip(planned).and_then(|(variance, planned)| basis_points(variance, planned)),
            "tolerance_minor": tolerance,
            "originals": originals,
            "charges_not_contracted": 0,
            "status": status,
        }));
        let columns = [
            "scac",
            "invoice_no",
            "kind",
            "invoice_date",
            "currency",
            "net_minor",
            "sum_ok",
            "correlation_id",
        ];
        row.extend(copied(&invoice.row, &columns));
        matched.push(row);
    }
    matched
}

/// Hundredths of a percent, rounded half away from zero.
fn basis_points(part: i64, whole: i64) -> Option<i64> {
    let rounded = (20_000 * part.abs() + whole).checked_div(2 * whole)?;
    (whole > 0).then_some(rounded * part.signum())
}
