//! The cells of rows.

use rust_decimal::Decimal;
use serde_json::Value;

use crate::Row;

pub(crate) fn text<'r>(row: &'r Row, column: &str) -> Option<&'r str> {
    row.get(column).and_then(Value::as_str)
}

pub(crate) fn number(row: &Row, column: &str) -> Option<i64> {
    row.get(column).and_then(Value::as_i64)
}

pub(crate) fn flag(row: &Row, column: &str) -> Option<bool> {
    row.get(column).and_then(Value::as_bool)
}

pub(crate) fn decimal(row: &Row, column: &str) -> Option<Decimal> {
    text(row, column).and_then(|text| text.parse().ok())
}

/// Without zeros at the end, as all decimals are written.
pub(crate) fn written(decimal: Decimal) -> String {
    decimal.normalize().to_string()
}

/// A row of the columns that have a value.
pub(crate) fn row(columns: Value) -> Row {
    let Value::Object(columns) = columns else {
        return Row::new();
    };
    columns
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .collect()
}

/// The columns that a row has, as they are.
pub(crate) fn copied<'r>(
    from: &'r Row,
    columns: &'r [&str],
) -> impl Iterator<Item = (String, Value)> + 'r {
    columns
        .iter()
        .filter_map(|&column| Some((column.to_owned(), from.get(column)?.clone())))
}

/// Full minutes between two instants, down to the earlier one.
pub(crate) fn minutes(until: Option<i64>, from: Option<i64>) -> Option<i64> {
    Some((until? - from?).div_euclid(60_000))
}
