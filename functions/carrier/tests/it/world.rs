//! Files and what is made of them.

use carrier::{
    config::Partners,
    normalize::{Units, Window, unframed},
};
use fixtures::Fixtures;
use ingest::{Message, Normalized, Rejection};
use record::{EpochMillis, Source};
use serde_json::{Value, json};
use x12::{FramingError, FramingFault, Limits, Splitter};

pub(crate) const FIXTURES: Fixtures = Fixtures::of(env!("CARGO_MANIFEST_DIR"));

/// The bytes of a fixture.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    FIXTURES.bytes(name)
}

/// The story's carrier sits in the east.
pub(crate) const PARTNERS: &str = r#"[{"sender":"TSTL","scac":"TSTL","zone":"America/New_York"}]"#;

pub(crate) fn partners() -> Partners {
    Partners::parse(PARTNERS).unwrap()
}

/// A file as a message.
pub(crate) fn message(raw: &[u8]) -> Message<'_> {
    Message {
        source: Source::Carrier,
        message_id: "carrier/in/a.edi@0x1".into(),
        correlation_id: "0af7651916cd43dd8448eb211c80319c".into(),
        traceparent: None,
        received_at: EpochMillis(1_794_252_733_000 + 86_400_000),
        raw,
        arrival: Vec::new(),
    }
}

/// What is made of a file. Owned, to be compared.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Whole {
    /// The documents as text, in order.
    pub(crate) documents: Vec<String>,
    pub(crate) rejections: Vec<Value>,
    /// Name and bytes.
    pub(crate) answers: Vec<(String, String)>,
}

impl Whole {
    /// Documents and rejections, parsed.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "documents": self.parsed(),
            "rejections": self.rejections,
            "answers": self.answers.iter().map(|(name, text)| {
                json!({ "name": name, "lines": text.lines().collect::<Vec<_>>() })
            }).collect::<Vec<_>>(),
        })
    }

    pub(crate) fn parsed(&self) -> Vec<Value> {
        let documents = self.documents.iter();
        documents
            .map(|text| serde_json::from_str(text).unwrap())
            .collect()
    }

    /// The keys of all records but those of our own answers.
    pub(crate) fn keys(&self) -> Vec<String> {
        let key = |document: Value| {
            let [entity, key] =
                ["entity", "key"].map(|name| document[name].as_str().unwrap().to_owned());
            format!("{entity}:{key}")
        };
        let keys = self.parsed().into_iter().map(key);
        keys.filter(|key| !key.starts_with("edi_ack:sent"))
            .collect()
    }

    fn add(&mut self, normalized: &Normalized<'_>) {
        let documents = normalized.records.iter();
        self.documents
            .extend(documents.map(|record| record.to_document().json().to_owned()));
        self.rejections
            .extend(normalized.rejections.iter().map(rejection));
    }
}

pub(crate) fn rejection(rejection: &Rejection<'_>) -> Value {
    json!({
        "reason": rejection.reason.code(),
        "place": rejection.place,
        "detail": rejection.detail,
        "record_key": rejection.record_key,
        "raw": String::from_utf8_lossy(&rejection.raw),
    })
}

/// The whole file, read at once and in units of one set.
pub(crate) fn whole(raw: &[u8]) -> Whole {
    in_reads(raw, &partners(), std::iter::repeat(usize::MAX), 1)
}

/// The file as the app reads it: in reads of these lengths, `most` units at a time.
pub(crate) fn in_reads(
    raw: &[u8],
    partners: &Partners,
    mut lengths: impl Iterator<Item = usize>,
    most: usize,
) -> Whole {
    let message = message(&[]);
    let mut whole = Whole::default();
    let mut splitter = Splitter::new(Limits::default());
    let mut rest = raw;
    let mut ended = false;
    loop {
        match splitter.next_piece().unwrap() {
            Some(piece) => {
                let window = Window {
                    bytes: piece.bytes(),
                    offset: piece.offset(),
                };
                for interchange in piece.interchanges() {
                    match interchange {
                        Ok(interchange) => {
                            let mut units = Units::new(&message, &interchange, window, partners, 0);
                            while let Some(normalized) = units.next_units(most) {
                                whole.add(&normalized);
                            }
                            for answer in units.into_outgoing() {
                                let text = String::from_utf8(answer.bytes).unwrap();
                                whole.answers.push((answer.name, text));
                                let document = answer.record.to_document();
                                whole.documents.push(document.json().to_owned());
                            }
                        }
                        Err(error) => whole.rejections.push(not_framed(&error, window, raw)),
                    }
                }
            }
            None if ended => return whole,
            None if rest.is_empty() => {
                splitter.end();
                ended = true;
            }
            None => {
                let length = lengths.next().unwrap().min(rest.len());
                splitter.push(&rest[..length]);
                rest = &rest[length..];
            }
        }
    }
}

/// As the app notes it: of a file that is no X12 more is kept than the grammar looked at.
fn not_framed(error: &FramingError, window: Window<'_>, raw: &[u8]) -> Value {
    let mut made = unframed(error, window);
    if matches!(error.fault, FramingFault::NotX12(_)) {
        let start = error.lost.start;
        made.place = format!("bytes {start}..{}", raw.len());
        made.raw = raw[usize::try_from(start).unwrap()..].into();
    }
    rejection(&made)
}
