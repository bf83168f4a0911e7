//! Many letters, planned, looked at and replayed, with newer versions arriving meanwhile and handlers killed in the middle.
//! `CROSSDOCK_E2E_LETTERS` says how many; 100,000 take some minutes.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use e2e::World;
use feed::{DeadLetter, Evidence, Feed, RawBytes, Reason, Stage};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use record::{EpochMillis, Source};
use reporting::Table;
use serde_json::Value;

/// Letters unless the environment says otherwise.
const LETTERS_DEFAULT: usize = 2_500;
/// Kills of one run, the promise of the issue.
const KILLS: usize = 20;
/// A run of few letters is slowed down to about so many seconds, so that the kills hit it.
const RUN_SECONDS: usize = 50;
/// Writes at a time.
const IN_FLIGHT: usize = 16;
/// How long newer versions may take to the store.
const PATIENCE: Duration = Duration::from_secs(300);

const WHY: &str = "INC-8: supported since this morning's release";

/// What is to become of the letter of this number.
fn expected(number: usize) -> &'static str {
    match number % 10 {
        0..=2 => "superseded",
        3 => "duplicate",
        4 => "failed_again",
        _ => "applied",
    }
}

fn load(number: usize) -> String {
    format!("L-MANY-{number:06}")
}

fn trip(number: usize, status: &str, modified: &str) -> String {
    format!(
        r#"{{"type":"trip.updated","timestamp":"2026-11-08T10:00:05Z","data":{{"id":"b1000000-0000-4000-8000-{number:012}","entityType":"trip","status":"{status}","lastModified":"{modified}","externalAttributes":{{"loadNumber":"{}","revision":1}},"actions":[]}}}}"#,
        load(number)
    )
}

const OLD: &str = "2026-11-08T10:00:00Z";
const NEW: &str = "2026-11-08T11:00:00Z";

async fn bury(feed: &Feed, number: usize) -> Result<()> {
    let modified = if expected(number) == "failed_again" {
        "soon"
    } else {
        OLD
    };
    let body = trip(number, "confirmed", modified);
    let letter = DeadLetter {
        app: "transport",
        source: Some(Source::Transport),
        stage: Stage::Ingest,
        reason: Reason::Unsupported,
        place: "$.type".to_owned(),
        detail: "an event type that the release before did not know".to_owned(),
        raw: RawBytes(body.as_bytes()),
        arrival: &[],
        message_id: Some(format!("msg_many_{number}")),
        record_key: Some(load(number)),
        correlation_id: format!("{number:032x}"),
        traceparent: None,
        app_version: "0.0.9",
        at: EpochMillis(1_793_610_000_000 + i64::try_from(number)?),
        attempts: Vec::new(),
        evidence: Evidence::default(),
    };
    feed.dead_letter(&letter).await?;
    Ok(())
}

