//! What the pipeline relies on: create-only writes, batches, feed pages, faults.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use azure_data_cosmos::clients::ContainerClient;
use azure_data_cosmos::options::{
    ChangeFeedOptions, ChangeFeedStartFrom, MaxItemCountHint, OperationOptionsBuilder,
};
use azure_data_cosmos::options::{ItemWriteOptions, ThrottlingRetryOptionsBuilder};
use azure_data_cosmos::{FeedScope, TransactionalBatch};
use cosmos_emulator::{CONTAINERS, Faults, StatusFault};
use futures::StreamExt as _;
use serde_json::{Value, json};

use crate::client::Served;

/// Ids in the feed of a container, one iterator per range.
async fn feed_ids(container: &ContainerClient) -> Vec<String> {
    let mut ids = Vec::new();
    for range in container.read_feed_ranges(None).await.unwrap() {
        let options = ChangeFeedOptions::default()
            .with_max_item_count(MaxItemCountHint::Limit(NonZeroU32::new(100).unwrap()));
        let mut pages = container
            .query_change_feed::<Value>(
                FeedScope::range(range),
                ChangeFeedStartFrom::Beginning,
                Some(options),
            )
            .await
            .unwrap();
        loop {
            let page = pages.next().await.unwrap().unwrap();
            if page.items().is_empty() {
                break;
            }
            ids.extend(
                page.items()
                    .iter()
                    .map(|item| item.current().unwrap()["id"].as_str().unwrap().to_owned()),
            );
        }
    }
    ids.sort();
    ids
}

#[tokio::test]
async fn create_conflict_and_feed() {
    let served = Served::start().await;
    let records = served.container("records").await;
    let body = json!({"id": "a", "partition": "orders-1", "n": 1});
    records
        .create_item("orders-1", "a", &body, None)
        .await
        .unwrap();
    let again = records
        .create_item("orders-1", "a", &body, None)
        .await
        .unwrap_err();
    assert!(again.status().is_conflict(), "{again}");
    records
        .create_item(
            "orders-2",
            "b",
            &json!({"id": "b", "partition": "orders-2"}),
            None,
        )
        .await
        .unwrap();
    assert_eq!(records.read_feed_ranges(None).await.unwrap().len(), 16);
    assert_eq!(feed_ids(&records).await, ["a", "b"]);
}

#[tokio::test]
async fn what_is_written_after_polls_that_found_nothing_is_found() {
    let served = Served::start().await;
    let records = served.container("records").await;
    let mut feeds = Vec::new();
    for range in records.read_feed_ranges(None).await.unwrap() {
        let scope = FeedScope::range(range);
        let from = ChangeFeedStartFrom::Beginning;
        feeds.push(
            records
                .query_change_feed::<Value>(scope, from, None)
                .await
                .unwrap(),
        );
    }
    for round in 0..3 {
        for _ in 0..2 {
            for feed in &mut feeds {
                let page = feed.next().await.unwrap().unwrap();
                assert!(page.items().is_empty(), "round {round}");
            }
        }
        let partition = format!("orders-{round}");
        let body = json!({"id": "a", "partition": partition});
        records
            .create_item(partition, "a", &body, None)
            .await
            .unwrap();
        let mut found = 0;
        for feed in &mut feeds {
            found += feed.next().await.unwrap().unwrap().items().len();
        }
        assert_eq!(found, 1, "round {round}");
    }
}

#[tokio::test]
async fn a_batch_with_a_conflict_is_207_and_stores_nothing() {
    let served = Served::start().await;
    let records = served.container("records").await;
    let doc = |id: &str| json!({"id": id, "partition": "p"});
    records
        .create_item("p", "x", &doc("x"), None)
        .await
        .unwrap();
    let batch = TransactionalBatch::new("p")
        .create_item(doc("new"))
        .unwrap()
        .create_item(doc("x"))
        .unwrap();
    let answer = records
        .execute_transactional_batch(batch, None)
        .await
        .unwrap();
    assert_eq!(u16::from(answer.status().status_code()), 207);
    let codes: Vec<u16> = answer
        .into_model()
        .unwrap()
        .results()
        .iter()
        .map(|r| r.status_code())
        .collect();
    assert_eq!(codes, [424, 409]);
    assert_eq!(feed_ids(&records).await, ["x"]);
}

