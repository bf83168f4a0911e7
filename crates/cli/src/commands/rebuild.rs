//! The report made anew from the feed, driven step by step. Who dies is gone on from: the next one takes it up.

use anyhow::Result;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Context, Ended};
use crate::{arguments::Rebuild, output, table::table};

pub(super) async fn rebuild(context: &Context<'_>, command: &Rebuild) -> Result<Ended> {
    let app = context.client.app("consolidator")?;
    match command {
        Rebuild::Run {
            why,
            accept_removals,
            keep_before,
            step_ms,
        } => {
            let mut asked =
                json!({ "why": why, "step_ms": step_ms, "accept_removals": accept_removals });
            if let Some(before) = keep_before {
                asked["keep_before"] = json!(before.as_millisecond());
            }
            run(context, asked).await
        }
        Rebuild::List => {
            let rebuilds: Value = context.client.get(app, "rebuild", &[]).await?;
            show(context, &rebuilds);
            Ok(Ended::Well)
        }
        Rebuild::Cancel { rebuild, why } => {
            let asked = json!({ "rebuild": rebuild, "why": why });
            let ended: Value = context.client.post(app, "rebuild/cancel", &asked).await?;
            show(context, &json!([ended]));
            Ok(Ended::Well)
        }
    }
}

async fn run(context: &Context<'_>, mut asked: Value) -> Result<Ended> {
    let app = context.client.app("consolidator")?;
    loop {
        let progress: Value = context
            .client
            .post_patiently(app, "rebuild", &asked)
            .await?;
        // By name from now on: a reply that is lost must not begin another one.
        asked["rebuild"] = progress["rebuild"].clone();
        if progress["state"] != "filling" {
            show(context, &json!([progress]));
            return Ok(match progress["state"] == "swapped" {
                true => Ended::Well,
                false => Ended::Unobserved,
            });
        }
        output::say(&format!(
            "{} documents, up to {}",
            progress["documents"],
            instant(&progress["filled_until"])
        ));
    }
}

fn show(context: &Context<'_>, rebuilds: &Value) {
    if context.arguments.json {
        output::json(rebuilds);
        return;
    }
    let header = [
        "rebuild",
        "state",
        "who",
        "why",
        "asked",
        "filled until",
        "documents",
        "removed",
        "added",
        "replaced",
    ];
    let all = rebuilds.as_array().map(Vec::as_slice).unwrap_or_default();
    let rows: Vec<Vec<String>> = all.iter().map(row).collect();
    output::line(&table(&header, &rows));
    let differences = all
        .iter()
        .filter_map(|rebuild| rebuild["differences"].as_array())
        .flatten();
    for difference in differences.filter_map(Value::as_str) {
        output::line(difference);
    }
}

fn row(rebuild: &Value) -> Vec<String> {
    let text = |name: &str| rebuild[name].as_str().unwrap_or_default().to_owned();
    let number = |name: &str| {
        rebuild[name]
            .as_i64()
            .map_or_else(String::new, |n| n.to_string())
    };
    vec![
        text("rebuild"),
        text("state"),
        text("who"),
        text("why"),
        instant(&rebuild["asked_at"]),
        instant(&rebuild["filled_until"]),
        number("documents"),
        number("removed"),
        number("added"),
        number("replaced"),
    ]
}

fn instant(millis: &Value) -> String {
    let at = Timestamp::from_millisecond(millis.as_i64().unwrap_or_default());
    at.map_or_else(|_| String::new(), |at| at.to_string())
}
