//! Many letters, planned, looked at and replayed, with newer versions arriving meanwhile and handlers killed in the middle.
//! `CROSSDOCK_E2E_LETTERS` says how many letters, `CROSSDOCK_E2E_KILLS` how many kills; 100,000 letters take a while.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use e2e::{
    World,
    many::{bury_trip, load, trip},
};
use feed::Feed;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use reporting::Table;
use serde_json::Value;

/// Letters unless the environment says otherwise.
const LETTERS_DEFAULT: usize = 2_500;
/// Kills of one run unless the environment says otherwise, the promise of the issue.
const KILLS_DEFAULT: usize = 20;
/// A run of few letters is slowed down to about so many seconds, so that the kills hit it.
const RUN_SECONDS: usize = 50;
/// Writes of the run that are carried out and lose their answer.
const ANSWERS_LOST: u32 = 50;
/// Writes at a time.
const IN_FLIGHT: usize = 16;
/// How long newer versions may take to the store.
const PATIENCE: Duration = Duration::from_secs(300);

/// How often the reports are looked at, of which each look reads all rows.
const LOOK_EVERY: Duration = Duration::from_secs(1);

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

const OLD: &str = "2026-11-08T10:00:00Z";
const NEW: &str = "2026-11-08T11:00:00Z";

async fn bury(feed: &Feed, number: usize) -> Result<()> {
    let modified = if expected(number) == "failed_again" {
        "soon"
    } else {
        OLD
    };
    bury_trip(feed, number, &trip(number, "confirmed", modified)).await
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
        tokio::time::sleep(LOOK_EVERY).await;
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

/// Has polls of the change feed wait. Each makes the emulator copy all documents of a partition, whatever it finds, which is
/// nothing that the service does: with many documents the machine would do little else.
///
/// And of some writes the answer is lost once they are carried out: what was written is the run's all the same.
async fn faults(world: &World, letters: usize, lost: u32) -> Result<()> {
    let url = format!("{}_faults", world.stack().pipeline().feed_url());
    let poll_latency_ms = if letters > LETTERS_DEFAULT { 2_000 } else { 0 };
    let faults = serde_json::json!({
        "container": "records", "poll_latency_ms": poll_latency_ms, "drop_reply_after_service": lost,
    });
    let request = reqwest::Client::new().put(url).json(&faults);
    request.send().await?.error_for_status()?;
    Ok(())
}

/// A number from the environment.
fn number(name: &str) -> Option<usize> {
    std::env::var(name).ok()?.parse().ok()
}

/// How many chunks of the plan were tried, and whether that is all; none while the app does not answer.
async fn tried(world: &World, plan: &str) -> Option<(u64, bool)> {
    let url = world.stack().pipeline().host("transport").url();
    let request = reqwest::Client::new()
        .get(format!("{url}/api/operate/plans"))
        .header("x-functions-key", "local-master-key");
    let answer = request.send().await.ok()?.error_for_status().ok()?;
    let plans: Vec<Value> = answer.json().await.ok()?;
    let plan = plans.iter().find(|known| known["id"] == plan)?;
    let (next, chunks) = (plan["next_chunk"].as_u64()?, plan["chunks"].as_u64()?);
    Some((next, plan["state"] == "finished" || next >= chunks))
}

/// Kills the handlers in turn, each time after the run has moved on.
async fn kill_again_and_again(world: &World, plan: &str, kills_max: usize) -> Result<usize> {
    let (mut kills, mut before) = (0, 0);
    let mut apps = ["transport", "consolidator"].into_iter().cycle();
    while kills < kills_max {
        let (stuck, give_up) = (
            Instant::now() + Duration::from_secs(2),
            Instant::now() + PATIENCE,
        );
        let now = loop {
            match tried(world, plan).await {
                Some((_, true)) => return Ok(kills),
                // Not before something was done since the last kill, unless nothing can be while this one keeps dying.
                Some((next, _)) if next > before || (kills > 0 && Instant::now() > stuck) => {
                    break next;
                }
                _ => ensure!(
                    Instant::now() < give_up,
                    "nothing is done, or the plan cannot be read"
                ),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        before = now;
        let host = world
            .stack()
            .pipeline()
            .host(apps.next().unwrap_or_default());
        let killed = host.kill_handler().await.ok().flatten();
        kills += usize::from(killed.is_some());
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
    let letters = number("CROSSDOCK_E2E_LETTERS").unwrap_or(LETTERS_DEFAULT);
    let kills_max = number("CROSSDOCK_E2E_KILLS").unwrap_or(KILLS_DEFAULT);
    let world = World::of_seconds(1).rates(0.5, 0.5).start().await?;
    let feed = world.stack().pipeline().feed().await?;
    faults(&world, letters, 0).await?;
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

    let began = Instant::now();
    overtake(&world, letters).await?;
    print("overtaken", letters, began);
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

    // Few letters are slowed down, many take long enough by themselves.
    let rate = (letters <= LETTERS_DEFAULT).then(|| (letters / RUN_SECONDS).max(1));
    let rate_text = rate.unwrap_or_default().to_string();
    let began = Instant::now();
    let mut run = vec!["replay", "run", id, "--digest", digest, "--why", WHY];
    if rate.is_some() {
        run.extend(["--rate", &rate_text]);
    }
    faults(&world, letters, ANSWERS_LOST).await?;
    if kills_max > 0 {
        run.extend(["--step-ms", "300"]);
    }
    let (run, kills) = tokio::try_join!(
        world.crossdock("ada", &run),
        kill_again_and_again(&world, id, kills_max)
    )?;
    print("run", letters, began);
    // Faster only by what a step that was killed had done and not waited for.
    ensure!(
        rate.is_none_or(
            |rate| began.elapsed().as_millis() * 10 >= (letters * 1_000 / rate) as u128 * 7
        ),
        "the rate of {rate:?} letters a second is not held"
    );
    assert_eq!(run.code, 3, "{run:?}");
    is_exact(&world, id, letters, &foretold).await?;
    eprint_kills(kills);
    ensure!(
        kills * 100 >= letters.min(kills_max * 100),
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
