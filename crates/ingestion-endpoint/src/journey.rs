//! The way of one record, or of all records of one message, by the rules of `infra/queries/end-to-end.kql`.

use std::{collections::BTreeSet, io};

use serde_json::{Value, json};

use crate::{keep::Keep, rows::Row};

/// Events that are steps.
const EVENTS: [&str; 2] = ["dead_lettered", "replayed"];
/// The steps in the order in which a record takes them; of two at one instant the earlier comes first.
const ORDER: [&str; 6] = [
    "received",
    "normalized",
    "published",
    "dead_lettered",
    "consolidated",
    "replayed",
];

/// Steps that a message takes for all of its records.
const OF_A_MESSAGE: [&str; 2] = ["received", "normalized"];

/// Columns of the answer with their types.
pub(crate) const COLUMNS: [(&str, &str); 11] = [
    ("TimeGenerated", "datetime"),
    ("Source", "string"),
    ("App", "string"),
    ("Step", "string"),
    ("Outcome", "string"),
    ("DurationMs", "real"),
    ("SourceKey", "string"),
    ("Reason", "string"),
    ("Version", "string"),
    ("InvocationId", "string"),
    ("CorrelationId", "string"),
];

/// Every step that is known of whom `who` names, in order.
pub(crate) fn of(keep: &Keep, who: &str) -> io::Result<Vec<Vec<Value>>> {
    let mut steps = Vec::new();
    keep.read(|item| steps.extend(Row::of(&item).filter(|row| !step(row).is_empty())))?;
    let messages: BTreeSet<String> = steps
        .iter()
        .filter(|row| row.property("source_key") == who || row.property("correlation_id") == who)
        .map(|row| row.property("correlation_id").to_owned())
        .collect();
    let is_own = |row: &Row| {
        let (key, message) = (row.property("source_key"), row.property("correlation_id"));
        let of_all = key.is_empty() && OF_A_MESSAGE.contains(&step(row));
        messages.contains(message) && (message == who || key == who || of_all)
    };
    steps.retain(is_own);
    steps.sort_by_cached_key(place);
    Ok(steps.iter().map(columns).collect())
}

fn step(row: &Row) -> &str {
    let event = row.property("event");
    match row.property("step") {
        "" if row.table == "AppTraces" && EVENTS.contains(&event) => event,
        step => step,
    }
}

fn place(row: &Row) -> (String, usize) {
    let rank = ORDER.iter().position(|known| *known == step(row));
    (
        row.text("TimeGenerated").to_owned(),
        rank.unwrap_or(ORDER.len()),
    )
}

fn columns(row: &Row) -> Vec<Value> {
    let outcome = match (step(row), row.property("outcome")) {
        ("dead_lettered", "") => "dead_lettered",
        (_, outcome) => outcome,
    };
    vec![
        json!(row.text("TimeGenerated")),
        json!(row.property("source")),
        json!(row.text("AppRoleName")),
        json!(step(row)),
        json!(outcome),
        row.columns
            .get("DurationMs")
            .cloned()
            .unwrap_or_else(|| json!(0.0)),
        json!(row.property("source_key")),
        json!(row.property("reason")),
        json!(row.text("AppVersion")),
        json!(row.property("invocation_id")),
        json!(row.property("correlation_id")),
    ]
}
