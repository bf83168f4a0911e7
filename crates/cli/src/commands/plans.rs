//! Plans: made, looked at, held up.

use std::{
    collections::{BTreeMap, HashMap},
    time::Instant,
};

use anyhow::{Result, bail};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Value, json};

use super::{Context, Ended, letters::instant, show::chosen};
use crate::{
    apps::App,
    arguments::{Operate, Select},
    client::{CallError, RETRY_EVERY, RETRY_FOR},
    output,
    table::table,
};

/// Chunks that are asked for at a time.
const CHUNKS_IN_FLIGHT_MAX: usize = 3;
/// Documents that the consolidator is asked about at a time.
const DOCUMENTS_PER_CALL: usize = 2_000;

pub(super) async fn plan(context: &Context<'_>, select: &Select, why: &str) -> Result<Ended> {
    let (app, select) = chosen(context, select).await?;
    let body = select.body(json!({ "why": why }))?;
    let plan: Value = context.client.post(app, "plans", &body).await?;
    if context.arguments.json {
        output::json(&plan);
        return Ok(Ended::Well);
    }
    let text = |name: &str| plan[name].as_str().unwrap_or_default();
    output::line(&format!(
        "plan {} of {} letters of {}, valid until {}\ndigest {}",
        text("id"),
        plan["letters"],
        app.name,
        instant(&plan["expires_at"]),
        text("digest"),
    ));
    output::say(&format!(
        "next: crossdock replay dry-run {id}\nthen: crossdock replay run {id} --digest {digest} --why …",
        id = text("id"),
        digest = text("digest"),
    ));
    Ok(Ended::Well)
}

/// The plan and the app that it is of. An app that does not answer is asked again only if no other one has the plan.
pub(super) async fn find<'c>(context: &'c Context<'_>, id: &str) -> Result<(&'c App, Value)> {
    let (give_up, path) = (Instant::now() + RETRY_FOR, format!("plans/{id}"));
    let mut told = false;
    loop {
        let mut away = None;
        for app in context.client.apps(context.arguments.app.as_deref()) {
            let progress = context.client.get::<Value>(app, &path, &[]);
            match progress.await {
                Ok(progress) => return Ok((app, progress)),
                Err(CallError::Refused { status: 404, .. }) => {}
                Err(error) if error.passes() => away = Some(error),
                Err(error) => return Err(error.into()),
            }
        }
        match away {
            None => bail!("no app has plan {id}; list them with `crossdock replay list`"),
            Some(error) if Instant::now() > give_up => return Err(error.into()),
            Some(error) => {
                if !std::mem::replace(&mut told, true) {
                    let seconds = RETRY_FOR.as_secs();
                    output::say(&format!(
                        "no app that answers has plan {id}, and one does not answer; it is asked for {seconds} s:\n{error}"
                    ));
                }
                tokio::time::sleep(RETRY_EVERY).await;
            }
        }
    }
}

pub(super) async fn list(context: &Context<'_>) -> Result<Ended> {
    let only = context.arguments.app.as_deref();
    let found = context
        .client
        .get_each::<Vec<Value>>(only, "plans", &[])
        .await?;
    let listed = found.answered.iter().flat_map(|(_, plans)| plans);
    let mut plans: Vec<&Value> = listed.collect();
    plans.sort_by_key(|plan| std::cmp::Reverse(plan["created_at"].as_i64()));
    if context.arguments.json {
        output::json(&plans);
        return Ok(found.ended());
    }
    let rows: Vec<Vec<String>> = plans
        .iter()
        .map(|plan| {
            let text = |name: &str| plan[name].as_str().unwrap_or_default().to_owned();
            vec![
                text("id"),
                text("app"),
                instant(&plan["created_at"]),
                plan["letters"].to_string(),
                text("state"),
                text("by"),
                text("why"),
            ]
        })
        .collect();
    output::line(&table(
        &["plan", "app", "made at", "letters", "state", "by", "why"],
        &rows,
    ));
    Ok(found.ended())
}

pub(super) async fn operate(context: &Context<'_>, operate: &Operate, verb: &str) -> Result<Ended> {
    let (app, _) = find(context, &operate.plan).await?;
    let body = json!({ "why": operate.why });
    let path = format!("plans/{}/{verb}", operate.plan);
    let plan: Value = context.client.post(app, &path, &body).await?;
    if context.arguments.json {
        output::json(&plan);
    } else {
        output::line(&format!(
            "plan {} is {}",
            operate.plan,
            plan["state"].as_str().unwrap_or_default()
        ));
    }
    Ok(Ended::Well)
}

/// What one letter would do to the reports.
struct Would {
    letter: String,
    key: String,
    outcome: String,
    rows: Vec<Value>,
}