#[tokio::test]
async fn a_batch_near_two_mebibytes_passes_and_one_above_is_413() {
    let served = Served::start().await;
    let records = served.container("records").await;
    let filler = "x".repeat(90_000);
    let batch = |count: usize| {
        (0..count).fold(TransactionalBatch::new("p"), |batch, n| {
            batch
                .create_item(
                    json!({"id": format!("{count}-{n}"), "partition": "p", "filler": filler}),
                )
                .unwrap()
        })
    };
    let answer = records
        .execute_transactional_batch(batch(20), None)
        .await
        .unwrap();
    assert_eq!(u16::from(answer.status().status_code()), 200);
    let refused = records
        .execute_transactional_batch(batch(27), None)
        .await
        .unwrap_err();
    assert_eq!(u16::from(refused.status().status_code()), 413);
}

#[tokio::test]
async fn a_dropped_reply_leaves_exactly_one_document() {
    let served = Served::start().await;
    let records = served.container("records").await;
    served
        .put_faults(&Faults {
            drop_reply_after_service: 1,
            ..Faults::default()
        })
        .await;
    let outcome = records
        .create_item("p", "lost", &json!({"id": "lost", "partition": "p"}), None)
        .await;
    // The client repeats the write by itself, so that its own first write is the conflict.
    if let Err(error) = &outcome {
        assert!(error.status().is_conflict(), "{error}");
    }
    assert_eq!(
        served.faults().await.drop_reply_after_service,
        0,
        "the fault was used"
    );
    assert_eq!(feed_ids(&records).await, ["lost"]);
}

#[tokio::test]
async fn refusals_carry_their_code_and_wait_and_then_end() {
    let served = Served::start().await;
    let records = served.container("records").await;
    let once = ThrottlingRetryOptionsBuilder::new()
        .with_max_retry_count(0)
        .build();
    let options = || {
        let operation = OperationOptionsBuilder::new()
            .with_throttling_retry_options(once.clone())
            .build();
        Some(ItemWriteOptions::default().with_operation_options(operation))
    };
    let refused = Faults {
        status: Some(StatusFault {
            code: 429,
            count: 1,
            retry_after_ms: 77,
        }),
        ..Faults::default()
    };
    assert_eq!(served.put_faults(&refused).await, refused);
    let body = json!({"id": "t", "partition": "p"});
    let error = records
        .create_item("p", "t", &body, options())
        .await
        .unwrap_err();
    assert!(error.status().is_throttled(), "{error}");
    assert_eq!(error.response().unwrap().headers().retry_after_ms, Some(77));
    records
        .create_item("p", "t", &body, options())
        .await
        .unwrap();
    let down = StatusFault {
        code: 503,
        count: 1_000,
        retry_after_ms: 0,
    };
    served
        .put_faults(&Faults {
            status: Some(down),
            ..Faults::default()
        })
        .await;
    let error = records
        .create_item("p", "u", &json!({"id": "u", "partition": "p"}), options())
        .await
        .unwrap_err();
    assert!(error.status().is_service_unavailable(), "{error}");
    served.put_faults(&Faults::default()).await;
    assert_eq!(
        feed_ids(&records).await,
        ["t"],
        "a refused write is not carried out"
    );
}

#[tokio::test]
async fn latency_is_added_to_writes_and_leases_are_spared() {
    let served = Served::start().await;
    let (records, leases) = (
        served.container("records").await,
        served.container("leases").await,
    );
    served
        .put_faults(&Faults {
            latency_ms: 300,
            drop_reply_after_service: 0,
            ..Faults::default()
        })
        .await;
    let start = Instant::now();
    records
        .create_item("p", "slow", &json!({"id": "slow", "partition": "p"}), None)
        .await
        .unwrap();
    assert!(start.elapsed() >= Duration::from_millis(300));
    served
        .put_faults(&Faults {
            drop_reply_after_service: 5,
            ..Faults::default()
        })
        .await;
    leases
        .create_item("l", "l", &json!({"id": "l"}), None)
        .await
        .unwrap();
    assert_eq!(served.faults().await.drop_reply_after_service, 5);
}

#[tokio::test]
async fn every_container_is_there_and_a_trailing_slash_is_no_error() {
    let served = Served::start().await;
    for container in CONTAINERS {
        let ranges = served
            .container(container.name)
            .await
            .read_feed_ranges(None)
            .await
            .unwrap();
        assert_eq!(
            ranges.len(),
            container.partitions as usize,
            "{}",
            container.name
        );
    }
    let url = format!("http://127.0.0.1:{}/dbs/crossdock/colls/", served.port);
    assert_eq!(reqwest::get(url).await.unwrap().status(), 200);
}
