//! How the apps are.

use anyhow::Result;
use serde_json::{Value, json};

use super::{Context, Ended};
use crate::{output, table::table};

pub(super) async fn status(context: &Context<'_>) -> Result<Ended> {
    let (mut apps, mut rows, mut failed) = (Vec::new(), Vec::new(), None);
    for app in context.client.apps(context.arguments.app.as_deref()) {
        match context.client.get::<Value>(app, "status", &[]).await {
            Ok(status) => {
                rows.push(row(&app.name, &status));
                apps.push(status);
            }
            Err(error) => {
                rows.push(vec![app.name.clone(), error.code().to_owned()]);
                apps.push(json!({ "app": app.name, "error": error.code() }));
                failed = Some(error);
            }
        }
    }
    let fresh: Value = match context.client.app("consolidator") {
        Ok(app) => context
            .client
            .get(app, "freshness", &[])
            .await
            .unwrap_or_default(),
        Err(_) => Value::Null,
    };
    if context.arguments.json {
        output::json(&json!({ "apps": apps, "freshness": fresh }));
    } else {
        let header = [
            "app",
            "version",
            "open",
            "claimed",
            "replayed",
            "discarded",
            "archived",
            "groups",
            "runs",
        ];
        output::line(&table(&header, &rows));
        let rows: Vec<Vec<String>> = fresh
            .as_array()
            .into_iter()
            .flatten()
            .map(fresh_row)
            .collect();
        if !rows.is_empty() {
            let header = [
                "source",
                "applied",
                "duplicate",
                "superseded",
                "refused",
                "p50 ms",
                "p99 ms",
                "level",
                "stream behind",
            ];
            output::line(&format!("\n{}", table(&header, &rows)));
        }
    }
    failed.map_or(Ok(Ended::Well), |error| Err(error.into()))
}

fn row(app: &str, status: &Value) -> Vec<String> {
    let count = |state: &str| {
        status["letters"][state]
            .as_u64()
            .unwrap_or_default()
            .to_string()
    };
    let number = |name: &str| status[name].as_u64().unwrap_or_default().to_string();
    vec![
        app.to_owned(),
        status["version"].as_str().unwrap_or_default().to_owned(),
        count("open"),
        count("claimed"),
        count("replayed"),
        count("discarded"),
        count("archived"),
        number("open_groups"),
        number("plans_running"),
    ]
}

fn fresh_row(source: &Value) -> Vec<String> {
    let number = |name: &str| {
        source[name]
            .as_i64()
            .map_or_else(|| "-".to_owned(), |n| n.to_string())
    };
    let worst = worst(source);
    let text = |stream: Option<&Value>, name: &str| {
        let text = stream.and_then(|stream| stream[name].as_str());
        text.unwrap_or("-").to_owned()
    };
    vec![
        source["source"].as_str().unwrap_or_default().to_owned(),
        number("applied"),
        number("duplicate"),
        number("superseded"),
        number("dead_lettered"),
        number("lag_ms_p50"),
        number("lag_ms_p99"),
        text(worst, "level"),
        text(worst.filter(|stream| stream["level"] != "fresh"), "stream"),
    ]
}

/// The stream that is furthest behind, if they were measured.
fn worst(source: &Value) -> Option<&Value> {
    let badness = |stream: &&Value| match stream["level"].as_str() {
        Some("page") => 3,
        Some("alert") => 2,
        Some("notice") => 1,
        _ => 0,
    };
    source["streams"].as_array()?.iter().max_by_key(badness)
}

pub(super) async fn audit(context: &Context<'_>, limit: u32) -> Result<Ended> {
    let (only, query) = (
        context.arguments.app.as_deref(),
        [("limit", limit.to_string())],
    );
    let pages = context.client.get_each(only, "audit", &query).await?;
    let mut entries = Vec::new();
    for (_, page) in &pages.answered {
        let page: &Value = page;
        entries.extend(page["entries"].as_array().cloned().unwrap_or_default());
    }
    entries.sort_by_key(|entry| std::cmp::Reverse(entry["at"].as_i64()));
    if context.arguments.json {
        output::json(&entries);
        return Ok(pages.ended());
    }
    let rows: Vec<Vec<String>> = entries
        .iter()
        .map(|entry| {
            let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
            let about = match entry["about"]["kind"].as_str().unwrap_or_default() {
                "letters" => format!("{} letters", entry["about"]["total"]),
                "filter" => entry["about"]["filter"].to_string(),
                "plan" => format!("plan {}", entry["about"]["id"].as_str().unwrap_or_default()),
                _ => entry["about"]["fingerprint"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned(),
            };
            let at = super::letters::instant(&entry["at"]);
            vec![
                at,
                text("who"),
                text("verb"),
                text("app"),
                about,
                text("why"),
            ]
        })
        .collect();
    output::line(&table(&["at", "who", "what", "app", "about", "why"], &rows));
    Ok(pages.ended())
}
