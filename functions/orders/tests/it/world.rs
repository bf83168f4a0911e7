//! Pages, and what is made of them.

use fixtures::Fixtures;
use ingest::{Message, Normalized};
use orders::normalize::{Origin, normalize};
use record::{EpochMillis, Source};
use serde_json::{Value, json};

pub(crate) const FIXTURES: Fixtures = Fixtures::of(env!("CARGO_MANIFEST_DIR"));

/// The bytes of a fixture.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    FIXTURES.bytes(name)
}

/// A page that holds `raw`, as it would come in.
pub(crate) fn message(raw: &[u8]) -> Message<'_> {
    Message {
        source: Source::Orders,
        message_id: "salesOrders?from=2026-11-02T09:05:22.417Z#1".into(),
        correlation_id: "0af7651916cd43dd8448eb211c80319c".into(),
        traceparent: None,
        received_at: EpochMillis(1_794_252_733_000),
        raw,
        arrival: Vec::new(),
    }
}

/// Calls `look` with what is made of a page.
pub(crate) fn with_normalized<T>(raw: &[u8], look: impl FnOnce(Normalized<'_>) -> T) -> T {
    let message = message(raw);
    look(normalize(&Origin {
        message: &message,
        company: "CRONUS",
    }))
}

/// What is made of a page, as JSON.
pub(crate) fn outcome(raw: &[u8]) -> Value {
    with_normalized(raw, |normalized| {
        let document = |record: &record::Record<'_>| -> Value {
            serde_json::from_str(record.to_document().json()).unwrap()
        };
        let rejection = |rejection: &ingest::Rejection<'_>| {
            json!({
                "reason": rejection.reason.code(),
                "place": rejection.place,
                "detail": rejection.detail,
                "record_key": rejection.record_key,
                "raw": String::from_utf8_lossy(&rejection.raw),
            })
        };
        json!({
            "documents": normalized.records.iter().map(document).collect::<Vec<_>>(),
            "rejections": normalized.rejections.iter().map(rejection).collect::<Vec<_>>(),
        })
    })
}
