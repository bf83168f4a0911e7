//! Compares the reports, row by row, with what the simulated world knows to be true.

use std::{collections::BTreeMap, fmt};

use anyhow::Result;
use reporting::{Store, Table};
use serde::Serialize;
use serde_json::{Map, Value};

type Row = Map<String, Value>;

/// Differences that are shown; more are counted.
const SHOWN_MAX: usize = 10;

/// One way in which a report differs from the truth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Difference {
    /// A row that should be in the report is not.
    Missing {
        /// Name of the report.
        table: &'static str,
        /// Key of the row.
        key: String,
    },
    /// A row is in the report that should not be.
    Unexpected {
        /// Name of the report.
        table: &'static str,
        /// Key of the row.
        key: String,
    },
    /// A value is another.
    Value {
        /// Name of the report.
        table: &'static str,
        /// Key of the row.
        key: String,
        /// Name of the column.
        column: String,
        /// What it should be.
        truth: Value,
        /// What the report says.
        report: Value,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { table, key } => write!(f, "{table} lacks {key}"),
            Self::Unexpected { table, key } => write!(f, "{table} has {key}, which does not exist"),
            Self::Value {
                table,
                key,
                column,
                truth,
                report,
            } => {
                write!(f, "{table} {key}: {column} is {report}, should be {truth}")
            }
        }
    }
}

/// Result of comparing all reports.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Comparison {
    /// Rows that are true and in the report, by table.
    pub rows: BTreeMap<&'static str, usize>,
    /// How many differences there are.
    pub differences: usize,
    /// The first of them.
    pub first: Vec<Difference>,
}

impl Comparison {
    /// Whether every report is equal to the truth.
    #[must_use]
    pub const fn is_equal(&self) -> bool {
        self.differences == 0
    }

    fn add(&mut self, difference: Difference) {
        self.differences += 1;
        if self.first.len() < SHOWN_MAX {
            self.first.push(difference);
        }
    }
}

/// Compares every report with the truth of the same name.
pub(crate) async fn compare(store: &Store, truth: &Row) -> Result<Comparison> {
    let mut comparison = Comparison::default();
    for table in Table::ALL.into_iter().filter(|table| table.is_report()) {
        // A table that no simulated upstream fills must be empty.
        let expected = truth.get(table.name()).and_then(Value::as_array);
        let expected = expected.into_iter().flatten().filter_map(Value::as_object);
        let expected = expected.cloned();
        compare_table(
            &mut comparison,
            table,
            by_key(table, expected),
            by_key(table, store.rows(table).await?),
        );
    }
    Ok(comparison)
}

fn by_key(table: Table, rows: impl IntoIterator<Item = Row>) -> BTreeMap<String, Row> {
    rows.into_iter()
        .map(|row| (key_of(table, &row), row))
        .collect()
}

fn key_of(table: Table, row: &Row) -> String {
    let parts = table.key().map(|column| match row.get(column) {
        Some(Value::String(text)) => text.clone(),
        other => other.map(Value::to_string).unwrap_or_default(),
    });
    parts.collect::<Vec<_>>().join("|")
}

fn compare_table(
    comparison: &mut Comparison,
    table: Table,
    truth: BTreeMap<String, Row>,
    mut report: BTreeMap<String, Row>,
) {
    let table = table.name();
    comparison.rows.insert(table, 0);
    for (key, expected) in truth {
        match report.remove(&key) {
            None => comparison.add(Difference::Missing { table, key }),
            Some(found) => compare_row(comparison, table, &key, &expected, &found),
        }
    }
    for key in report.into_keys() {
        comparison.add(Difference::Unexpected { table, key });
    }
}

fn compare_row(
    comparison: &mut Comparison,
    table: &'static str,
    key: &str,
    truth: &Row,
    report: &Row,
) {
    let mut equal = true;
    for (column, expected) in truth {
        let found = report.get(column).unwrap_or(&Value::Null);
        if found != expected {
            equal = false;
            let (key, column) = (key.to_owned(), column.clone());
            comparison.add(Difference::Value {
                table,
                key,
                column,
                truth: expected.clone(),
                report: found.clone(),
            });
        }
    }
    *comparison.rows.entry(table).or_default() += usize::from(equal);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rows(value: &Value) -> BTreeMap<String, Row> {
        by_key(
            Table::Shipment,
            value
                .as_array()
                .unwrap()
                .iter()
                .map(|row| row.as_object().unwrap().clone()),
        )
    }

    #[test]
    fn names_what_is_missing_unexpected_and_different() {
        let truth = rows(
            &json!([{"shipment_no":"L-1","pro":"1"},{"shipment_no":"L-2","pro":null},{"shipment_no":"L-3","pro":"3"}]),
        );
        let report = rows(
            &json!([{"shipment_no":"L-2","pro":null},{"shipment_no":"L-3","pro":"4"},{"shipment_no":"L-9","pro":null}]),
        );
        let mut comparison = Comparison::default();
        compare_table(&mut comparison, Table::Shipment, truth, report);
        let shown: Vec<String> = comparison.first.iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            [
                "rpt_shipment lacks L-1",
                "rpt_shipment L-3: pro is \"4\", should be \"3\"",
                "rpt_shipment has L-9, which does not exist",
            ]
        );
        assert_eq!(comparison.rows, BTreeMap::from([("rpt_shipment", 1)]));
    }
}
