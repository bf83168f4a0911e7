//! Checkpoints: of two runs that read the same position, one moves it.

use emulator_process::Emulator;
use feed::{CheckpointError, ETag, Feed};
use serde_json::json;

const NAME: &str = "orders:salesOrders:5b1c";

async fn store(feed: &Feed, value: &str, etag: Option<ETag>) -> Result<ETag, CheckpointError> {
    feed.store_checkpoint(NAME, &value, etag).await
}

async fn value(feed: &Feed) -> Option<String> {
    feed.checkpoint(NAME)
        .await
        .unwrap()
        .map(|checkpoint| checkpoint.value)
}

#[tokio::test]
async fn a_checkpoint_is_read_as_it_was_stored() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    assert_eq!(value(&feed).await, None);
    // A delta link must survive verbatim, whatever it looks like.
    let link = "https://host/api/v2.0/companies(5b1c)/salesOrders?$deltatoken=a%2Bb+c&x=2026-11-02T09:15:22.500Z";
    let etag = store(&feed, link, None).await.unwrap();
    let read = feed.checkpoint::<String>(NAME).await.unwrap().unwrap();
    assert_eq!((read.value.as_str(), read.etag), (link, etag.clone()));
    store(&feed, "next", Some(etag)).await.unwrap();
    assert_eq!(value(&feed).await.as_deref(), Some("next"));
}

#[tokio::test]
async fn the_second_writer_of_a_first_checkpoint_is_told() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    let (one, other) = futures::join!(store(&feed, "one", None), store(&feed, "other", None));
    let lost = [&one, &other].map(|result| result == &Err(CheckpointError::Lost));
    assert!(
        lost == [true, false] || lost == [false, true],
        "{one:?} {other:?}"
    );
    let winner = if lost[0] { "other" } else { "one" };
    assert_eq!(value(&feed).await.as_deref(), Some(winner));
}

#[tokio::test]
async fn the_second_writer_of_a_next_checkpoint_is_told() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    let seen = store(&feed, "seen", None).await.unwrap();
    store(&feed, "first", Some(seen.clone())).await.unwrap();
    assert_eq!(
        store(&feed, "second", Some(seen)).await,
        Err(CheckpointError::Lost)
    );
    assert_eq!(value(&feed).await.as_deref(), Some("first"));
}

#[tokio::test]
async fn a_lost_reply_to_our_own_write_is_not_a_lost_race() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    emulator
        .faults(json!({"drop_reply_after_service": 1}))
        .await;
    let etag = store(&feed, "first", None).await.unwrap();
    emulator
        .faults(json!({"drop_reply_after_service": 1}))
        .await;
    let etag = store(&feed, "second", Some(etag)).await.unwrap();
    assert_eq!(emulator.faults_left().await["drop_reply_after_service"], 0);
    store(&feed, "third", Some(etag)).await.unwrap();
    assert_eq!(value(&feed).await.as_deref(), Some("third"));
}

#[tokio::test]
async fn a_name_that_could_not_be_read_again_is_refused() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    for name in ["", "a/b", "a\\b", "a?b", "a#b", "ä"] {
        let refused = feed.store_checkpoint(name, &1, None).await;
        assert!(matches!(refused, Err(CheckpointError::Feed(_))), "{name:?}");
    }
}
