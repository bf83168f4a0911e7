//! However a list of documents is repeated, split and sent at the same time, its set of ids ends up in the feed.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicU32, Ordering},
};

use emulator_process::Emulator;
use feed::PublishOutcome;
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use record::Document;

use crate::records::order;

/// Each case publishes into the same feed, under a company of its own.
static CASE: AtomicU32 = AtomicU32::new(0);

#[test]
fn the_feed_holds_the_set_of_what_was_published() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let emulator = Emulator::start();
    let feed = runtime.block_on(emulator.feed());
    let config = Config {
        cases: 24,
        failure_persistence: None,
        ..Config::default()
    };
    // Few numbers and versions, so that most lists repeat themselves; a split after 1 to 60 documents.
    let lists = prop::collection::vec((0..40_u64, 0..3_u64), 1..200);
    let result = TestRunner::new(config).run(&(lists, 1..60_usize), |(list, part)| {
        let company = format!("C{}", CASE.fetch_add(1, Ordering::Relaxed));
        let documents: Vec<Document> = list
            .iter()
            .map(|&(number, version)| order(&company, number, version, "Trey Research"))
            .collect();
        let expected: BTreeSet<String> = documents
            .iter()
            .map(|document| document.id().to_string())
            .collect();
        let published = runtime.block_on(futures::future::join_all(
            documents
                .chunks(part)
                .map(|part| feed.publish(part.to_vec())),
        ));
        let outcomes: Vec<_> = published
            .into_iter()
            .flat_map(|part| part.outcomes)
            .collect();
        prop_assert_eq!(outcomes.len(), documents.len());
        let created = outcomes
            .iter()
            .filter(|outcome| **outcome == PublishOutcome::Created);
        prop_assert_eq!(created.count(), expected.len());
        prop_assert!(
            !outcomes
                .iter()
                .any(|outcome| matches!(outcome, PublishOutcome::Failed(_)))
        );
        let stored = runtime.block_on(feed.documents().collect()).unwrap();
        let prefix = order(&company, 0, 0, "");
        let prefix: serde_json::Value = serde_json::from_str(prefix.json()).unwrap();
        let prefix = prefix["key"]
            .as_str()
            .unwrap()
            .trim_end_matches("SO-000000")
            .to_owned();
        let stored: Vec<String> = stored
            .into_iter()
            .filter(|entry| entry.key.starts_with(&prefix))
            .map(|entry| entry.id)
            .collect();
        prop_assert_eq!(stored.len(), expected.len());
        prop_assert_eq!(stored.into_iter().collect::<BTreeSet<_>>(), expected);
        Ok(())
    });
    result.unwrap();
}
