//! Dead letters: once, for good, without secrets.

use emulator_process::Emulator;
use feed::{Attempt, Buried, DeadLetter, RAW_BYTES_MAX, RawBytes, Reason, Stage};
use record::{EpochMillis, Source};
use serde_json::json;

fn letter<'a>(raw: &'a [u8], arrival: &'a [(String, String)]) -> DeadLetter<'a> {
    DeadLetter {
        app: "orders",
        source: Some(Source::Orders),
        stage: Stage::Ingest,
        reason: Reason::InvalidUnit,
        place: "/value/3".to_owned(),
        detail: "field `number` is empty".to_owned(),
        raw: RawBytes(raw),
        arrival,
        message_id: Some("page-1".to_owned()),
        record_key: None,
        correlation_id: "0af7651916cd43dd8448eb211c80319c".to_owned(),
        traceparent: None,
        app_version: "0.1.0",
        at: EpochMillis(1_793_610_922_417),
        attempts: Vec::new(),
    }
}

#[tokio::test]
async fn the_same_failing_bytes_twice_are_one_letter() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    let first = letter(b"{\"number\":\"\"}", &[]);
    let mut again = letter(b"{\"number\":\"\"}", &[]);
    again.at = EpochMillis(1_793_610_999_999);
    again.correlation_id = "another message".to_owned();
    assert_eq!(feed.dead_letter(&first).await, Ok(Buried::Created));
    assert_eq!(feed.dead_letter(&again).await, Ok(Buried::AlreadyThere));
    let letters = feed.dead_letters().collect().await.unwrap();
    assert_eq!(letters.len(), 1);
    let kept = &letters[0];
    assert_eq!(kept.id, first.id());
    assert_eq!(
        (kept.at, &*kept.place),
        (first.at, "/value/3"),
        "the first one stays as it was"
    );
    assert_eq!(
        (kept.reason, kept.stage),
        (Reason::InvalidUnit, Stage::Ingest)
    );
}

#[tokio::test]
async fn other_bytes_reasons_and_apps_are_other_letters() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    let other_bytes = letter(b"2", &[]);
    let other_reason = DeadLetter {
        reason: Reason::Unsupported,
        ..letter(b"1", &[])
    };
    let other_app = DeadLetter {
        app: "transport",
        ..letter(b"1", &[])
    };
    for letter in [letter(b"1", &[]), other_bytes, other_reason, other_app] {
        assert_eq!(feed.dead_letter(&letter).await, Ok(Buried::Created));
    }
    assert_eq!(feed.dead_letters().collect().await.unwrap().len(), 4);
}

#[tokio::test]
async fn a_lost_reply_leaves_one_letter() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    emulator
        .faults(json!({"drop_reply_after_service": 3}))
        .await;
    assert!(feed.dead_letter(&letter(b"1", &[])).await.is_ok());
    assert_eq!(feed.dead_letters().collect().await.unwrap().len(), 1);
}

#[tokio::test]
async fn whatever_the_bytes_the_letter_is_stored() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    let arrival: Vec<(String, String)> = (0..200)
        .map(|n| (format!("x-header-{n}"), "v".repeat(10_000)))
        .collect();
    let arrival = [
        arrival,
        vec![("\u{1}".repeat(9_000), "\u{1}".repeat(9_000)); 9],
    ]
    .concat();
    let larger = RAW_BYTES_MAX * 2;
    for raw in [
        vec![0xff; larger],
        vec![b'"'; larger],
        vec![1; larger],
        Vec::new(),
    ] {
        let mut letter = letter(&raw, &arrival);
        letter.detail = "\u{1}".repeat(100_000);
        letter.place = "\u{1}".repeat(100_000);
        letter.message_id = Some(letter.place.clone());
        letter.record_key = Some(letter.place.clone());
        letter.correlation_id = letter.place.clone();
        letter.attempts = vec![
            Attempt {
                at: letter.at,
                error: letter.detail.clone()
            };
            99
        ];
        assert_eq!(feed.dead_letter(&letter).await, Ok(Buried::Created));
    }
}
