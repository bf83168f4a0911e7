//! Reading back.

use emulator_process::Emulator;
use feed::{Config, ConnectError, Feed};
use record::{Entity, Source};

use crate::records::{order, orders};

#[tokio::test]
async fn every_document_is_listed_once_over_several_pages() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    feed.publish(orders(0..2_500)).await;
    let entries = feed.documents().collect().await.unwrap();
    let mut keys: Vec<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!((entries.len(), keys.len()), (2_500, 2_500));
    let first = entries.iter().find(|entry| entry.key == keys[0]).unwrap();
    assert_eq!(
        (first.source, first.entity, first.deleted),
        (Source::Orders, Entity::Order, false)
    );
    assert_eq!(first.id, orders([0])[0].id().to_string());
}

#[tokio::test]
async fn a_key_is_found_by_the_sources_own_id() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    feed.publish(vec![order("CRONUS", 7, 1, ""), order("CRONUS", 7, 2, "")])
        .await;
    feed.publish(orders(100..140)).await;
    let find = |entity, id: &'static str| feed.find_key(Source::Orders, entity, id);
    let expected = feed.documents().collect().await.unwrap();
    let expected = expected
        .into_iter()
        .find(|entry| entry.key.contains("SO-000007"));
    assert_eq!(
        find(Entity::Order, "id-7").await,
        Ok(expected.map(|entry| entry.key))
    );
    assert_eq!(find(Entity::Order, "id-8").await, Ok(None));
    assert_eq!(find(Entity::Shipment, "id-7").await, Ok(None));
}

#[tokio::test]
async fn an_endpoint_that_is_none_says_so_without_repeating_it() {
    let config = Config {
        endpoint: "AccountEndpoint=x;AccountKey=s3cret".to_owned(),
        client_id: None,
    };
    let error = Feed::connect(&config).await.unwrap_err();
    assert!(matches!(error, ConnectError::NotAUrl));
    assert!(!format!("{error} {error:?}").contains("s3cret"));
}
