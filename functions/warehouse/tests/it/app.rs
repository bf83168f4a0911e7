//! The app through its outer doors: what becomes of a message, and what is in the feed then.

use feed::Reason;
use http::StatusCode;
use serde_json::json;

use crate::{stack::Stack, world::fixture};

const STORY: &str = "MOVE_DC3_20261109T2030Z_0042.csv";
const TORN: &str = "MOVE_DC3_20261109T2030Z_0043.csv";

fn torn() -> Vec<u8> {
    fixture("MOVE_DC3_20261109T2030Z_0043_truncated.csv")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_taken_in_once_however_often_and_in_whatever_order_it_is_told_of() {
    let Some(stack) = Stack::start().await else {
        return;
    };
    let mut messages = Vec::new();
    for name in [
        "MOVE_DC3_20261109T2030Z_0042.csv",
        "MOVE_DC3_20261109T2030Z_0042_cp1252.csv",
        "MOVE_DC3_20261101T0700Z_0007_quirks.csv",
        "SHIP_DC3_20261109T2100Z_0003.csv",
    ] {
        messages.push(stack.drop_file(name, &fixture(name)).await);
    }
    for message in &messages {
        assert_eq!(stack.delivered(message).await, "finished");
    }
    let (ids, letters) = (stack.ids().await, stack.letters().await);
    let documents = stack.documents().await;
    let movements = documents
        .iter()
        .filter(|entry| entry.key.starts_with("DC3|8841"))
        .count();
    // Three movements in two files, one of them twice in each.
    assert_eq!(movements, 3, "{documents:?}");
    assert_eq!(letters.len(), 5, "{letters:?}");
    for message in messages.iter().rev().chain(&messages) {
        assert_eq!(stack.delivered(message).await, "finished");
    }
    assert_eq!((stack.ids().await, stack.letters().await), (ids, letters));
    assert_eq!(stack.queued().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_stops_inside_a_row_is_waited_for_and_then_salvaged() {
    let Some(stack) = Stack::start().await else {
        return;
    };
    let message = stack.drop_file(TORN, &torn()).await;
    assert_eq!(stack.delivered(&message).await, "comes_back");
    assert_eq!(stack.queued().await, 1);
    // The whole rows are there at once; nothing is said about the torn one yet.
    let ids = stack.ids().await;
    assert_eq!(ids.len(), 6);
    assert_eq!(stack.letters().await, []);
    stack.wait(599);
    assert_eq!(stack.delivered(&message).await, "comes_back");
    stack.wait(1);
    assert_eq!(stack.delivered(&message).await, "finished");
    assert_eq!(stack.delivered(&message).await, "finished");
    let length = torn().len();
    let expected = (
        Reason::InvalidUnit,
        format!("warehouse/{TORN}, row 3, bytes {}..{length}", length - 24),
        "the file ends inside this row, and no newer version came".to_owned(),
    );
    assert_eq!(stack.letters().await, [expected]);
    assert_eq!(stack.ids().await, ids);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_grows_is_taken_in_when_it_is_whole() {
    let Some(stack) = Stack::start().await else {
        return;
    };
    let first = stack.drop_file(TORN, &torn()).await;
    assert_eq!(stack.delivered(&first).await, "comes_back");
    let before = stack.ids().await;
    let mut whole = torn();
    whole.extend_from_slice(b"09 15:30:00;;;OLV-1L;LT-2231;6;CS;;;;ops2\r\n");
    let second = stack.drop_file(TORN, &whole).await;
    assert_eq!(stack.delivered(&second).await, "finished");
    stack.wait(600);
    assert_eq!(stack.delivered(&first).await, "changed");
    let after = stack.ids().await;
    assert_eq!(after.len(), before.len() + 1);
    assert!(before.iter().all(|id| after.contains(id)));
    assert_eq!(stack.letters().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_file_of_ours_is_one_dead_letter() {
    let Some(stack) = Stack::start().await else {
        return;
    };
    let header: &[u8] =
        b"movement_id;warehouse;movement_ts;sku;qty\r\n1;DC3;2026-11-09 10:00;A;1\r\n";
    let cases: [(&str, &[u8], Reason, &str); 5] = [
        (
            "notes.txt",
            b"hello",
            Reason::Unsupported,
            "the name is not of the form",
        ),
        (
            "MOVE_DC9_20261109T2030Z_1.csv",
            b"x",
            Reason::Unsupported,
            "site DC9 is not among",
        ),
        (
            "MOVE_DC3_20261109T2030Z_1.csv",
            b"PK\x03\x04zip",
            Reason::Unsupported,
            "ZIP archive",
        ),
        (
            "MOVE_DC3_20261109T2030Z_2.csv",
            header,
            Reason::MalformedMessage,
            "movement_type",
        ),
        (
            "MOVE_DC3_20261109T2030Z_3.csv",
            b"",
            Reason::MalformedMessage,
            "the file is empty",
        ),
    ];
    for (name, content, reason, detail) in cases {
        let message = stack.drop_file(name, content).await;
        stack.wait(700);
        assert_eq!(stack.delivered(&message).await, "finished", "{name}");
        assert_eq!(stack.delivered(&message).await, "finished", "{name}");
        let letters = stack.letters().await;
        let found: Vec<_> = letters
            .iter()
            .filter(|(_, place, _)| place.ends_with(name))
            .collect();
        assert_eq!(found.len(), 1, "{name}: {letters:?}");
        assert_eq!(found[0].0, reason, "{name}");
        assert!(found[0].2.contains(detail), "{name}: {}", found[0].2);
    }
    assert_eq!(stack.ids().await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_about_nothing_is_a_dead_letter_or_nothing() {
    let Some(stack) = Stack::start().await else {
        return;
    };
    let message = stack.drop_file(STORY, &fixture(STORY)).await;
    let unfinished = message.replace("PutBlob", "CreateFile");
    assert_eq!(stack.delivered(&unfinished).await, "ignored");
    let deleted = message.replace("BlobCreated", "BlobDeleted");
    assert_eq!(stack.delivered(&deleted).await, "ignored");
    assert_eq!(stack.letters().await, []);
    assert_eq!(stack.delivered("{\"hello\":1}").await, "buried");
    stack.remove_file(STORY).await;
    assert_eq!(stack.delivered(&message).await, "buried");
    let foreign = message.replace("http://127.0.0.1", "http://127.0.0.2");
    assert_eq!(stack.delivered(&foreign).await, "buried");
    let poison = stack.invoke("/poison", "not even JSON").await;
    assert_eq!(poison.status, StatusCode::OK);
    let poison = stack.invoke("/poison", &message).await;
    assert_eq!(poison.status, StatusCode::OK);
    let letters = stack.letters().await;
    let reasons: Vec<Reason> = letters.iter().map(|(reason, _, _)| *reason).collect();
    assert_eq!(
        reasons,
        [
            Reason::MalformedMessage,
            Reason::Unsupported,
            Reason::PoisonMessage,
            Reason::PoisonMessage,
            Reason::FileGone,
        ]
    );
    assert!(
        letters[3].1.starts_with("warehouse/MOVE_DC3"),
        "{letters:?}"
    );
    assert_eq!(stack.ids().await.len(), 0);
    assert_eq!(stack.queued().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_of_the_feed_makes_no_dead_letter_and_loses_nothing() {
    let Some(stack) = Stack::start().await else {
        return;
    };
    let message = stack.drop_file(STORY, &fixture(STORY)).await;
    let refuse = json!({"status": {"code": 503, "count": 1_000_000, "retry_after_ms": 1}});
    stack.emulator.faults(refuse).await;
    assert_eq!(stack.delivered(&message).await, "comes_back");
    assert_eq!(stack.queued().await, 1);
    stack.emulator.faults(json!({})).await;
    // The reply to a write is lost as well.
    stack
        .emulator
        .faults(json!({"drop_reply_after_service": 2}))
        .await;
    assert_eq!(stack.delivered(&message).await, "finished");
    let expected = crate::world::made(STORY, &fixture(STORY), &[64]);
    let mut expected: Vec<String> = expected
        .documents
        .iter()
        .map(|document| document["id"].as_str().unwrap().to_owned())
        .collect();
    expected.sort();
    expected.dedup();
    assert_eq!(stack.ids().await, expected);
    assert_eq!(stack.letters().await, []);
}
