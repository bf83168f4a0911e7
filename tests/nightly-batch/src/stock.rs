//! Stock by warehouse, item and lot.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::json;

use crate::{
    Row,
    cell::{decimal, number, row, text, written},
    extract::Extract,
};

/// Movements that change what is there.
const COUNT: [&str; 6] = [
    "receipt",
    "ship",
    "adjust",
    "transfer_in",
    "transfer_out",
    "return",
];

#[derive(Default)]
struct Stock<'e> {
    counted: Option<Decimal>,
    as_of: Option<i64>,
    uom_of_count: Option<&'e str>,
    uom_of_movements: Option<&'e str>,
    moved: Vec<(Option<i64>, Decimal)>,
}

/// The last count, what moved since, and what all movements until then add up to.
pub(crate) fn position(extract: &Extract) -> Vec<Row> {
    let mut stocks: BTreeMap<_, Stock<'_>> = BTreeMap::new();
    for count in extract.live("inventory_snapshot") {
        let stock = stocks.entry(place(&count.row)).or_default();
        let quantity = decimal(&count.row, "qty_base");
        stock.counted = [stock.counted, quantity]
            .into_iter()
            .flatten()
            .reduce(|a, b| a + b);
        stock.as_of = stock.as_of.max(number(&count.row, "as_of"));
        stock.uom_of_count = stock.uom_of_count.max(text(&count.row, "uom_base"));
    }
    for movement in extract.live("inventory_movement") {
        let kind = text(&movement.row, "movement_type").unwrap_or_default();
        if !COUNT.contains(&kind) || text(&movement.row, "sku").is_none() {
            continue;
        }
        let stock = stocks.entry(place(&movement.row)).or_default();
        let quantity = decimal(&movement.row, "qty_base").unwrap_or_default();
        stock
            .moved
            .push((number(&movement.row, "movement_time"), quantity));
        stock.uom_of_movements = stock.uom_of_movements.max(text(&movement.row, "uom_base"));
    }
    stocks
        .iter()
        .map(|(place, stock)| report(place, stock))
        .collect()
}

fn place(row: &Row) -> (&str, &str, &str) {
    let part = |column| text(row, column).unwrap_or_default();
    (
        part("warehouse"),
        part("sku"),
        text(row, "lot").unwrap_or("-"),
    )
}

fn report((warehouse, sku, lot): &(&str, &str, &str), stock: &Stock<'_>) -> Row {
    let since = stock
        .moved
        .iter()
        .filter(|(at, _)| stock.as_of.is_none() || *at > stock.as_of);
    let until: Vec<Decimal> = stock
        .moved
        .iter()
        .filter(|(at, _)| at.zip(stock.as_of).is_some_and(|(at, as_of)| at <= as_of))
        .map(|(_, quantity)| *quantity)
        .collect();
    let moved: Decimal = since.clone().map(|(_, quantity)| quantity).sum();
    let derived: Option<Decimal> = (!until.is_empty()).then(|| until.iter().sum());
    let is_counted = stock.as_of.is_some() || stock.counted.is_some();
    row(json!({
        "warehouse": warehouse,
        "sku": sku,
        "lot": lot,
        "uom_base": if is_counted { stock.uom_of_count } else { stock.uom_of_movements },
        "as_of": stock.as_of,
        "counted_qty": stock.counted.map(written),
        "movements_since": since.count(),
        "moved_qty": written(moved),
        "on_hand_qty": written(stock.counted.unwrap_or_default() + moved),
        "derived_qty": derived.map(written),
        "variance_qty": stock.counted.zip(derived).map(|(counted, derived)| written(counted - derived)),
    }))
}
