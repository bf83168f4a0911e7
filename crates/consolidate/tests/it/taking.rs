//! Batches taken in against a real store, and an emulator of the feed in a process of its own.

use std::sync::Arc;

use consolidate::{Consolidate, ConsolidateError, Counts, Page};
use emulator_process::Emulator;
use feed::{Feed, Filter, Reason};
use record::Source;
use record::{Body, Shipment, Text};
use reporting::{Store, Table};

use crate::fixture::{AT, Fixture, fixture, record, stop_body};

fn consolidate(store: &Store, feed: &Feed) -> Consolidate {
    Consolidate::new(store.clone(), feed.clone(), "consolidator", "0.0.0", || AT).unwrap()
}

fn document(number: usize, good: bool) -> String {
    record(stop_body(number, good))
        .to_document()
        .json()
        .to_owned()
}

async fn reasons(feed: &Feed) -> Vec<Reason> {
    let mut letters = feed.dead_letters();
    let mut reasons = Vec::new();
    while let Some(page) = letters.next().await.unwrap() {
        reasons.extend(page.into_iter().map(|letter| letter.reason));
    }
    reasons.sort_unstable();
    reasons
}

#[tokio::test]
async fn every_document_ends_as_exactly_one_of_four() {
    let emulator = Emulator::start();
    let feed = emulator.sealing_feed().await;
    let Fixture { store, .. } = &fixture().await;
    let consolidate = consolidate(store, &feed);
    let documents = [
        document(0, true),
        document(1, false),
        document(0, true),
        r#"{"id":"x","source":"orders","schema":99}"#.to_owned(),
        document(2, true),
    ];
    let documents: Vec<&str> = documents.iter().map(String::as_str).collect();
    let page = Page {
        documents: &documents,
        arrival: &[("trigger".to_owned(), "test".to_owned())],
    };
    let transport = Counts {
        applied: 2,
        duplicate: 1,
        dead_lettered: 1,
        lag_ms_max: Some(0),
        ..Counts::default()
    };
    let first = consolidate.take(&page).await.unwrap();
    assert_eq!(first.sources[&Some(Source::Transport)], transport);
    assert_eq!(first.sources[&Some(Source::Orders)].dead_lettered, 1);
    let letters = [Reason::StoreRefusedRecord, Reason::UnreadableDocument];
    assert_eq!(reasons(&feed).await, letters);

    // Delivered again, nothing counts twice.
    let again = consolidate.take(&page).await.unwrap();
    assert_eq!(again.sources[&Some(Source::Transport)].applied, 0);
    assert_eq!(again.sources[&Some(Source::Transport)].total(), 4);
    assert_eq!(reasons(&feed).await, letters);
    assert_eq!(store.rows(Table::Stop).await.unwrap().len(), 2);
    let freshness = store.freshness().await.unwrap();
    let dead_lettered: i64 = freshness.iter().map(|source| source.dead_lettered).sum();
    assert_eq!(dead_lettered, 2);
}

#[tokio::test]
async fn an_outage_makes_no_dead_letters() {
    let emulator = Emulator::start();
    let feed = emulator.sealing_feed().await;
    let Fixture { url, .. } = &fixture().await;
    let away = Store::connect(&url.replace("report.db", "away.db")).unwrap();
    let documents = [document(0, true), document(1, false)];
    let documents: Vec<&str> = documents.iter().map(String::as_str).collect();
    let page = Page {
        documents: &documents,
        arrival: &[],
    };
    let error = consolidate(&away, &feed).take(&page).await.unwrap_err();
    assert!(matches!(error, ConsolidateError::Store(_)), "{error}");
    assert!(reasons(&feed).await.is_empty());
}

#[tokio::test]
async fn a_dead_letter_that_is_not_durable_fails_the_batch() {
    let emulator = Emulator::start();
    let feed = emulator.sealing_feed().await;
    let Fixture { store, .. } = &fixture().await;
    let consolidate = Arc::new(consolidate(store, &feed));
    emulator
        .faults(serde_json::json!({"status": {"code": 503, "count": 1000, "retry_after_ms": 0}}))
        .await;
    let documents = [document(0, true), document(1, false)];
    let documents: Vec<&str> = documents.iter().map(String::as_str).collect();
    let page = Page {
        documents: &documents,
        arrival: &[],
    };
    let error = consolidate.take(&page).await.unwrap_err();
    assert!(
        matches!(error, ConsolidateError::DeadLetters { letters: 1, .. }),
        "{error}"
    );
    emulator.faults(serde_json::json!({})).await;
    let taken = consolidate.take(&page).await.unwrap();
    assert_eq!(taken.sources[&Some(Source::Transport)].duplicate, 1);
    assert_eq!(reasons(&feed).await, [Reason::StoreRefusedRecord]);
}

#[tokio::test]
async fn a_letter_tells_which_rule_was_broken_and_what_the_store_has() {
    let emulator = Emulator::start();
    let feed = emulator.sealing_feed().await;
    let Fixture { store, .. } = &fixture().await;
    let consolidate = consolidate(store, &feed);
    let (good, bad) = (document(1, true), document(1, false));
    for document in [good, bad] {
        let page = Page {
            documents: &[&document],
            arrival: &[],
        };
        consolidate.take(&page).await.unwrap();
    }
    let listed = feed
        .letters()
        .list(&Filter::default(), 10, None)
        .await
        .unwrap();
    let [listed] = &listed.letters[..] else {
        panic!("{listed:?}");
    };
    assert_eq!(listed.field_path, "rpt_stop");
    let letter = feed
        .letters()
        .get("consolidator", &listed.id)
        .await
        .unwrap()
        .unwrap()
        .value;
    let row = letter.store_row.unwrap();
    assert_eq!(
        (&row["stop_id"], &row["lat_e6"]),
        (&"001".into(), &1.into())
    );
    assert!(row["version"].is_string(), "{row}");
    assert!(letter.rule.is_some_and(|rule| !rule.is_empty()));
}

#[tokio::test]
async fn a_letter_about_an_order_or_a_trip_names_nobody() {
    let emulator = Emulator::start();
    let feed = emulator.sealing_feed().await;
    let Fixture { store, .. } = &fixture().await;
    let consolidate = consolidate(store, &feed);
    let trip = Body::Shipment(Shipment {
        shipment_no: Text::from("L-1"),
        driver: Some(Text::from("Erika Mustermann")),
        ..Shipment::default()
    });
    // Written by a newer release: nobody here knows what is in it.
    let document = record(trip)
        .to_document()
        .json()
        .replace("\"schema\":1", "\"schema\":999");
    let page = Page {
        documents: &[&document],
        arrival: &[],
    };
    consolidate.take(&page).await.unwrap();
    let letters = feed.letters();
    let listed = letters.list(&Filter::default(), 10, None).await.unwrap();
    let id = &listed.letters[0].id;
    let letter = letters
        .get("consolidator", id)
        .await
        .unwrap()
        .unwrap()
        .value;
    assert_eq!(letter.reason, Reason::UnreadableDocument);
    assert!(letter.raw.sealed);
    let text = serde_json::to_string(&letter).unwrap();
    assert!(!text.contains("Mustermann"), "{text}");
}
