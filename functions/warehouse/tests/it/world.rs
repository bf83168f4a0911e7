//! Files and what is made of them, without storage.

use csvw::{Ending, FileError, Reader, Step};
use drops::{DroppedFile, Notice};
use fixtures::Fixtures;
use ingest::{Message, Normalized, Rejection};
use record::{EpochMillis, Source};
use serde_json::{Value, json};
use warehouse::{
    config::{Sites, Units},
    normalize::{Batch, Origin, Repeats, movements, unreadable},
    wire::{Contracts, DropName},
};

pub(crate) const FIXTURES: Fixtures = Fixtures::of(env!("CARGO_MANIFEST_DIR"));

/// The bytes of a fixture.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    FIXTURES.bytes(name)
}

/// Rows of a batch here.
const BATCH_ROWS: u64 = 2_500;

pub(crate) fn sites() -> Sites {
    "DC3=America/New_York,DC1=America/Chicago".parse().unwrap()
}

/// The message that storage sends for a version of a file.
pub(crate) fn event(service: &str, name: &str, etag: &str, length: usize, at: &str) -> String {
    let url = format!("{service}/warehouse/{}", name.replace(' ', "%20"));
    json!({
        "id": format!("event-{name}-{etag}"),
        "eventType": "Microsoft.Storage.BlobCreated",
        "eventTime": at,
        "subject": format!("/blobServices/default/containers/warehouse/blobs/{name}"),
        "data": {"api": "PutBlob", "eTag": etag, "contentLength": length, "url": url},
    })
    .to_string()
}

pub(crate) fn dropped(name: &str, length: usize) -> DroppedFile {
    let event = event(
        "https://a.blob.core.windows.net",
        name,
        "0x1",
        length,
        "2026-11-09T20:31:02Z",
    );
    match DroppedFile::from_message(&event).unwrap() {
        Notice::Uploaded(file) => file,
        other => panic!("{other:?}"),
    }
}

/// What is made of a file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Made {
    /// The documents as they lie in the feed.
    pub(crate) documents: Vec<Value>,
    /// What could not be taken.
    pub(crate) rejections: Vec<Value>,
    /// How it ended; none for a file that cannot be read.
    pub(crate) ending: Option<Ending>,
    /// Ends of the rows that were read, as offsets.
    pub(crate) row_ends: Vec<u64>,
}

/// Reads a movement file in reads of these lengths, in turn.
pub(crate) fn made(name: &str, bytes: &[u8], reads: &[usize]) -> Made {
    let (contracts, sites, units) = (
        Contracts::embedded(None).unwrap(),
        sites(),
        Units::embedded().unwrap(),
    );
    let file = dropped(name, bytes.len());
    let parsed = DropName::parse(file.file_name()).unwrap();
    let message = Message {
        source: Source::Warehouse,
        message_id: file.key().into(),
        correlation_id: "0af7651916cd43dd8448eb211c80319c".into(),
        traceparent: None,
        received_at: EpochMillis(1_794_256_262_000),
        raw: &[],
        arrival: Vec::new(),
    };
    let origin = Origin {
        message: &message,
        file: &file,
        name: &parsed,
        site: sites.get(&parsed.site).unwrap(),
        units: &units,
    };
    let contract = contracts.of(parsed.kind);
    let (schema, options) = contract.reader();
    let mut reader = Reader::new(schema, options);
    let (mut rest, mut lengths) = (bytes, reads.iter().cycle());
    let mut repeats = Repeats::default();
    let mut batches = vec![Batch::default()];
    let mut row_ends = Vec::new();
    let end = loop {
        match reader.step() {
            Ok(Step::NeedInput) if rest.is_empty() => reader.finish(),
            Ok(Step::NeedInput) => {
                let length = (*lengths.next().unwrap()).clamp(1, rest.len());
                reader.feed(&rest[..length]);
                rest = &rest[length..];
            }
            Ok(Step::End(ending)) => break Ok(ending),
            Err(error) => break Err(error),
            Ok(row) => {
                let last = batches.last_mut().unwrap();
                let into = if last.rows() > 0 && last.last_row.is_multiple_of(BATCH_ROWS) {
                    batches.push(Batch::default());
                    batches.last_mut().unwrap()
                } else {
                    last
                };
                assert!(into.add(&row, contract, origin.site));
                row_ends.push(into.end);
            }
        }
    };
    if let Ok(Ending::Unterminated { .. }) = end {
        batches.last_mut().unwrap().last_is_cut();
    }
    let (mut documents, mut rejections) = (Vec::new(), Vec::new());
    for batch in &batches {
        let normalized = movements(batch, &origin, &mut repeats);
        documents.extend(self::documents(&normalized));
        rejections.extend(normalized.rejections.iter().map(shown));
    }
    if let Err(error) = &end {
        rejections.push(shown(&unreadable(
            &origin,
            error,
            &bytes[..bytes.len().min(64)],
        )));
    }
    Made {
        documents,
        rejections,
        ending: end.ok(),
        row_ends,
    }
}

/// Why a file cannot be read at all, if so.
pub(crate) fn file_error(schema: &std::sync::Arc<csvw::Schema>, bytes: &[u8]) -> Option<FileError> {
    let mut reader = Reader::new(std::sync::Arc::clone(schema), csvw::Options::default());
    reader.feed(bytes);
    reader.finish();
    loop {
        match reader.step() {
            Ok(Step::End(_)) => return None,
            Err(error) => return Some(error),
            Ok(_) => {}
        }
    }
}

fn documents(normalized: &Normalized<'_>) -> Vec<Value> {
    let parse =
        |record: &record::Record<'_>| serde_json::from_str(record.to_document().json()).unwrap();
    normalized.records.iter().map(parse).collect()
}

fn shown(rejection: &Rejection<'_>) -> Value {
    json!({
        "reason": rejection.reason.code(),
        "place": rejection.place,
        "detail": rejection.detail,
        "raw": String::from_utf8_lossy(&rejection.raw),
    })
}
