//! One query follows a record from the upstream message to the report row, over what a real run has sent.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use e2e::{
    World,
    kql::{Kql, store_rows},
};
use serde_json::{Value, json};

/// Longest wait for what was told to arrive.
const ARRIVES_WITHIN: Duration = Duration::from_secs(30);

fn rows(folder: &Path, table: &str) -> Result<Vec<Value>> {
    let text = std::fs::read_to_string(folder.join(format!("{table}.jsonl")))?;
    text.lines()
        .map(|line| Ok(serde_json::from_str(line)?))
        .collect()
}

fn property<'a>(row: &'a Value, name: &str) -> &'a str {
    row["Properties"][name].as_str().unwrap_or_default()
}

/// The rows, once the metrics count as many published records as there are steps of them.
async fn settled(endpoint: &str, folder: &Path) -> Result<()> {
    let give_up = Instant::now() + ARRIVES_WITHIN;
    loop {
        store_rows(endpoint, folder).await?;
        let (told, counted) = published(folder)?;
        if told > 0 && told == counted {
            return Ok(());
        }
        ensure!(
            Instant::now() < give_up,
            "{told} steps were told, {counted} counted"
        );
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

/// Records newly in the feed: as steps, and as metrics.
fn published(folder: &Path) -> Result<(usize, usize)> {
    let steps = rows(folder, "AppDependencies")?;
    let is_created = |row: &&Value| {
        property(row, "step") == "published" && property(row, "outcome") == "created"
    };
    let metrics = rows(folder, "AppMetrics")?;
    let of_created = |row: &&Value| {
        row["Name"] == "records"
            && property(row, "step") == "published"
            && property(row, "outcome") == "created"
    };
    let counted: f64 = metrics
        .iter()
        .filter(of_created)
        .filter_map(|row| row["Sum"].as_f64())
        .sum();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a sum of small counts"
    )]
    Ok((steps.iter().filter(is_created).count(), counted as usize))
}

