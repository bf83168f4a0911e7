//! Compares the reports with what a nightly batch makes of the same extracts.

use std::collections::BTreeMap;

use anyhow::Result;
use feed::Feed;
use nightly_batch::{RULES, Row};
use reporting::{Store, Table, View};

/// Differences that are shown; more are counted.
const SHOWN_MAX: usize = 10;

/// Columns that say when a row was written, or follow from that: no extract has them.
const OF_THE_PIPELINE: [&str; 5] = [
    "applied_at",
    "waiting_since",
    "age_min",
    "latency_min_p50",
    "latency_min_p90",
];

/// Result of comparing all reports with the batch.
#[derive(Debug, Clone, Default)]
pub struct Parity {
    /// Rows that both have, by table and view.
    pub rows: BTreeMap<&'static str, usize>,
    /// How many rows only one of the two has.
    pub differences: usize,
    /// The first of them, in words, with the rule of the report.
    pub first: Vec<String>,
}

/// Runs the batch over the whole feed, and compares every table and view.
pub(crate) async fn compare(feed: &Feed, store: &Store) -> Result<Parity> {
    let documents = feed.extract().collect().await?;
    let batch = nightly_batch::run(&documents);
    let mut parity = Parity::default();
    // A canary is none of the sources' records, and one is always on its way.
    for table in Table::ALL.into_iter().filter(|table| table.is_report()) {
        parity.add(table.name(), &batch, &store.rows(table).await?);
    }
    for view in View::ALL {
        parity.add(view.name(), &batch, &store.view(view).await?);
    }
    Ok(parity)
}

impl Parity {
    /// Whether the batch and the pipeline say the same.
    #[must_use]
    pub const fn is_equal(&self) -> bool {
        self.differences == 0
    }

    fn add(&mut self, report: &'static str, batch: &nightly_batch::Reports, pipeline: &[Row]) {
        let columns: Vec<String> = pipeline.iter().flat_map(Row::keys).cloned().collect();
        let columns: std::collections::BTreeSet<String> = columns.into_iter().collect();
        let of_batch = batch.get(report).into_iter().flatten();
        let mut only_batch: BTreeMap<String, Vec<Row>> = BTreeMap::new();
        for row in of_batch {
            let row = told(row, |column| columns.is_empty() || columns.contains(column));
            only_batch.entry(text(&row)).or_default().push(row);
        }
        let mut only_pipeline = Vec::new();
        for row in pipeline {
            let row = told(row, |_| true);
            match only_batch.get_mut(&text(&row)).and_then(Vec::pop) {
                Some(_) => *self.rows.entry(report).or_default() += 1,
                None => only_pipeline.push(row),
            }
        }
        let only_batch = only_batch.into_values().flatten().collect();
        self.explain(report, only_batch, only_pipeline);
    }

    fn explain(&mut self, report: &str, batch: Vec<Row>, mut pipeline: Vec<Row>) {
        let rule = RULES.iter().find(|(name, _)| *name == report);
        let rule = rule.map(|(_, rule)| *rule).unwrap_or_default();
        for row in batch {
            let nearest = pipeline
                .iter()
                .enumerate()
                .max_by_key(|(_, other)| alike(&row, other));
            let nearest = nearest.filter(|(_, other)| 2 * alike(&row, other) > row.len());
            let nearest = nearest.map(|(index, _)| index);
            let other = nearest.map(|index| pipeline.swap_remove(index));
            let said = match other {
                Some(other) => apart(&row, &other),
                None => format!("only the batch has {}", text(&row)),
            };
            self.differ(format!("{report}: {said} (rule: {rule})"));
        }
        for row in pipeline {
            self.differ(format!(
                "{report}: only the pipeline has {} (rule: {rule})",
                text(&row)
            ));
        }
    }

    fn differ(&mut self, said: String) {
        self.differences += 1;
        if self.first.len() < SHOWN_MAX {
            self.first.push(said);
        }
    }
}

/// The columns of a row that an extract can tell, and that have a value.
fn told(row: &Row, is_asked: impl Fn(&str) -> bool) -> Row {
    let told = row.iter().filter(|(column, value)| {
        !value.is_null() && !OF_THE_PIPELINE.contains(&column.as_str()) && is_asked(column)
    });
    told.map(|(column, value)| (column.clone(), value.clone()))
        .collect()
}

/// A row by ascending column.
fn text(row: &Row) -> String {
    let cells: BTreeMap<&String, String> = row
        .iter()
        .map(|(column, value)| (column, value.to_string()))
        .collect();
    let cells: Vec<String> = cells
        .into_iter()
        .map(|(column, value)| format!("{column}={value}"))
        .collect();
    cells.join(" ")
}

/// How many columns two rows have in common.
fn alike(a: &Row, b: &Row) -> usize {
    a.iter()
        .filter(|(column, value)| b.get(*column) == Some(value))
        .count()
}

/// Where two rows about one thing differ.
fn apart(batch: &Row, pipeline: &Row) -> String {
    let same: Vec<String> = batch
        .iter()
        .filter(|(column, value)| pipeline.get(*column) == Some(value))
        .take(4)
        .map(|(column, value)| format!("{column}={value}"))
        .collect();
    let columns: std::collections::BTreeSet<&String> =
        batch.keys().chain(pipeline.keys()).collect();
    let of = |row: &Row, column: &String| {
        row.get(column)
            .map_or_else(|| "nothing".to_owned(), ToString::to_string)
    };
    let differ: Vec<String> = columns
        .into_iter()
        .filter(|column| batch.get(*column) != pipeline.get(*column))
        .map(|column| {
            format!(
                "{column} is {} in the pipeline, {} in the batch",
                of(pipeline, column),
                of(batch, column)
            )
        })
        .collect();
    format!("{}: {}", same.join(" "), differ.join("; "))
}
