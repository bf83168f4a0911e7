//! What publishing promises: nothing lost, nothing twice, and one bad document stops nobody.

use std::collections::BTreeSet;

use emulator_process::Emulator;
use feed::{Feed, Publication, PublishOutcome};
use record::Document;
use retry::{Class, Classify as _};
use serde_json::json;

use crate::records::{numbers_of_one_partition, order, orders};

fn ids(documents: &[Document]) -> BTreeSet<String> {
    documents
        .iter()
        .map(|document| document.id().to_string())
        .collect()
}

/// The ids in the feed; an id that lies there twice is an error.
async fn stored(feed: &Feed) -> BTreeSet<String> {
    let all = feed.documents().collect().await.unwrap();
    let ids: BTreeSet<String> = all.iter().map(|entry| entry.id.clone()).collect();
    assert_eq!(ids.len(), all.len(), "a document is there twice");
    ids
}

fn count(publication: &Publication) -> (usize, usize, usize) {
    let of = |wanted: fn(&PublishOutcome) -> bool| {
        publication
            .outcomes
            .iter()
            .filter(|outcome| wanted(outcome))
            .count()
    };
    (
        of(|outcome| matches!(outcome, PublishOutcome::Created)),
        of(|outcome| matches!(outcome, PublishOutcome::Duplicate)),
        of(|outcome| matches!(outcome, PublishOutcome::Failed(_))),
    )
}

#[tokio::test]
async fn the_same_record_twice_is_one_document() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    let first = feed.publish(orders([1])).await;
    assert_eq!(first.outcomes, [PublishOutcome::Created]);
    assert!(first.request_charge > 0.0);
    let second = feed.publish(orders([1])).await;
    assert_eq!(second.outcomes, [PublishOutcome::Duplicate]);
    assert_eq!(stored(&feed).await, ids(&orders([1])));
}

#[tokio::test]
async fn the_same_record_twice_in_one_call_is_one_write() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    let published = feed.publish(orders([1, 2, 1, 1])).await;
    use PublishOutcome::{Created, Duplicate};
    assert_eq!(published.outcomes, [Created, Created, Duplicate, Duplicate]);
    assert_eq!(stored(&feed).await.len(), 2);
}

#[tokio::test]
async fn nothing_to_publish_asks_for_nothing() {
    let emulator = Emulator::start();
    let published = emulator.feed().await.publish(Vec::new()).await;
    assert_eq!(
        published,
        Publication {
            outcomes: Vec::new(),
            request_charge: 0.0
        }
    );
}

#[tokio::test]
async fn five_hundred_documents_of_mixed_partitions_arrive_in_order_of_the_call() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    let known = orders((0..500).step_by(3));
    assert_eq!(count(&feed.publish(known.clone()).await), (167, 0, 0));
    let all = orders(0..500);
    let published = feed.publish(all.clone()).await;
    for (number, outcome) in published.outcomes.iter().enumerate() {
        let expected = match number % 3 {
            0 => PublishOutcome::Duplicate,
            _ => PublishOutcome::Created,
        };
        assert_eq!(*outcome, expected, "order {number}");
    }
    assert_eq!(stored(&feed).await, ids(&all));
    assert_eq!(count(&feed.publish(all).await), (0, 500, 0));
}

#[tokio::test]
async fn a_batch_with_duplicates_inside_creates_the_rest() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    // More than one batch holds, so that a partition is split as well.
    let numbers = numbers_of_one_partition(130);
    let known: Vec<u64> = numbers.iter().copied().skip(3).step_by(11).collect();
    assert_eq!(
        count(&feed.publish(orders(known.clone())).await),
        (known.len(), 0, 0)
    );
    let published = feed.publish(orders(numbers.clone())).await;
    for (number, outcome) in numbers.iter().zip(&published.outcomes) {
        let expected = if known.contains(number) {
            PublishOutcome::Duplicate
        } else {
            PublishOutcome::Created
        };
        assert_eq!(*outcome, expected, "order {number}");
    }
    assert_eq!(stored(&feed).await, ids(&orders(numbers)));
}

