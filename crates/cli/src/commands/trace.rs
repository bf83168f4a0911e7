//! The way of one record, or of all records of one message, from the message to the report.

use anyhow::{Context as _, Result, bail, ensure};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Ended;
use crate::{apps::Telemetry, arguments::Arguments, output, table::table};

/// The same text that people paste into the portal.
const QUERY: &str = include_str!("../../../../infra/queries/end-to-end.kql");
/// What the query begins with where it is looked at in the portal.
const EXAMPLE: &str = "let who = \"0af7651916cd43dd8448eb211c80319c\";";
/// Longest id or key that is asked for.
const ID_CHARS_MAX: usize = 512;

/// What the query API answers.
#[derive(Debug, Deserialize)]
struct Answer {
    tables: Vec<Table>,
}

#[derive(Debug, Deserialize)]
struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Value>>,
}

#[derive(Debug, Deserialize)]
struct Column {
    name: String,
}

/// One step as it is printed.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Step {
    at: String,
    source: String,
    app: String,
    step: String,
    outcome: String,
    duration_ms: f64,
    source_key: String,
    reason: String,
    version: String,
    invocation_id: String,
    correlation_id: String,
}

pub(crate) async fn trace(
    arguments: &Arguments,
    telemetry: &Telemetry,
    who: &str,
) -> Result<Ended> {
    let steps = steps(ask(telemetry, &query(who)?).await?)?;
    if arguments.json {
        output::json(&steps);
        return Ok(Ended::Well);
    }
    if steps.is_empty() {
        output::say(
            "nothing is known of it; telemetry arrives after some seconds, in Azure after some minutes, and of what is sampled only a part is kept",
        );
        return Ok(Ended::Well);
    }
    output::line(&timeline(&steps));
    Ok(Ended::Well)
}

/// The query for this id or key.
fn query(who: &str) -> Result<String> {
    let is_plain = |c: char| !c.is_control() && c != '"' && c != '\\';
    ensure!(
        !who.is_empty() && who.chars().count() <= ID_CHARS_MAX && who.chars().all(is_plain),
        "a correlation id or a source key has no quotes, backslashes or control characters in it"
    );
    ensure!(
        QUERY.contains(EXAMPLE),
        "the query does not say whom it asks for"
    );
    Ok(QUERY.replace(EXAMPLE, &format!("let who = \"{who}\";")))
}

async fn ask(telemetry: &Telemetry, query: &str) -> Result<Answer> {
    let url = format!(
        "{}/v1/workspaces/{}/query",
        telemetry.url, telemetry.workspace
    );
    let mut request = reqwest::Client::new()
        .post(&url)
        .json(&json!({ "query": query }));
    if let Some(token) = telemetry.token().await? {
        request = request.bearer_auth(token);
    }
    let answer = request
        .send()
        .await
        .with_context(|| format!("{} does not answer", telemetry.url))?;
    let status = answer.status();
    let text = answer.text().await?;
    if !status.is_success() {
        bail!("{} answers {status}: {text}", telemetry.url);
    }
    serde_json::from_str(&text).context("the answer is not one of the query API")
}

fn steps(answer: Answer) -> Result<Vec<Step>> {
    let table = answer
        .tables
        .into_iter()
        .next()
        .context("the answer has no table")?;
    let step = |row: &Vec<Value>| {
        let cell = |name: &str| {
            let place = table.columns.iter().position(|column| column.name == name);
            place
                .and_then(|place| row.get(place))
                .unwrap_or(&Value::Null)
        };
        let text = |name: &str| cell(name).as_str().unwrap_or_default().to_owned();
        Step {
            at: text("TimeGenerated"),
            source: text("Source"),
            app: text("App"),
            step: text("Step"),
            outcome: text("Outcome"),
            duration_ms: cell("DurationMs").as_f64().unwrap_or_default(),
            source_key: text("SourceKey"),
            reason: text("Reason"),
            version: text("Version"),
            invocation_id: text("InvocationId"),
            correlation_id: text("CorrelationId"),
        }
    };
    Ok(table.rows.iter().map(step).collect())
}

fn timeline(steps: &[Step]) -> String {
    let began = steps
        .first()
        .and_then(|step| step.at.parse::<Timestamp>().ok());
    let rows: Vec<Vec<String>> = steps
        .iter()
        .map(|step| {
            let at = step.at.parse::<Timestamp>().ok();
            let since = at
                .zip(began)
                .map(|(at, began)| at.duration_since(began).as_millis());
            vec![
                step.at.clone(),
                since
                    .map(|since| format!("+{since} ms"))
                    .unwrap_or_default(),
                step.source.clone(),
                step.app.trim_start_matches("crossdock.").to_owned(),
                step.step.clone(),
                format!("{:.1} ms", step.duration_ms),
                step.outcome.clone(),
                step.reason.clone(),
                step.source_key.clone(),
            ]
        })
        .collect();
    let header = [
        "at", "since", "source", "app", "step", "duration", "outcome", "reason", "key",
    ];
    table(&header, &rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_end_the_text_of_the_query_is_refused() {
        assert!(
            query("CRONUS|S-ORD1")
                .unwrap()
                .contains("let who = \"CRONUS|S-ORD1\";")
        );
        for text in ["", "a\" | take 1 //", "a\\", "a\nb"] {
            assert!(query(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_timeline_counts_from_the_first_step() {
        let answer = r#"{"tables":[{"name":"PrimaryResult","columns":[
            {"name":"TimeGenerated","type":"datetime"},{"name":"App","type":"string"},{"name":"Step","type":"string"},{"name":"DurationMs","type":"real"}],
            "rows":[["2026-03-02T09:00:00.000Z","crossdock.orders","received",12.5],["2026-03-02T09:00:01.250Z","crossdock.consolidator","consolidated",3]]}]}"#;
        let steps = steps(serde_json::from_str(answer).unwrap()).unwrap();
        let text = timeline(&steps);
        assert!(text.lines().nth(2).unwrap().contains("+1250 ms"), "{text}");
        assert!(
            text.contains("consolidator") && !text.contains("crossdock."),
            "{text}"
        );
    }
}