fn steps(answer: &[Value]) -> Vec<(&str, &str)> {
    answer
        .iter()
        .map(|row| {
            (
                row["Step"].as_str().unwrap_or_default(),
                row["App"].as_str().unwrap_or_default(),
            )
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_query_follows_a_record_of_each_source_through_all_processes() -> Result<()> {
    let Some(kql) = Kql::install("one_query_follows_a_record_of_each_source_through_all_processes")
    else {
        return Ok(());
    };
    let world = World::of_seconds(8)
        .fault("invalid_order", 0.3)
        .fault("invalid_trip", 0.3)
        .start()
        .await?;
    let verdict = world.judge().await?;
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    let endpoint = world.stack().pipeline().telemetry_url().to_owned();
    settled(&endpoint, folder).await?;

    let told = rows(folder, "AppDependencies")?;
    for source in &verdict.sources {
        let name = source.source.as_str();
        let applied = told.iter().find(|row| {
            let is_applied =
                property(row, "step") == "consolidated" && property(row, "outcome") == "applied";
            let of = property(row, "correlation_id");
            // A canary is sent by the app itself, so it was never received.
            let was_published = |row: &&Value| {
                property(row, "step") == "published" && property(row, "correlation_id") == of
            };
            is_applied
                && property(row, "source") == name
                && told.iter().find(was_published).is_some()
        });
        let applied = applied.with_context(|| format!("{name} has applied nothing"))?;
        let (key, message) = (
            property(applied, "source_key"),
            property(applied, "correlation_id"),
        );
        let answer = as_traced(&kql, &endpoint, folder, key).await?;
        let app = format!("crossdock.{name}");
        let of_message: Vec<Value> = answer
            .iter()
            .filter(|row| row["CorrelationId"] == message)
            .cloned()
            .collect();
        // A page that is read again, or a file, has later ones of the same message.
        let found = steps(&of_message);
        let first = |step: &str, app: &str| found.iter().position(|told| *told == (step, app));
        let way = [
            first("received", &app),
            first("normalized", &app),
            first("published", &app),
            first("consolidated", "crossdock.consolidator"),
        ];
        ensure!(
            way.iter().all(Option::is_some) && way.is_sorted(),
            "{name} {key}: {way:?} of {found:?}"
        );
    }
    dead_letters_are_told(&kql, folder, &verdict.accounts.dead_letters)?;
    nothing_was_lost(folder)?;
    say_size(&world, &told)?;
    let quiet = [
        "behind",
        "canary-missing",
        "breaker-open",
        "reconcile-gap",
        "throttling",
        "silent-app",
    ];
    none_is_raised(&kql, folder, &quiet)?;
    world.stop().await;
    Ok(())
}

/// What the query finds, which is what `crossdock trace` shows. Apps go on pulling, so that more may be told between the two
/// questions; then both are asked again.
async fn as_traced(kql: &Kql, endpoint: &str, folder: &Path, who: &str) -> Result<Vec<Value>> {
    let give_up = Instant::now() + ARRIVES_WITHIN;
    loop {
        store_rows(endpoint, folder).await?;
        let traced = traced(endpoint, who).await?;
        let answer = kql.answer(folder, "queries/end-to-end.kql", Some(who))?;
        let found = steps(&answer);
        let is_same = found.len() == traced.len()
            && found
                .iter()
                .zip(&traced)
                .all(|(found, traced)| (found.0, found.1) == (&*traced.0, &*traced.1));
        if is_same {
            return Ok(answer);
        }
        ensure!(
            Instant::now() < give_up,
            "{who}: {traced:?} against {found:?}"
        );
    }
}

/// Steps and apps as `crossdock trace` shows them.
async fn traced(endpoint: &str, who: &str) -> Result<Vec<(String, String)>> {
    let query = format!("let who = \"{who}\";");
    let asked = reqwest::Client::new().post(format!("{endpoint}/v1/workspaces/local/query"));
    let traced: Value = asked
        .json(&json!({ "query": query }))
        .send()
        .await?
        .json()
        .await?;
    let traced = traced["tables"][0]["rows"].as_array().context("a table")?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Ok(traced
        .iter()
        .map(|row| (text(&row[3]), text(&row[2])))
        .collect())
}

/// As many as the containers hold, each with its reason.
fn dead_letters_are_told(kql: &Kql, folder: &Path, held: &BTreeMap<String, usize>) -> Result<()> {
    let answer = kql.answer(folder, "queries/dead-letters.kql", None)?;
    let said = rows(folder, "AppTraces")?;
    let said = said
        .iter()
        .filter(|row| property(row, "event") == "dead_lettered");
    let ids: BTreeSet<&str> = said.map(|row| property(row, "dead_letter_id")).collect();
    let expected: usize = held.values().sum();
    ensure!(
        ids.len() == expected,
        "{} letters were told of, {expected} are held",
        ids.len()
    );
    ensure!(!answer.is_empty(), "the query finds no letters");
    for row in &answer {
        ensure!(
            row["Reason"]
                .as_str()
                .is_some_and(|reason| reason.starts_with('E')),
            "{row}"
        );
    }
    Ok(())
}

fn nothing_was_lost(folder: &Path) -> Result<()> {
    let metrics = rows(folder, "AppMetrics")?;
    let lost = metrics.iter().filter(|row| row["Name"] == "telemetry_lost");
    let lost: f64 = lost.filter_map(|row| row["Sum"].as_f64()).sum();
    ensure!(lost == 0.0, "{lost} items were lost");
    Ok(())
}

/// Simulated readings and scans bear the time of journeys that were days ago, so these two sources say everything late.
fn is_of_days_ago(row: &Value) -> bool {
    row["Cause"] == "late" && (row["Source"] == "telematics" || row["Source"] == "visibility")
}

fn none_is_raised(kql: &Kql, folder: &Path, rules: &[&str]) -> Result<()> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/alerts.json");
    let all: Value = serde_json::from_slice(&std::fs::read(file)?)?;
    for rule in all["rules"].as_array().context("rules")? {
        let query = rule["query"].as_str().context("a query")?;
        if !rules.contains(&query.trim_end_matches(".kql")) {
            continue;
        }
        for row in kql.answer(folder, &format!("alerts/{query}"), None)? {
            if is_of_days_ago(&row) {
                continue;
            }
            ensure!(
                row["Value"].as_f64() < rule["threshold"].as_f64(),
                "{} is raised by {row}",
                rule["name"]
            );
        }
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the figure is what is wanted")]
fn say_size(world: &World, told: &[Value]) -> Result<()> {
    let bytes = std::fs::metadata(world.state().join("telemetry/items.jsonl"))?.len();
    let records = told
        .iter()
        .filter(|row| property(row, "step") == "published")
        .count() as u64;
    println!(
        "{bytes} bytes of telemetry for {records} records: {} each",
        bytes / records.max(1)
    );
    Ok(())
}

#[test]
fn every_query_means_something_to_the_language_service() -> Result<()> {
    let Some(kql) = Kql::install("every_query_means_something_to_the_language_service") else {
        return Ok(());
    };
    let mut files = kql.files("queries")?;
    assert_eq!(files.len(), 10, "{files:?}");
    files.extend(kql.files("alerts")?);
    assert_eq!(kql.diagnostics(&files)?, "");
    // That the check can fail.
    let folder = tempfile::tempdir()?;
    let wrong = folder.path().join("wrong.kql");
    std::fs::write(&wrong, "AppTraces | where NoSuchColumn == 1")?;
    assert!(kql.diagnostics(&[wrong])?.contains("KS142"));
    Ok(())
}
