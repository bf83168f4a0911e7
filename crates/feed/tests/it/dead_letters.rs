//! Dead letters: once, for good, without secrets.

use emulator_process::Emulator;
use feed::{Attempt, Buried, DeadLetter, Evidence, PART_BYTES_MAX, Place, RawBytes, Reason, Stage};
use record::{EpochMillis, Source};
use serde_json::json;

pub(crate) fn letter<'a>(raw: &'a [u8], arrival: &'a [(String, String)]) -> DeadLetter<'a> {
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
        evidence: Evidence::default(),
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
async fn other_bytes_reasons_apps_and_things_are_other_letters() {
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
    // Two shipments may have the same bad status, byte for byte.
    let other_thing = DeadLetter {
        record_key: Some("TSTL|L-2".to_owned()),
        ..letter(b"1", &[])
    };
    let letters = [
        letter(b"1", &[]),
        other_bytes,
        other_reason,
        other_app,
        other_thing,
    ];
    for letter in &letters {
        assert_eq!(feed.dead_letter(letter).await, Ok(Buried::Created));
    }
    let kept = feed.dead_letters().collect().await.unwrap();
    assert_eq!(kept.len(), letters.len());
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
    let larger = PART_BYTES_MAX * 2 + 1;
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
                error: letter.detail.clone(),
                ..Attempt::default()
            };
            99
        ];
        letter.evidence.value = Some(letter.place.clone().into());
        letter.evidence.field_path = Some(letter.place.clone());
        letter.evidence.rule = Some(letter.place.clone());
        letter.evidence.schema_version = letter.place.clone().into();
        letter.evidence.message = Some(&raw[..raw.len() / 2]);
        letter.evidence.store_row = Some(json!({"note": "x".repeat(3_000_000)}));
        assert_eq!(feed.dead_letter(&letter).await, Ok(Buried::Created));
        let kept = feed.letters().get("orders", &letter.id()).await.unwrap();
        let kept = kept.unwrap().value;
        assert_eq!(feed.letters().bytes(&kept.raw).await.unwrap(), raw);
        assert_eq!(kept.store_row, None, "too large a row is left out");
        assert!(serde_json::to_string(&kept).unwrap().len() < 200_000);
    }
}

#[tokio::test]
async fn a_message_is_kept_once_for_all_of_its_letters() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    let message = "0123456789".repeat(5_000);
    let mut places = Vec::new();
    for unit in ["1", "2", "3"] {
        let mut letter = letter(unit.as_bytes(), &[]);
        letter.evidence.message = Some(message.as_bytes());
        assert_eq!(feed.dead_letter(&letter).await, Ok(Buried::Created));
        let kept = feed.letters().get("orders", &letter.id()).await.unwrap();
        places.push(kept.unwrap().value.message.unwrap());
    }
    assert!(matches!(places[0].at, Place::Parts { parts: 1, .. }));
    assert!(places.iter().all(|place| *place == places[0]));
    let read = feed.letters().bytes(&places[2]).await.unwrap();
    assert_eq!(read, message.as_bytes());
}

#[tokio::test]
async fn a_unit_that_fails_again_is_an_attempt_more() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    let mut failing = letter(b"1", &[]);
    feed.dead_letter(&failing).await.unwrap();
    for minute in 1..=20 {
        failing.at = EpochMillis(1_793_610_922_417 + minute * 60_000);
        failing.app_version = "0.2.0";
        feed.dead_letter(&failing).await.unwrap();
        failing.at = EpochMillis(failing.at.0 + 1_000);
        feed.dead_letter(&failing).await.unwrap();
    }
    let kept = feed.letters().get("orders", &failing.id()).await.unwrap();
    let kept = kept.unwrap().value;
    assert_eq!(kept.at, EpochMillis(1_793_610_922_417));
    assert_eq!(
        kept.last_failed_at,
        EpochMillis(1_793_610_922_417 + 20 * 60_000)
    );
    assert_eq!((kept.failures, kept.attempts.len()), (21, 16));
    assert_eq!(kept.attempts[15].app_version, "0.2.0");
    assert_eq!(kept.app_version, "0.1.0", "the version that it began with");
}

#[tokio::test]
async fn a_letter_keeps_everything() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    let arrival = [
        ("webhook-id".to_owned(), "msg_1".to_owned()),
        ("webhook-signature".to_owned(), "v1,abc".to_owned()),
    ];
    let mut letter = letter(b"{\"a\":1}", &arrival);
    letter.app = "transport";
    letter.reason = Reason::InvalidUnit;
    letter.place = "$.actions[2]".to_owned();
    letter.detail = "missing field `start`".to_owned();
    letter.attempts = vec![Attempt {
        at: EpochMillis(3),
        error: "timeout".to_owned(),
        ..Attempt::default()
    }];
    letter.evidence = Evidence {
        rule: Some("needs_start".to_owned()),
        value: Some("{}".into()),
        schema_version: "5.3".into(),
        message: Some(b"{\"actions\":[1,2,{\"a\":1}]}"),
        normalized: Some(b"{\"b\":2}".as_slice().into()),
        document_id: Some("d41d8cd98f00b204e9800998ecf8427e".into()),
        store_row: Some(json!({"version": "1"})),
        ..Evidence::default()
    };
    feed.dead_letter(&letter).await.unwrap();
    let kept = feed.letters().get("transport", &letter.id()).await.unwrap();
    let kept = serde_json::to_value(kept.unwrap().value).unwrap();
    let golden = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/letter.json");
    let stored: serde_json::Map<String, serde_json::Value> = kept
        .as_object()
        .unwrap()
        .clone()
        .into_iter()
        .filter(|(name, _)| !name.starts_with('_'))
        .collect();
    let stored = serde_json::to_string_pretty(&stored).unwrap() + "\n";
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(golden.parent().unwrap()).unwrap();
        std::fs::write(&golden, &stored).unwrap();
    }
    assert_eq!(stored, std::fs::read_to_string(&golden).unwrap());
}
