//! Messages and what is made of them.

use fixtures::Fixtures;
use ingest::{Message, Normalized, Rejection};
use record::{EpochMillis, Source};
use serde_json::{Value, json};
use transport::normalize::normalize;

pub(crate) const FIXTURES: Fixtures = Fixtures::of(env!("CARGO_MANIFEST_DIR"));

/// The bytes of a fixture.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    FIXTURES.bytes(name)
}

/// A message that holds `raw`, as it would come in.
pub(crate) fn message(raw: &[u8]) -> Message<'_> {
    Message {
        source: Source::Transport,
        message_id: "msg_1".into(),
        correlation_id: "0af7651916cd43dd8448eb211c80319c".into(),
        traceparent: None,
        received_at: EpochMillis(1_794_252_733_000),
        raw,
        arrival: Vec::new(),
    }
}

/// What is made of a message, as pretty JSON.
pub(crate) fn outcome(raw: &[u8]) -> Value {
    let message = message(raw);
    let normalized = normalize(&message);
    json!({ "documents": documents(&normalized), "rejections": rejections(&normalized) })
}

pub(crate) fn documents(normalized: &Normalized<'_>) -> Vec<Value> {
    let parse =
        |record: &record::Record<'_>| serde_json::from_str(record.to_document().json()).unwrap();
    normalized.records.iter().map(parse).collect()
}

fn rejections(normalized: &Normalized<'_>) -> Vec<Value> {
    let show = |rejection: &Rejection<'_>| {
        json!({
            "reason": rejection.reason.code(),
            "place": rejection.place,
            "detail": rejection.detail,
            "record_key": rejection.record_key,
            "raw": String::from_utf8_lossy(&rejection.raw),
        })
    };
    normalized.rejections.iter().map(show).collect()
}
