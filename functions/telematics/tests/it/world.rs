//! Pages, and what is made of them.

use std::collections::BTreeSet;

use fixtures::Fixtures;
use ingest::{Message, Normalized};
use record::{EpochMillis, Source};
use serde_json::{Value, json};
use telematics::{
    config::Stream,
    normalize::{Kept, Origin, normalize, page},
};

pub(crate) const FIXTURES: Fixtures = Fixtures::of(env!("CARGO_MANIFEST_DIR"));

/// The bytes of a fixture.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    FIXTURES.bytes(name)
}

/// A page that holds `raw`, as it would come in at 2026-11-09T20:00:00Z.
pub(crate) fn message(raw: &[u8], stream: Stream) -> Message<'_> {
    Message {
        source: Source::Telematics,
        message_id: format!("{stream}@c-1").into(),
        correlation_id: "0af7651916cd43dd8448eb211c80319c".into(),
        traceparent: None,
        received_at: EpochMillis(1_794_254_400_000),
        raw,
        arrival: Vec::new(),
    }
}

/// Calls `look` with what is made of a first page.
pub(crate) fn with_normalized<T>(
    raw: &[u8],
    stream: Stream,
    look: impl FnOnce(Normalized<'_>) -> T,
) -> T {
    let (message, kept) = (message(raw, stream), Kept::default());
    look(normalize(&Origin {
        message: &message,
        stream,
        kept: &kept,
    }))
}

/// The ids of all documents that the pages give, one after the other as one stream.
pub(crate) fn ids<'a>(
    pages: impl IntoIterator<Item = &'a Vec<u8>>,
    stream: Stream,
) -> BTreeSet<String> {
    let (mut ids, mut kept) = (BTreeSet::new(), Kept::default());
    for raw in pages {
        kept = take(raw, stream, &kept, &mut ids);
    }
    ids
}

/// Adds the ids of a page's documents; gives what was kept up to there.
pub(crate) fn take(raw: &[u8], stream: Stream, kept: &Kept, ids: &mut BTreeSet<String>) -> Kept {
    let message = message(raw, stream);
    let page = page(&Origin {
        message: &message,
        stream,
        kept,
    })
    .unwrap();
    ids.extend(
        page.normalized
            .records
            .iter()
            .map(|record| record.to_document().id().to_string()),
    );
    page.kept
}

/// What is made of a page, as JSON.
pub(crate) fn outcome(raw: &[u8], stream: Stream) -> Value {
    with_normalized(raw, stream, |normalized| {
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
