//! A message is taken in as a whole or not at all.

use std::{
    borrow::Cow,
    io,
    sync::{Arc, Mutex, OnceLock},
};

use emulator_process::Emulator;
use feed::{Filter, Reason};
use ingest::{Contract, Ingest, Message, Normalized, Rejection, Taken};
use record::{EpochMillis, Order, Provenance, Record, Source, SourceVersion, Text};
use retry::{Class, Classify as _};
use serde_json::{Value, json};
use tracing_subscriber::fmt::MakeWriter;

const CORRELATION_ID: &str = "0af7651916cd43dd8448eb211c80319c";
const AT: EpochMillis = EpochMillis(1_793_610_922_417);

fn message<'a>(message_id: &'a str, raw: &'a [u8]) -> Message<'a> {
    Message {
        source: Source::Orders,
        message_id: Cow::Borrowed(message_id),
        correlation_id: Cow::Borrowed(CORRELATION_ID),
        traceparent: None,
        received_at: AT,
        raw,
        arrival: vec![("authorization".to_owned(), "Bearer s3cret".to_owned())],
    }
}

fn order(number: u64, note: &str) -> Record<'_> {
    let body = Order {
        company: Text::from("CRONUS"),
        order_no: Text::from(format!("SO-{number}")),
        customer_name: Some(Text::from(note)),
        ..Order::default()
    };
    let mut provenance = Provenance::new("page-1", CORRELATION_ID, AT, AT);
    provenance.raw.place = Text::from(format!("/value/{number}"));
    Record::order(Source::Orders, body, SourceVersion::new(1, 0), provenance).unwrap()
}

fn rejection(raw: &[u8]) -> Rejection<'_> {
    Rejection {
        reason: Reason::InvalidUnit,
        place: "/value/9".to_owned(),
        detail: "field `number` is empty".to_owned(),
        raw: Cow::Borrowed(raw),
        record_key: None,
        message: None,
    }
}

fn nine_and_a_bad_one(raw: &[u8]) -> Normalized<'_> {
    Normalized {
        records: (0..9)
            .map(|number| order(number, "Trey Research"))
            .collect(),
        rejections: vec![rejection(raw)],
    }
}

/// Listens before anything is said: whether a callsite is of interest is decided once per process.
async fn ingest(emulator: &Emulator) -> Ingest {
    Lines::capture();
    Ingest::new(emulator.feed().await, "orders", "0.1.0")
}

/// Received, created, duplicate, dead-lettered.
fn counts(taken: Taken) -> [usize; 4] {
    [
        taken.received,
        taken.created,
        taken.duplicate,
        taken.dead_lettered,
    ]
}

/// The log lines of all tests of this process. One subscriber for all threads, since `tracing` remembers per call site
/// whether anyone listens.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Lines {
    fn capture() -> &'static Self {
        static LINES: OnceLock<Lines> = OnceLock::new();
        LINES.get_or_init(|| {
            let lines = Self::default();
            let subscriber = tracing_subscriber::fmt()
                .json()
                .flatten_event(true)
                .with_max_level(tracing::Level::INFO)
                .with_writer(lines.clone())
                .finish();
            tracing::subscriber::set_global_default(subscriber).unwrap();
            lines
        })
    }

    fn of(&self, event: &str, message_id: &str) -> Vec<Value> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let lines = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines
            .filter(|line| line["event"] == event && line["message_id"] == message_id)
            .collect()
    }
}

