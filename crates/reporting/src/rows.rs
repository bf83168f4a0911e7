//! Stored rows as JSON objects, the same from both engines.

use record::ExactDecimal;
use serde_json::{Map, Value};
use sqlx::{ColumnIndex, Decode, Row, Type};

use crate::{
    row::Value as Cell,
    table::{Column, Kind},
};

/// The columns of one row: instants as epoch milliseconds, dates and decimals as texts, lists as arrays.
pub(crate) fn map<R>(
    columns: impl Iterator<Item = &'static Column>,
    row: &R,
) -> Result<Map<String, Value>, sqlx::Error>
where
    R: Row,
    usize: ColumnIndex<R>,
    for<'r> String: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> i64: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> bool: Decode<'r, R::Database> + Type<R::Database>,
{
    columns
        .enumerate()
        .map(|(index, column)| {
            let value = match column.kind {
                Kind::Text | Kind::Date => {
                    row.try_get::<Option<String>, _>(index)?.map(Value::from)
                }
                Kind::Integer | Kind::Instant => {
                    row.try_get::<Option<i64>, _>(index)?.map(Value::from)
                }
                Kind::Bool => row.try_get::<Option<bool>, _>(index)?.map(Value::from),
                Kind::Decimal => row
                    .try_get::<Option<String>, _>(index)?
                    .map(|text| decimal(&text))
                    .transpose()?,
                Kind::List => row
                    .try_get::<Option<String>, _>(index)?
                    .map(|text| list(&text))
                    .transpose()?,
            };
            Ok((column.name.to_owned(), value.unwrap_or(Value::Null)))
        })
        .collect()
}

/// The columns of one row as cells: decimals as the engine writes them, instants as epoch milliseconds.
pub(crate) fn cells<R>(columns: &[Column], row: &R) -> Result<Vec<Cell<'static>>, sqlx::Error>
where
    R: Row,
    usize: ColumnIndex<R>,
    for<'r> String: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> i64: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> bool: Decode<'r, R::Database> + Type<R::Database>,
{
    let cell = |(index, column): (usize, &Column)| {
        let cell = match column.kind {
            Kind::Text | Kind::Date | Kind::Decimal | Kind::List => {
                let text: Option<String> = row.try_get(index)?;
                text.map(|text| Cell::Text(text.into()))
            }
            Kind::Integer | Kind::Instant => {
                row.try_get::<Option<i64>, _>(index)?.map(Cell::Integer)
            }
            Kind::Bool => row.try_get::<Option<bool>, _>(index)?.map(Cell::Bool),
        };
        Ok(cell.unwrap_or(Cell::Null))
    };
    columns.iter().enumerate().map(cell).collect()
}

/// A row with all columns, and its record key.
pub(crate) fn by_key<R>(
    columns: impl Iterator<Item = &'static Column>,
    row: &R,
) -> Result<(String, Map<String, Value>), sqlx::Error>
where
    R: Row,
    usize: ColumnIndex<R>,
    for<'r> String: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> i64: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> bool: Decode<'r, R::Database> + Type<R::Database>,
{
    let cells = map(columns, row)?;
    let key = cells.get("record_key").and_then(Value::as_str);
    Ok((key.unwrap_or_default().to_owned(), cells))
}

fn decimal(text: &str) -> Result<Value, sqlx::Error> {
    let number: ExactDecimal = text
        .parse()
        .map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    Ok(Value::from(number.to_string()))
}

fn list(text: &str) -> Result<Value, sqlx::Error> {
    serde_json::from_str(text).map_err(|error| sqlx::Error::Decode(error.into()))
}
