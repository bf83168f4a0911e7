//! Stock files: only differences are written, and the last snapshot is what is there.

use std::collections::BTreeMap;

use emulator_process::CameIn;
use proptest::{prelude::*, test_runner::TestRunner};
use record::Entity;

use crate::stack::Stack;

/// Quantity by item.
type Stock = BTreeMap<u32, u32>;

fn name(number: u32) -> String {
    format!("STOCK_DC3_20261109T2030Z_{number:04}.csv")
}

fn csv(stock: &Stock) -> String {
    let mut text = "warehouse;sku;lot;bin;status;qty;uom\n".to_owned();
    for (item, quantity) in stock {
        text.push_str(&format!("DC3;SKU-{item};;A-{item};;{quantity};EA\n"));
    }
    text
}

fn stock(items: &[(u32, u32)]) -> Stock {
    items.iter().copied().collect()
}

/// Key and content of the newest document of each place, those that are gone left out.
async fn newest(stack: &Stack) -> BTreeMap<String, String> {
    let mut newest = BTreeMap::new();
    for entry in stack.documents().await {
        assert_eq!(entry.entity, Entity::InventorySnapshot);
        let age = (entry.version, entry.content_hash.clone());
        let current = newest
            .entry(entry.key.clone())
            .or_insert_with(|| (age.clone(), entry.clone()));
        if age > current.0 {
            *current = (age, entry);
        }
    }
    let there = newest.into_iter().filter(|(_, (_, entry))| !entry.deleted);
    there
        .map(|(key, (_, entry))| (key, entry.content_hash))
        .collect()
}

/// The quantities that the feed says are there. A hash tells the quantity, by the bodies that the app makes.
async fn there(stack: &Stack, numbers: &[u32]) -> Stock {
    let newest = newest(stack).await;
    let hash_of = hashes(numbers);
    let quantity = |(key, hash): (String, String)| {
        let item = key
            .split('|')
            .nth(1)
            .unwrap()
            .strip_prefix("SKU-")
            .unwrap()
            .parse()
            .unwrap();
        let quantity = *hash_of
            .get(&(item, hash))
            .expect("a content that was dropped");
        (item, quantity)
    };
    newest.into_iter().map(quantity).collect()
}

/// Quantity by item and content hash, of every quantity that these tests use and every snapshot that it may be from.
fn hashes(numbers: &[u32]) -> BTreeMap<(u32, String), u32> {
    use record::{
        Body, EpochMillis, ExactDecimal, InventorySnapshot, Provenance, Record, Source,
        SourceVersion, Text,
    };
    let as_of = "2026-11-09T20:30:00Z".parse::<jiff::Timestamp>().unwrap();
    let mut hashes = BTreeMap::new();
    // All snapshots here have one cutoff, so that their contents differ by item and quantity alone.
    assert!(!numbers.is_empty());
    for item in 0..40 {
        for quantity in 0..60 {
            let body = InventorySnapshot {
                warehouse: Text::from("DC3"),
                sku: Text::from(format!("SKU-{item}")),
                lot: Text::from("-"),
                bin: Text::from(format!("A-{item}")),
                stock_status: Text::from("-"),
                qty_base: Some(ExactDecimal::from(rust_decimal::Decimal::from(quantity))),
                uom_base: Some(Text::from("EA")),
                as_of: Some(EpochMillis::from(as_of)),
            };
            let provenance = Provenance::new("m", "c", EpochMillis(0), EpochMillis(0));
            let record = Record::upsert(
                Source::Warehouse,
                Body::InventorySnapshot(body),
                SourceVersion::new(0, 0),
                provenance,
            );
            hashes.insert((item, record.unwrap().content_hash().to_string()), quantity);
        }
    }
    hashes
}