pub(super) async fn dry_run(context: &Context<'_>, id: &str, show: usize) -> Result<Ended> {
    let (app, progress) = find(context, id).await?;
    let chunks = progress["plan"]["chunks"].as_u64().unwrap_or_default();
    let bar = super::run::bar(
        context,
        progress["plan"]["letters"].as_u64().unwrap_or_default(),
    );
    let (mut counts, mut shown) = (BTreeMap::<String, u64>::new(), Vec::new());
    // A plan may have more letters than fit into memory: what is said of each goes out as it comes.
    let mut list = context.arguments.json.then(JsonList::default);
    if list.is_some() {
        output::text(&format!("{{\"plan\":{},\"letters\":[", progress["plan"]));
    }
    let asked = stream::iter(0..chunks).map(|chunk| ask(context, app, id, chunk));
    let mut asked = std::pin::pin!(asked.buffered(CHUNKS_IN_FLIGHT_MAX));
    while let Some(would) = asked.try_next().await? {
        for would in would {
            bar.inc(1);
            *counts.entry(would.outcome.clone()).or_default() += 1;
            if let Some(list) = &mut list {
                list.push(&json!({ "letter": would.letter, "key": would.key, "outcome": would.outcome, "rows": would.rows }));
            } else if shown.len() < show {
                shown.push(would);
            }
        }
    }
    bar.finish_and_clear();
    if list.is_some() {
        output::line(&format!("],\"counts\":{}}}", json!(counts)));
        return Ok(Ended::Well);
    }
    shown.iter().for_each(print);
    let summary: Vec<String> = counts
        .iter()
        .map(|(outcome, count)| format!("{count} {outcome}"))
        .collect();
    let digest = progress["plan"]["digest"].as_str().unwrap_or_default();
    output::line(&format!("would come to: {}", summary.join(", ")));
    output::say(&format!(
        "nothing was done; next: crossdock replay run {id} --digest {digest} --why …"
    ));
    Ok(Ended::Well)
}

/// What the letters of one chunk would do.
async fn ask(context: &Context<'_>, app: &App, id: &str, chunk: u64) -> Result<Vec<Would>> {
    let path = format!("plans/{id}/dry-run/{chunk}");
    let letters: Vec<Value> = context
        .client
        .post_patiently(app, &path, &json!({}))
        .await?;
    differences(context, letters).await
}

/// The elements of a JSON list, as they come.
#[derive(Debug, Default)]
struct JsonList {
    some: bool,
}

impl JsonList {
    fn push(&mut self, value: &Value) {
        let comma = if self.some { "," } else { "" };
        output::text(&format!("{comma}\n{value}"));
        self.some = true;
    }
}

/// Asks the consolidator about what the letters of an upstream's app would publish.
async fn differences(context: &Context<'_>, letters: Vec<Value>) -> Result<Vec<Would>> {
    let documents: Vec<Value> = letters
        .iter()
        .flat_map(|letter| letter["documents"].as_array().cloned().unwrap_or_default())
        .collect();
    let mut known = HashMap::new();
    for some in documents.chunks(DOCUMENTS_PER_CALL) {
        let consolidator = context.client.app("consolidator")?;
        let rows: Vec<Value> = context
            .client
            .post_patiently(consolidator, "rehearse", &some)
            .await?;
        for row in rows {
            known.insert(row["document"].as_str().unwrap_or_default().to_owned(), row);
        }
    }
    let would = letters.into_iter().map(|letter| {
        let text = |name: &str| letter[name].as_str().unwrap_or_default().to_owned();
        let rows: Vec<Value> = match text("would").as_str() {
            "publish" => letter["documents"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|document| known.get(document["id"].as_str()?).cloned())
                .collect(),
            "write" => letter["rows"].as_array().cloned().unwrap_or_default(),
            _ => vec![json!({ "outcome": "fails again", "standing": { "reason": text("reason"), "place": text("place"), "detail": text("detail") } })],
        };
        Would {
            letter: text("letter"),
            key: text("key"),
            outcome: outcome(&rows),
            rows,
        }
    });
    Ok(would.collect())
}

/// The outcome of a letter by those of its rows, in the order in which a run decides.
fn outcome(rows: &[Value]) -> String {
    let has = |outcome: &str| rows.iter().any(|row| row["outcome"] == outcome);
    let order = [
        "fails again",
        "refused",
        "applied",
        "superseded",
        "duplicate",
    ];
    let found = order.into_iter().find(|outcome| has(outcome));
    found.unwrap_or("duplicate").to_owned()
}

fn print(would: &Would) {
    output::line(&format!(
        "{}  {}  {}",
        &would.letter[..12.min(would.letter.len())],
        would.key,
        would.outcome
    ));
    for row in &would.rows {
        let text = |name: &str| row[name].as_str().unwrap_or_default();
        match text("outcome") {
            "applied" => {
                let new = if row["is_new"] == true {
                    " (new row)"
                } else {
                    ""
                };
                output::line(&format!("  {} {}{new}", text("table"), text("key")));
                for change in row["changes"].as_array().into_iter().flatten() {
                    let is_empty = change["after"].is_null() && change["before"].is_null();
                    if is_empty || change["column"] == "version" {
                        continue;
                    }
                    let column = change["column"].as_str().unwrap_or_default();
                    let before = match row["is_new"] == true {
                        true => String::new(),
                        false => format!("{} -> ", change["before"]),
                    };
                    output::line(&format!("    {column}: {before}{}", change["after"]));
                }
            }
            "superseded" => {
                let standing = &row["standing"];
                output::line(&format!(
                    "  {} {} stays: version {} of {} is newer",
                    text("table"),
                    text("key"),
                    standing["version"].as_str().unwrap_or_default(),
                    standing["source"].as_str().unwrap_or_default()
                ));
            }
            "duplicate" => output::line(&format!(
                "  {} {} holds it already",
                text("table"),
                text("key")
            )),
            _ => output::line(&format!(
                "  {} {}",
                row["standing"]["reason"].as_str().unwrap_or_default(),
                row["standing"]["detail"].as_str().unwrap_or_default()
            )),
        }
    }
}
