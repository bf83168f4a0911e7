//! A door that has no time for all letters at once.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::Router;
use emulator_process::{Emulator, Operator};
use feed::{DeadLetter, Evidence, Feed, RawBytes, Reason, Stage};
use futures::FutureExt as _;
use record::{EpochMillis, Source};
use replay::{DoorFuture, FrontDoor, ItemOutcome, Rehearsed, Replay, Taken, Unit, routes};
use serde_json::{Value, json};

/// Letters, in two chunks of a plan.
const LETTERS: usize = 130;
/// Letters that the door has time for at a time.
const AT_A_TIME: usize = 40;

/// Takes some letters at a time and has no time for the rest.
#[derive(Debug, Default)]
struct Busy(AtomicUsize);

impl FrontDoor for Busy {
    fn needs_message(&self) -> bool {
        false
    }

    fn rehearse<'a>(&'a self, _: &'a [Unit]) -> DoorFuture<'a, Rehearsed> {
        async { Ok(Vec::new()) }.boxed()
    }

    fn take<'a>(&'a self, units: &'a [Unit], _: &'a str) -> DoorFuture<'a, Taken> {
        self.0.fetch_add(1, Ordering::SeqCst);
        let taken = (0..units.len()).map(|place| match place < AT_A_TIME {
            true => Taken::Settled(ItemOutcome::Applied, Vec::new()),
            false => Taken::Later,
        });
        let taken = taken.collect();
        async move { Ok(taken) }.boxed()
    }
}

async fn bury(feed: &Feed) {
    for number in 0..LETTERS {
        let raw = format!("unit {number}");
        let letter = DeadLetter {
            app: "orders",
            source: Some(Source::Orders),
            stage: Stage::Ingest,
            reason: Reason::InvalidUnit,
            place: "/value/3".to_owned(),
            detail: "field `number` is empty".to_owned(),
            raw: RawBytes(raw.as_bytes()),
            arrival: &[],
            message_id: None,
            record_key: None,
            correlation_id: "0af7651916cd43dd8448eb211c80319c".to_owned(),
            traceparent: None,
            app_version: "0.1.0",
            at: EpochMillis(1_793_610_922_417),
            attempts: Vec::new(),
            evidence: Evidence::default(),
        };
        feed.dead_letter(&letter).await.unwrap();
    }
}

fn states(items: &[Value]) -> BTreeMap<String, usize> {
    let mut states = BTreeMap::new();
    for item in items {
        *states
            .entry(item["item"].as_str().unwrap_or_default().to_owned())
            .or_default() += 1;
    }
    states
}

#[tokio::test]
async fn what_a_door_has_no_time_for_comes_in_with_the_next_steps() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    bury(&feed).await;
    let door = Arc::new(Busy::default());
    let now = Arc::new(jiff::Timestamp::now);
    let replay = Replay::new(&feed, "orders", "0.1.0", door.clone(), now);
    let app: Router = routes(replay);
    let ada = Operator::at(&app);
    let asked = json!({ "filter": { "reason": "E102" }, "why": "ticket 7" });
    let plan = ada.post("plans", &asked).await;
    assert_eq!(plan["letters"], LETTERS, "{plan:#}");
    let path = format!("plans/{}", plan["id"].as_str().unwrap());
    let asked =
        json!({ "digest": plan["digest"], "runner": "r", "why": "ticket 7", "budget_ms": 60_000 });

    // However much time a step has, it ends with what the door has time for.
    let mut done = 0;
    while done < LETTERS {
        let step = ada.post(&format!("{path}/run"), &asked).await;
        let now = AT_A_TIME.min(LETTERS - done);
        assert_eq!(step["tried"]["applied"], now, "{step:#}");
        done += now;
        let mut items = Vec::new();
        for chunk in 0..2 {
            let of_chunk = ada.get(&format!("{path}/letters/{chunk}")).await;
            items.extend(of_chunk.as_array().cloned().unwrap_or_default());
        }
        let found = states(&items);
        assert_eq!(found.get("done").copied(), Some(done), "{found:?}");
        let is_last = done == LETTERS;
        assert_eq!(step["all_tried"], is_last, "{step:#}");
        let state = if is_last { "finished" } else { "running" };
        assert_eq!(step["plan"]["state"], state, "{step:#}");
        // What is left is held by the plan, so that nobody else changes it meanwhile.
        let claimed = ada.get("letters?state=claimed&limit=1000").await;
        let claimed = claimed["letters"].as_array().map_or(0, Vec::len);
        assert_eq!(claimed, LETTERS - done);
    }
    assert_eq!(ada.open_letters().await.len(), 0);
    let calls = door.0.load(Ordering::SeqCst);
    assert_eq!(calls, LETTERS.div_ceil(AT_A_TIME));
}