/// Sends what overtakes letters: a newer version, or the very same message.
async fn overtake(world: &World, letters: usize) -> Result<()> {
    let sent = (0..letters).filter_map(|number| match expected(number) {
        "superseded" => Some((number, trip(number, "inTransit", NEW))),
        "duplicate" => Some((number, trip(number, "confirmed", OLD))),
        _ => None,
    });
    stream::iter(sent)
        .map(|(number, body)| async move {
            let status = world
                .send_trip(&format!("msg_live_{number}"), &body)
                .await?;
            ensure!(status == 202, "a live message is answered {status}");
            Ok(())
        })
        .buffer_unordered(IN_FLIGHT)
        .try_collect::<()>()
        .await?;
    let wanted = (0..letters)
        .filter(|number| matches!(expected(*number), "superseded" | "duplicate"))
        .count();
    let give_up = Instant::now() + PATIENCE;
    loop {
        let there = statuses(world).await?.len();
        if there >= wanted {
            return Ok(());
        }
        ensure!(
            Instant::now() < give_up,
            "{there} of {wanted} live messages are in the reports"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Status of each of our loads in the reports.
async fn statuses(world: &World) -> Result<BTreeMap<String, String>> {
    let rows = world
        .stack()
        .pipeline()
        .store()
        .rows(Table::Shipment)
        .await?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let ours = rows
        .iter()
        .filter(|row| text(&row["shipment_no"]).starts_with("L-MANY-"));
    Ok(ours
        .map(|row| (text(&row["shipment_no"]), text(&row["status"])))
        .collect())
}

/// Kills the handlers in turn, each time after the run has moved on.
async fn kill_again_and_again(world: &World, plan: &str) -> Result<usize> {
    let (mut kills, mut tried) = (0, 0);
    for app in ["transport", "consolidator"].into_iter().cycle() {
        let give_up = Instant::now() + Duration::from_secs(20);
        let now = loop {
            let progress = world
                .crossdock("watcher", &["--app", "transport", "replay", "list"])
                .await?;
            let plans = progress.json.as_array().cloned().unwrap_or_default();
            let plan = plans.iter().find(|known| known["id"] == plan);
            let Some(plan) = plan else {
                ensure!(
                    Instant::now() < give_up,
                    "the plan cannot be read: {progress:?}"
                );
                continue;
            };
            let (next, chunks) = (plan["next_chunk"].as_u64(), plan["chunks"].as_u64());
            if plan["state"] == "finished" || next >= chunks {
                return Ok(kills);
            }
            let next = next.unwrap_or_default();
            // Not before something was done since the last kill, unless nothing can be while this one keeps dying.
            if next > tried || Instant::now() > give_up - Duration::from_secs(18) {
                break next;
            }
        };
        tried = now;
        if world
            .stack()
            .pipeline()
            .host(app)
            .kill_handler()
            .await
            .ok()
            .flatten()
            .is_some()
        {
            kills += 1;
        }
        if kills == KILLS {
            break;
        }
    }
    Ok(kills)
}

#[expect(clippy::print_stderr, reason = "figures are what this is for")]
fn print(what: &str, letters: usize, began: Instant) {
    let seconds = began.elapsed().as_secs_f64();
    let rate = f64::from(u32::try_from(letters).unwrap_or(u32::MAX)) / seconds;
    eprintln!("{what}: {letters} letters in {seconds:.1} s, {rate:.0} letters/s");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_letters_overtaken_and_killed_have_exact_outcomes() -> Result<()> {
    let letters = std::env::var("CROSSDOCK_E2E_LETTERS")
        .ok()
        .and_then(|text| text.parse().ok());
    let letters: usize = letters.unwrap_or(LETTERS_DEFAULT);
    let world = World::of_seconds(1).rates(0.5, 0.5).start().await?;
    let feed = world.stack().pipeline().feed().await?;
    let began = Instant::now();
    stream::iter(0..letters)
        .map(|number| bury(&feed, number))
        .buffer_unordered(IN_FLIGHT)
        .try_collect::<()>()
        .await?;
    print("buried", letters, began);

    let began = Instant::now();
    let groups = world
        .crossdock_well("ada", &["--app", "transport", "letters", "groups"])
        .await?;
    assert_eq!(groups[0]["letters"], letters, "{groups:#}");
    print("grouped", letters, began);

    let began = Instant::now();
    let plan = world
        .crossdock_well(
            "ada",
            &[
                "--app",
                "transport",
                "replay",
                "plan",
                "--reason",
                "E103",
                "--why",
                WHY,
            ],
        )
        .await?;
    assert_eq!(plan["letters"], letters);
    print("planned", letters, began);
    let (id, digest) = (
        plan["id"].as_str().unwrap_or_default(),
        plan["digest"].as_str().unwrap_or_default(),
    );

    overtake(&world, letters).await?;
    let began = Instant::now();
    let dry_run = world
        .crossdock_well("ada", &["replay", "dry-run", id])
        .await?;
    print("dry run", letters, began);
    let foretold: BTreeMap<String, String> = dry_run["letters"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|letter| {
            let text = |name: &str| {
                letter[name]
                    .as_str()
                    .unwrap_or_default()
                    .replace("fails again", "failed_again")
            };
            (text("key"), text("outcome"))
        })
        .collect();

    let rate = (letters / RUN_SECONDS).max(1);
    let began = Instant::now();
    let run = [
        "replay",
        "run",
        id,
        "--digest",
        digest,
        "--why",
        WHY,
        "--step-ms",
        "300",
        "--rate",
        &rate.to_string(),
    ];
    let (run, kills) = tokio::try_join!(
        world.crossdock("ada", &run),
        kill_again_and_again(&world, id)
    )?;
    print("run", letters, began);
    // Faster only by what a step that was killed had done and not waited for.
    ensure!(
        began.elapsed().as_millis() * 10 >= (letters * 1_000 / rate) as u128 * 7,
        "the rate of {rate} letters a second is not held"
    );
    assert_eq!(run.code, 3, "{run:?}");
    is_exact(&world, id, letters, &foretold).await?;
    eprint_kills(kills);
    ensure!(
        kills * 100 >= letters.min(KILLS * 100),
        "only {kills} kills hit the run"
    );

    let statuses = statuses(&world).await?;
    for number in 0..letters {
        let status = statuses.get(&load(number)).map(String::as_str);
        match expected(number) {
            "superseded" => ensure!(
                status == Some("in_transit") || status == Some("inTransit"),
                "{number}: {status:?}"
            ),
            "failed_again" => ensure!(status.is_none(), "{number}: {status:?}"),
            _ => ensure!(status == Some("confirmed"), "{number}: {status:?}"),
        }
    }
    world.stop().await;
    Ok(())
}

#[expect(clippy::print_stderr, reason = "figures are what this is for")]
fn eprint_kills(kills: usize) {
    eprintln!("handlers killed in the middle: {kills}");
}

/// Every letter has the outcome that is due to it, which is the one that the dry run foretold.
async fn is_exact(
    world: &World,
    plan: &str,
    letters: usize,
    foretold: &BTreeMap<String, String>,
) -> Result<()> {
    let client = reqwest::Client::new();
    let url = world.stack().pipeline().host("transport").url().to_owned();
    let (mut seen, mut chunk) = (0, 0);
    while seen < letters {
        let items = client
            .get(format!("{url}/api/operate/plans/{plan}/letters/{chunk}"))
            .header("x-functions-key", "local-master-key")
            .send()
            .await?
            .error_for_status()?;
        let items: Vec<Value> = serde_json::from_slice(&items.bytes().await?)?;
        ensure!(!items.is_empty(), "the plan ends after {seen} letters");
        for item in &items {
            let key = item["key"].as_str().unwrap_or_default();
            let number: usize = key.rsplit('-').next().unwrap_or_default().parse()?;
            let outcome = item["outcome"]["outcome"].as_str().unwrap_or_default();
            ensure!(
                outcome == expected(number),
                "{key}: {item:#}, expected {}",
                expected(number)
            );
            ensure!(
                foretold.get(key).map(String::as_str) == Some(outcome),
                "{key}: foretold {:?}",
                foretold.get(key)
            );
        }
        seen += items.len();
        chunk += 1;
    }
    Ok(())
}
