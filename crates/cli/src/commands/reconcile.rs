//! Whether everything of the feed is in the report.

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Context, Ended};
use crate::{output, table::table};

pub(super) async fn reconcile(
    context: &Context<'_>,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
) -> Result<Ended> {
    let until = until.unwrap_or_else(Timestamp::now);
    let from = from.unwrap_or(until - SignedDuration::from_hours(1));
    let asked = json!({ "from": from.as_millisecond(), "until": until.as_millisecond() });
    let app = context.client.app("consolidator")?;
    let totals: Value = context.client.post(app, "reconcile", &asked).await?;
    let lost = totals.as_array().into_iter().flatten();
    let lost: i64 = lost.filter_map(|total| total["missing"].as_i64()).sum();
    if context.arguments.json {
        output::json(&totals);
    } else {
        let header = [
            "source",
            "hour",
            "documents",
            "in report",
            "dead letters",
            "taken in again",
            "missing",
        ];
        let rows: Vec<Vec<String>> = totals.as_array().into_iter().flatten().map(row).collect();
        output::line(&table(&header, &rows));
    }
    Ok(match lost {
        0 => Ended::Well,
        _ => Ended::Unobserved,
    })
}

fn row(total: &Value) -> Vec<String> {
    let number = |name: &str| total[name].as_i64().unwrap_or_default();
    let hour = Timestamp::from_millisecond(number("hour"));
    let mut row = vec![
        total["source"].as_str().unwrap_or_default().to_owned(),
        hour.map_or_else(|_| String::new(), |hour| hour.to_string()),
    ];
    let counts = [
        "documents",
        "in_report",
        "dead_lettered",
        "reapplied",
        "missing",
    ];
    row.extend(counts.map(|name| number(name).to_string()));
    row
}