#[tokio::test]
async fn two_writers_of_the_same_batch_create_each_document_once() {
    let emulator = Emulator::start();
    let (one, other) = (emulator.feed().await, emulator.feed().await);
    let numbers = numbers_of_one_partition(90);
    let mut reversed = numbers.clone();
    reversed.reverse();
    let (first, second) = futures::join!(
        one.publish(orders(numbers[..60].to_vec())),
        other.publish(orders(reversed[..60].to_vec())),
    );
    let (created_first, _, failed_first) = count(&first);
    let (created_second, _, failed_second) = count(&second);
    assert_eq!(created_first + created_second, 90);
    assert_eq!((failed_first, failed_second), (0, 0));
    assert_eq!(stored(&one).await, ids(&orders(numbers)));
}

#[tokio::test]
async fn a_lost_reply_loses_and_doubles_nothing() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    let single = orders([1]);
    let batch = orders(numbers_of_one_partition(40).into_iter().skip(1));
    for documents in [&single, &batch] {
        emulator
            .faults(json!({"drop_reply_after_service": 5}))
            .await;
        let published = feed.publish(documents.clone()).await;
        assert_eq!(count(&published).2, 0, "{published:?}");
        assert_eq!(emulator.faults_left().await["drop_reply_after_service"], 0);
        assert!(stored(&feed).await.is_superset(&ids(documents)));
    }
    assert_eq!(stored(&feed).await.len(), 40);
}

#[tokio::test]
async fn a_storm_of_refusals_ends_with_everything_created() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    // A pause that is asked for costs nothing; what fails otherwise is repeated within the budget.
    for (code, refusals, numbers) in [(429, 60, 0..150), (503, 15, 150..300)] {
        let storm = json!({"status": {"code": code, "count": refusals, "retry_after_ms": 20}});
        emulator.faults(storm).await;
        let published = feed.publish(orders(numbers)).await;
        assert_eq!(count(&published), (150, 0, 0), "{code}: {published:?}");
        assert_eq!(emulator.faults_left().await["status"]["count"], 0);
    }
    assert_eq!(stored(&feed).await, ids(&orders(0..300)));
}

#[tokio::test]
async fn one_document_over_two_megabytes_fails_alone() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    let mut numbers = numbers_of_one_partition(31).into_iter();
    let too_large = order("CRONUS", numbers.next().unwrap(), 1, &"x".repeat(2_200_000));
    let neighbours = orders(numbers);
    let mut all = neighbours.clone();
    all.insert(15, too_large);
    let published = feed.publish(all).await;
    let PublishOutcome::Failed(error) = &published.outcomes[15] else {
        panic!("{:?}", published.outcomes[15]);
    };
    assert_eq!((error.status, error.refuses_document()), (413, true));
    assert_eq!(error.class(), Class::Permanent);
    assert_eq!(count(&published), (30, 0, 1));
    assert_eq!(stored(&feed).await, ids(&neighbours));
}

#[tokio::test]
async fn large_documents_are_spread_over_batches_that_fit() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    let note = "é".repeat(150_000);
    let large: Vec<Document> = numbers_of_one_partition(12)
        .into_iter()
        .map(|number| order("CRONUS", number, 1, &note))
        .collect();
    assert_eq!(count(&feed.publish(large.clone()).await), (12, 0, 0));
    assert_eq!(stored(&feed).await, ids(&large));
}

#[tokio::test]
async fn a_feed_that_is_gone_is_a_transient_failure_of_every_document() {
    let mut emulator = Emulator::start();
    let feed = emulator.feed().await;
    emulator.kill();
    let published = feed.publish(orders(numbers_of_one_partition(3))).await;
    assert_eq!(count(&published), (0, 0, 3));
    for outcome in published.outcomes {
        let PublishOutcome::Failed(error) = outcome else {
            panic!("{outcome:?}");
        };
        assert!(matches!(error.class(), Class::Transient { .. }), "{error}");
    }
}

/// A web framework moves a handler's future between threads.
#[test]
fn publishing_can_be_awaited_in_a_handler() {
    fn is_send<T: Send>(_: impl FnOnce(Feed) -> T) {}
    is_send(|feed| async move { feed.publish(Vec::new()).await.request_charge });
    is_send(|feed| async move { feed.documents().collect().await });
    is_send(|feed| async move { feed.store_checkpoint("name", &1, None).await });
    is_send(|feed| async move { feed.store_receipt("id").await });
}
