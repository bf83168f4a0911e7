//! Publishing 2,000 documents one by one and in batches, in turn, against the emulator.
//!
//! `cargo bench -p feed`; the figures are printed. What is measured is mostly the emulator, so look at the ratio.
#![expect(
    clippy::unwrap_used,
    reason = "a failed step of the harness is a failed run"
)]

#[expect(dead_code, reason = "shared with the tests, which use all of it")]
#[path = "../tests/it/records.rs"]
mod records;

use std::time::{Duration, Instant};

use emulator_process::Emulator;
use feed::{Feed, PublishOutcome};
use futures::{StreamExt, stream};
use record::Document;

const DOCUMENTS: u64 = 2_000;
const ROUNDS: u64 = 3;
const SINGLE_IN_FLIGHT: usize = 16;

fn documents(company: &str) -> Vec<Document> {
    (0..DOCUMENTS)
        .map(|number| records::order(company, number, 1, "Trey Research, 1 Main Street, Atlanta"))
        .collect()
}

async fn one_by_one(feed: &Feed, documents: Vec<Document>) -> Duration {
    let start = Instant::now();
    let created = stream::iter(documents)
        .map(|document| feed.publish(vec![document]))
        .buffer_unordered(SINGLE_IN_FLIGHT)
        .filter(|published| std::future::ready(published.outcomes == [PublishOutcome::Created]))
        .count()
        .await;
    assert_eq!(created as u64, DOCUMENTS);
    start.elapsed()
}

async fn in_batches(feed: &Feed, documents: Vec<Document>) -> Duration {
    let start = Instant::now();
    let published = feed.publish(documents).await;
    let elapsed = start.elapsed();
    assert!(
        published
            .outcomes
            .iter()
            .all(|outcome| *outcome == PublishOutcome::Created)
    );
    elapsed
}

fn per_second(elapsed: Duration) -> f64 {
    f64::from(u32::try_from(DOCUMENTS).unwrap()) / elapsed.as_secs_f64()
}

#[expect(clippy::print_stdout, reason = "the figures are what it is for")]
#[tokio::main]
async fn main() {
    for round in 1..=ROUNDS {
        // A fresh emulator for each: its cost grows with what it holds.
        let single = {
            let emulator = Emulator::start();
            one_by_one(&emulator.feed().await, documents("single")).await
        };
        let batched = {
            let emulator = Emulator::start();
            in_batches(&emulator.feed().await, documents("batched")).await
        };
        println!(
            "round {round}: one by one {:.0}/s, in batches {:.0}/s, ratio {:.2}",
            per_second(single),
            per_second(batched),
            single.as_secs_f64() / batched.as_secs_f64()
        );
    }
}