#[tokio::test]
async fn every_unit_ends_in_the_feed_or_among_the_dead_letters() {
    let emulator = Emulator::start();
    let ingest = ingest(&emulator).await;
    let lines = Lines::capture();
    let first = ingest
        .take(&message("whole", b"raw"), nine_and_a_bad_one(b"{}"))
        .await
        .unwrap();
    assert_eq!(counts(first), [10, 9, 0, 1]);
    let again = ingest
        .take(&message("whole", b"raw"), nine_and_a_bad_one(b"{}"))
        .await
        .unwrap();
    assert_eq!(counts(again), [10, 0, 9, 1]);

    assert_eq!(ingest.feed().documents().collect().await.unwrap().len(), 9);
    let letters = ingest.feed().dead_letters().collect().await.unwrap();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].correlation_id, CORRELATION_ID);

    let ingested = lines.of("ingested", "whole");
    assert_eq!(ingested.len(), 2);
    for (field, value) in [
        ("level", json!("INFO")),
        ("source", json!("orders")),
        ("message_id", json!("whole")),
        ("correlation_id", json!(CORRELATION_ID)),
        ("received", json!(10)),
        ("created", json!(9)),
        ("duplicate", json!(0)),
        ("dead_lettered", json!(1)),
    ] {
        assert_eq!(ingested[0][field], value, "{field}");
    }
    let buried = &lines.of("dead_lettered", "whole")[0];
    for (field, value) in [
        ("level", json!("WARN")),
        ("reason", json!("E102")),
        ("place", json!("/value/9")),
        ("correlation_id", json!(CORRELATION_ID)),
    ] {
        assert_eq!(buried[field], value, "{field}");
    }
}

#[tokio::test]
async fn a_message_that_cannot_be_read_is_one_dead_letter() {
    let emulator = Emulator::start();
    let ingest = ingest(&emulator).await;
    let raw = b"{\"value\":[";
    let normalized = Normalized::unreadable(raw, "EOF at line 1 column 10");
    let taken = ingest
        .take(&message("unreadable", raw), normalized)
        .await
        .unwrap();
    assert_eq!(counts(taken), [1, 0, 0, 1]);
    let letters = ingest.feed().dead_letters().collect().await.unwrap();
    assert_eq!(letters[0].reason, Reason::MalformedMessage);
}

#[tokio::test]
async fn a_record_that_the_feed_refuses_takes_no_other_along() {
    let emulator = Emulator::start();
    let ingest = ingest(&emulator).await;
    let note = "x".repeat(2_200_000);
    let mut normalized = nine_and_a_bad_one(b"{}");
    normalized.records.insert(4, order(77, &note));
    let taken = ingest
        .take(&message("too-large", b"raw"), normalized)
        .await
        .unwrap();
    assert_eq!(counts(taken), [11, 9, 0, 2]);
    let letters = ingest.feed().dead_letters().collect().await.unwrap();
    let refused = letters
        .iter()
        .find(|letter| letter.reason == Reason::FeedRefusedRecord)
        .unwrap();
    assert_eq!(refused.place, "/value/77");
    assert!(refused.record_key.as_deref().unwrap().contains("SO-77"));
    let letters = ingest.feed().letters();
    let letter = letters
        .get("orders", &refused.id)
        .await
        .unwrap()
        .unwrap()
        .value;
    let document = letters.bytes(&letter.normalized.unwrap()).await.unwrap();
    assert!(
        document.len() > 2_200_000,
        "the document that was refused, in several parts"
    );
    assert_eq!(letter.message, None, "the record comes in by itself");

    // The same unit in another message: its records bear other marks of how they came, and say the same.
    let again = Normalized {
        records: vec![order(77, &note).with_raw_location("another-page".to_owned())],
        rejections: Vec::new(),
    };
    let taken = ingest.take(&message("again", b"raw"), again).await;
    assert_eq!(counts(taken.unwrap()), [1, 0, 0, 1]);
    let letters = ingest.feed().dead_letters().collect().await.unwrap();
    assert_eq!(letters.len(), 2, "one letter more often, not one more");
}