async fn take(stack: &Stack, number: u32, stock: &Stock) -> String {
    let message = stack.drop_file(&name(number), csv(stock).as_bytes()).await;
    stack.delivered(&message).await
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_changed_is_written_and_what_is_not_listed_is_gone() {
    for group_bytes in [u64::MAX, 40] {
        let Some(stack) = Stack::with_group_bytes(group_bytes).await else {
            return;
        };
        let first = stock(&[(1, 10), (2, 20), (3, 30), (4, 40), (5, 50)]);
        assert_eq!(take(&stack, 1, &first).await, "finished");
        assert_eq!(stack.ids().await.len(), 5);
        assert_eq!(there(&stack, &[1]).await, first);
        // One is as it was, one changed, three are gone, one is new.
        let second = stock(&[(1, 10), (2, 21), (6, 6)]);
        assert_eq!(take(&stack, 2, &second).await, "finished");
        assert_eq!(stack.ids().await.len(), 5 + 1 + 3 + 1);
        assert_eq!(there(&stack, &[1, 2]).await, second);
        // Nothing changed; then what was gone is back as it was.
        assert_eq!(take(&stack, 3, &second).await, "finished");
        assert_eq!(stack.ids().await.len(), 10);
        assert_eq!(take(&stack, 4, &first).await, "finished");
        assert_eq!(there(&stack, &[1, 2, 3, 4]).await, first);
        // A late one changes nothing.
        assert_eq!(take(&stack, 3, &stock(&[(9, 9)])).await, "finished");
        assert_eq!(there(&stack, &[1, 2, 3, 4]).await, first);
        assert_eq!(stack.letters().await, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_cannot_be_read_is_not_a_place_that_is_gone() {
    let Some(stack) = Stack::start().await else {
        return;
    };
    let first = stock(&[(1, 10), (2, 20), (3, 30)]);
    assert_eq!(take(&stack, 1, &first).await, "finished");
    // The place of the bad row is known, so the others may go.
    let text = csv(&stock(&[(1, 11)])) + "DC3;SKU-2;;A-2;;twelve;EA\n";
    let message = stack.drop_file(&name(2), text.as_bytes()).await;
    assert_eq!(stack.delivered(&message).await, "finished");
    assert_eq!(there(&stack, &[1]).await, stock(&[(1, 11), (2, 20)]));
    // The place of this one is not: it may be any of them.
    let text = csv(&stock(&[(1, 12)])) + "DC3;;;A-2;;12;EA\n";
    let message = stack.drop_file(&name(3), text.as_bytes()).await;
    assert_eq!(stack.delivered(&message).await, "finished");
    assert_eq!(there(&stack, &[1]).await, stock(&[(1, 12), (2, 20)]));
    assert_eq!(stack.letters().await.len(), 2);
    // The next whole one puts all right, also what is as it was in the first.
    assert_eq!(take(&stack, 4, &first).await, "finished");
    assert_eq!(there(&stack, &[1]).await, first);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_torn_snapshot_is_waited_for_and_removes_nothing() {
    let Some(stack) = Stack::start().await else {
        return;
    };
    let first = stock(&[(1, 10), (2, 20), (3, 30)]);
    assert_eq!(take(&stack, 1, &first).await, "finished");
    let text = csv(&stock(&[(1, 11), (2, 22)])) + "DC3;SK";
    let message = stack.drop_file(&name(2), text.as_bytes()).await;
    assert_eq!(stack.delivered(&message).await, "comes_back");
    assert_eq!(there(&stack, &[1]).await, first);
    stack.wait(600);
    assert_eq!(stack.delivered(&message).await, "finished");
    assert_eq!(
        there(&stack, &[1]).await,
        stock(&[(1, 11), (2, 22), (3, 30)])
    );
    assert_eq!(stack.letters().await.len(), 1);
    // Back to the first: what the torn one changed is changed back.
    assert_eq!(take(&stack, 3, &first).await, "finished");
    assert_eq!(there(&stack, &[1]).await, first);
}

#[test]
fn whatever_is_dropped_and_told_in_whatever_order_the_last_snapshot_is_there() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let snapshot = prop::collection::btree_map(0_u32..12, 1_u32..5, 0..8);
    let case = (
        prop::collection::vec(snapshot, 1..5),
        prop::collection::vec(any::<prop::sample::Index>(), 0..8),
        prop::sample::select(vec![60_u64, 150, u64::MAX]),
    );
    let mut runner = TestRunner::new(ProptestConfig::with_cases(8));
    let checked = runner.run(&case, |(snapshots, order, group_bytes)| {
        runtime.block_on(async {
            let Some(stack) = Stack::with_group_bytes(group_bytes).await else {
                return Ok(());
            };
            let mut messages = Vec::new();
            for (number, stock) in (1..).zip(&snapshots) {
                messages.push(stack.drop_file(&name(number), csv(stock).as_bytes()).await);
            }
            // Some are cut off at some moment first, then each is told of until it is done.
            for (step, index) in order.iter().enumerate() {
                let message = index.get(&messages);
                let moment = std::time::Duration::from_millis(3 * step as u64 + 1);
                drop(tokio::time::timeout(moment, stack.delivered(message)).await);
            }
            for message in messages.iter().rev().step_by(2).chain(&messages) {
                while stack.delivered(message).await != "finished" {}
            }
            let found = there(&stack, &[1]).await;
            prop_assert_eq!(&found, snapshots.last().unwrap());
            Ok(())
        })
    });
    checked.unwrap();
}

/// A bad row of snapshot `number`, corrected and replayed.
async fn replay_row(stack: &Stack, number: u32, row: &str) -> CameIn {
    let operator = stack.operator();
    let letter = operator.letter_at(&format!("{}, row", name(number))).await;
    operator.correct(&letter, row).await;
    operator.come_in(&letter).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrected_row_is_what_lay_there_at_the_snapshot_unless_a_newer_one_came() {
    let Some(stack) = Stack::start().await else {
        return;
    };
    let first = stock(&[(1, 10), (2, 20), (3, 30)]);
    assert_eq!(take(&stack, 1, &first).await, "finished");
    let text = csv(&stock(&[(1, 11), (3, 30)])) + "DC3;SKU-2;;A-2;;twelve;EA\n";
    let message = stack.drop_file(&name(2), text.as_bytes()).await;
    assert_eq!(stack.delivered(&message).await, "finished");
    let came = replay_row(&stack, 2, "DC3;SKU-2;;A-2;;12;EA").await;
    assert_eq!(came.published.len(), 1);
    assert_eq!(
        there(&stack, &[1]).await,
        stock(&[(1, 11), (2, 12), (3, 30)])
    );

    // The place of this row cannot be read, so that the snapshot does not know of it; the next one has to, although it
    // says of it what the others say.
    let text = csv(&stock(&[(1, 11), (3, 30)])) + "DC3;;;A-2;;13;EA\n";
    let message = stack.drop_file(&name(3), text.as_bytes()).await;
    assert_eq!(stack.delivered(&message).await, "finished");
    replay_row(&stack, 3, "DC3;SKU-2;;A-2;;13;EA").await;
    assert_eq!(
        there(&stack, &[1]).await,
        stock(&[(1, 11), (2, 13), (3, 30)])
    );
    let fourth = stock(&[(1, 11), (2, 12), (3, 30)]);
    assert_eq!(take(&stack, 4, &fourth).await, "finished");
    assert_eq!(there(&stack, &[1]).await, fourth);

    // Once a newer snapshot was begun, it alone counts.
    let text = csv(&stock(&[(1, 11), (3, 30)])) + "DC3;;;A-2;;14;EA\n";
    let message = stack.drop_file(&name(5), text.as_bytes()).await;
    assert_eq!(stack.delivered(&message).await, "finished");
    assert_eq!(take(&stack, 6, &fourth).await, "finished");
    let ids = stack.ids().await;
    let came = replay_row(&stack, 5, "DC3;SKU-2;;A-2;;14;EA").await;
    assert_eq!(came.outcome(), "superseded");
    assert_eq!(stack.ids().await, ids);
    assert_eq!(there(&stack, &[1]).await, fourth);
}
