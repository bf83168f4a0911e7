//! Files of more rows than a checkpoint apart.

use std::{collections::HashSet, time::Duration};

use serde_json::json;

use crate::{stack::Stack, world::made};

const NAME: &str = "MOVE_DC3_20261109T2030Z_0050.csv";
const ROWS: usize = 12_000;

fn file() -> Vec<u8> {
    use std::fmt::Write as _;
    let mut text = "movement_id;warehouse;movement_type;movement_ts;sku;qty;uom\n".to_owned();
    for row in 0..ROWS {
        let qty = if row % 3_000 == 2_999 { "many" } else { "1" };
        writeln!(
            text,
            "{};DC3;PICK;2026-11-09 14:30:00;SKU-{};{qty};EA",
            500_000 + row,
            row % 700
        )
        .unwrap();
    }
    text.into_bytes()
}

/// The same without ids, so that rows are told apart by counting from the start.
fn despatches() -> Vec<u8> {
    use std::fmt::Write as _;
    let mut text = "warehouse;despatched at;sku;qty;uom\n".to_owned();
    for row in 0..ROWS {
        writeln!(text, "DC3;2026-11-09 14:30:00;SKU-{};1;EA", row % 700).unwrap();
    }
    text.into_bytes()
}

fn expected(name: &str, file: &[u8]) -> HashSet<String> {
    let made = made(name, file, &[65_536]);
    let ids = made
        .documents
        .iter()
        .map(|document| document["id"].as_str().unwrap().to_owned());
    ids.collect()
}

async fn found(stack: &Stack) -> HashSet<String> {
    let ids = stack.ids().await;
    let count = ids.len();
    let ids: HashSet<String> = ids.into_iter().collect();
    assert_eq!(ids.len(), count);
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_takes_as_many_invocations_as_it_needs() {
    let Some(stack) = Stack::start().await else {
        return;
    };
    for (name, file) in [
        (NAME, file()),
        ("SHIP_DC3_20261109T2100Z_0050.csv", despatches()),
    ] {
        let message = stack.drop_file(name, &file).await;
        // Every look at the clock finds the time used up: each invocation comes to its next checkpoint.
        stack.tick(200);
        let mut answers = Vec::new();
        while answers.last().is_none_or(|last| last != "finished") {
            assert!(answers.len() < 9, "{name}: {answers:?}");
            answers.push(stack.delivered(&message).await);
        }
        assert_eq!(answers, ["comes_back", "finished"], "{name}");
        stack.tick(0);
        assert_eq!(stack.delivered(&message).await, "finished");
    }
    let mut all = expected(NAME, &file());
    all.extend(expected("SHIP_DC3_20261109T2100Z_0050.csv", &despatches()));
    assert_eq!(all.len(), 2 * ROWS - 4);
    assert_eq!(found(&stack).await, all);
    assert_eq!(stack.letters().await.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_doubled_between_a_write_and_its_checkpoint() {
    let Some(stack) = Stack::start().await else {
        return;
    };
    let file = file();
    let message = stack.drop_file(NAME, &file).await;
    // The rows are written, the checkpoint is refused.
    let refuse = |container: &str| json!({"container": container, "status": {"code": 503, "count": 1_000_000, "retry_after_ms": 1}});
    stack.emulator.faults(refuse("checkpoints")).await;
    assert_eq!(stack.delivered(&message).await, "comes_back");
    let before = found(&stack).await.len();
    assert!((1..ROWS).contains(&before), "{before}");
    // The checkpoint would be taken, the rows are refused.
    stack.emulator.faults(refuse("records")).await;
    assert_eq!(stack.delivered(&message).await, "comes_back");
    stack.emulator.faults(refuse("dead-letters")).await;
    assert_eq!(stack.delivered(&message).await, "comes_back");
    stack
        .emulator
        .faults(json!({"drop_reply_after_service": 5}))
        .await;
    assert_eq!(stack.delivered(&message).await, "finished");
    assert_eq!(found(&stack).await, expected(NAME, &file));
    assert_eq!(stack.letters().await.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invocation_may_die_at_any_moment() {
    let Some(stack) = Stack::start().await else {
        return;
    };
    let file = file();
    let message = stack.drop_file(NAME, &file).await;
    // Each time a little later; whatever the moment, what follows goes on from what is durable.
    let mut deadline = Duration::from_millis(20);
    let mut killed = 0;
    while tokio::time::timeout(deadline, stack.delivered(&message))
        .await
        .is_err()
    {
        killed += 1;
        deadline *= 2;
    }
    assert!(killed > 0, "the file was taken in within {deadline:?}");
    assert_eq!(stack.delivered(&message).await, "finished");
    assert_eq!(found(&stack).await, expected(NAME, &file));
    assert_eq!(stack.letters().await.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_invocations_at_once_write_what_one_does() {
    let Some(stack) = Stack::start().await else {
        return;
    };
    let file = file();
    let message = stack.drop_file(NAME, &file).await;
    let (one, other) = tokio::join!(stack.delivered(&message), stack.delivered(&message));
    assert!(one == "finished" || other == "finished", "{one}, {other}");
    assert_eq!(stack.delivered(&message).await, "finished");
    assert_eq!(found(&stack).await, expected(NAME, &file));
}