#[tokio::test]
async fn a_letter_keeps_the_offending_value_and_the_message_that_the_unit_comes_in_as() {
    let emulator = Emulator::start();
    let ingest = ingest(&emulator).await.under(Contract {
        schema_version: |_| "2.0",
        ..Contract::default()
    });
    let ingest = ingest.unwrap();
    let raw = br#"{"value":[{"number":17},{"number":"SO-2"}]}"#;
    let again = br#"{"value":[{"number":17}]}"#;
    let normalized = Normalized {
        records: Vec::new(),
        rejections: vec![Rejection {
            place: "$.value[0].number".to_owned(),
            detail: "invalid type: integer `17`, expected a string".to_owned(),
            ..rejection(&raw[10..23]).within(&again[..])
        }],
    };
    ingest
        .take(&message("valued", raw), normalized)
        .await
        .unwrap();
    let letters = ingest.feed().letters();
    let listed = letters
        .list(&Filter::of_app("orders"), 10, None)
        .await
        .unwrap();
    let [listed] = &listed.letters[..] else {
        panic!("{listed:?}");
    };
    assert_eq!(listed.value.as_deref(), Some("17"));
    assert_eq!(listed.field_path, "$.value[].number");
    assert_eq!(listed.schema_version, "2.0");
    let letter = letters
        .get("orders", &listed.id)
        .await
        .unwrap()
        .unwrap()
        .value;
    assert_eq!(
        letters.bytes(&letter.raw).await.unwrap(),
        br#"{"number":17}"#
    );
    let message = letters.bytes(&letter.message.unwrap()).await.unwrap();
    assert_eq!(message, again, "and not the page");
}

#[tokio::test]
async fn an_empty_message_is_taken_in() {
    let emulator = Emulator::start();
    let ingest = ingest(&emulator).await;
    let taken = ingest
        .take(&message("empty", b"{}"), Normalized::default())
        .await
        .unwrap();
    assert_eq!(taken, Taken::default());
}

#[tokio::test]
async fn while_dead_letters_cannot_be_written_nothing_is_acknowledged() {
    let emulator = Emulator::start();
    let ingest = ingest(&emulator).await;
    let lines = Lines::capture();
    let storm = json!({
        "container": "dead-letters",
        "status": {"code": 503, "count": 1_000_000, "retry_after_ms": 0},
    });
    emulator.faults(storm).await;
    let refused = ingest
        .take(&message("no-letters", b"raw"), nine_and_a_bad_one(b"{}"))
        .await
        .unwrap_err();
    assert_eq!((refused.received, refused.undecided), (10, 1));
    assert!(matches!(refused.class(), Class::Transient { .. }));
    assert_eq!(lines.of("ingested", "no-letters"), Vec::<Value>::new());
    // The same message again, once it is over: what was written are duplicates.
    emulator.faults(json!({})).await;
    let taken = ingest
        .take(&message("no-letters", b"raw"), nine_and_a_bad_one(b"{}"))
        .await
        .unwrap();
    assert_eq!(counts(taken), [10, 0, 9, 1]);
}

#[tokio::test]
async fn while_the_feed_is_gone_nothing_is_acknowledged_and_nothing_is_a_dead_letter() {
    let emulator = Emulator::start();
    let ingest = ingest(&emulator).await;
    let storm = json!({
        "container": "records",
        "status": {"code": 503, "count": 1_000_000, "retry_after_ms": 0},
    });
    emulator.faults(storm).await;
    let mut normalized = nine_and_a_bad_one(b"{}");
    normalized.rejections.clear();
    let refused = ingest
        .take(&message("no-feed", b"raw"), normalized)
        .await
        .unwrap_err();
    assert_eq!((refused.received, refused.undecided), (9, 9));
    assert_eq!(ingest.feed().dead_letters().collect().await.unwrap(), []);
}

/// A web framework moves a handler's future between threads.
#[test]
fn taking_in_can_be_awaited_in_a_handler() {
    fn is_send<T: Send>(_: impl FnOnce(Ingest, Message<'static>, Normalized<'static>) -> T) {}
    is_send(|ingest, message, normalized| async move {
        ingest.take(&message, normalized).await.map(counts)
    });
}
