//! What an outage of the feed costs: requests that really reached it, counted by the emulator.

use std::{sync::Arc, time::Duration};

use feed::{Feed, PublishOutcome};
use futures::future::join_all;
use retry::{Class, Classify as _};
use serde_json::json;

use emulator_process::Emulator;

use crate::{dead_letters::letter, records::order};

/// More than any test asks for.
const FOR_EVER: u64 = 1_000_000;

async fn outage(emulator: &Emulator, container: &str) {
    let status = json!({"code": 503, "count": FOR_EVER, "retry_after_ms": 0});
    emulator
        .faults(json!({"container": container, "status": status}))
        .await;
}

/// Requests that were refused since the outage began.
async fn refused(emulator: &Emulator) -> u64 {
    FOR_EVER
        - emulator.faults_left().await["status"]["count"]
            .as_u64()
            .unwrap()
}

async fn publish_one(feed: &Feed, number: u64) -> PublishOutcome {
    let record = order("CRONUS", number, 1, "note");
    let published = feed.publish(vec![record]).await;
    published.outcomes.into_iter().next().unwrap()
}

#[tokio::test]
async fn four_hundred_calls_into_an_outage_are_hardly_more_requests() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    assert_eq!(publish_one(&feed, 0).await, PublishOutcome::Created);
    outage(&emulator, "records").await;
    let calls = 400;
    let outcomes = join_all((1..=calls).map(|number| publish_one(&feed, number))).await;
    for outcome in outcomes {
        let PublishOutcome::Failed(error) = outcome else {
            panic!("{outcome:?}");
        };
        assert!(matches!(error.class(), Class::Transient { .. }), "{error}");
    }
    let requests = refused(&emulator).await;
    assert!(requests > 0);
    assert!(
        requests * 10 <= calls * 12,
        "{requests} requests for {calls} calls"
    );
    assert!(feed.dead_letters().collect().await.unwrap().is_empty());
    // It is over: the first one that asks finds out, and everything is as before.
    emulator.faults(json!({})).await;
    let outcomes = join_all((1..=calls).map(|number| publish_one(&feed, number))).await;
    assert!(
        outcomes
            .iter()
            .all(|outcome| *outcome == PublishOutcome::Created)
    );
}

#[tokio::test]
async fn calls_that_wait_out_a_short_outage_are_carried_out() {
    let emulator = Emulator::start();
    let feed = Arc::new(emulator.feed().await);
    outage(&emulator, "records").await;
    let waiting: Vec<_> = (1..=40)
        .map(|number| {
            let feed = Arc::clone(&feed);
            tokio::spawn(async move { publish_one(&feed, number).await })
        })
        .collect();
    // The outage itself lasts; nothing is synchronized by it.
    tokio::time::sleep(Duration::from_secs(1)).await;
    emulator.faults(json!({})).await;
    let mut created = 0;
    for call in waiting {
        created += usize::from(call.await.unwrap() == PublishOutcome::Created);
    }
    // Those that had used up the budget are given back to whoever sent them.
    assert!(created >= 25, "{created} of 40");
}

#[tokio::test]
async fn a_letter_is_not_acknowledged_in_an_outage_and_is_there_after_it() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    outage(&emulator, "dead-letters").await;
    let letter = letter(b"1", &[]);
    let error = feed.dead_letter(&letter).await.unwrap_err();
    assert!(matches!(error.class(), Class::Transient { .. }), "{error}");
    assert!(refused(&emulator).await <= 8);
    emulator.faults(json!({})).await;
    assert!(feed.dead_letter(&letter).await.is_ok());
}
