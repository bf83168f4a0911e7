//! What arrives, and what `normalize` makes of it.

use std::{borrow::Cow, sync::Arc};

use feed::Reason;
use record::{EpochMillis, Record, Source};

/// One message of an upstream: a webhook, a page, a file.
#[derive(Debug, Clone)]
pub struct Message<'a> {
    /// The system that it comes from.
    pub source: Source,
    /// The source's own id of it: a webhook id, a page's URL, a file.
    pub message_id: Cow<'a, str>,
    /// The id that follows it from end to end: 32 lower-case hex digits.
    pub correlation_id: Cow<'a, str>,
    /// W3C trace context of the span that takes it in.
    pub traceparent: Option<Cow<'a, str>>,
    /// When it arrived.
    pub received_at: EpochMillis,
    /// Its bytes as they came.
    pub raw: &'a [u8],
    /// How it arrived: headers or trigger metadata. The dead letter leaves out those that hold a secret.
    pub arrival: Vec<(String, String)>,
}

/// A unit of a message that cannot become a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection<'a> {
    /// Why.
    pub reason: Reason,
    /// Where in the message: a JSON pointer, a row, a byte range.
    pub place: String,
    /// What exactly, for a person.
    pub detail: String,
    /// The unit's bytes, borrowed from the message where possible.
    pub raw: Cow<'a, [u8]>,
    /// The record's key, if that much could be read.
    pub record_key: Option<String>,
    /// The smallest message that brings this unit in again by the same front door, and nothing that the unit does not
    /// need: a page with this one order on it, a header line and the row, the whole trip of a stop. The unit's bytes stand
    /// in it as they are, because a correction of the unit is put in their place.
    ///
    /// None where the unit is a message by itself. It is kept with the letter beside the unit, so it is worth making small:
    /// of a page of 5 MB the letter of one reading keeps one reading.
    pub message: Option<Arc<[u8]>>,
}

impl Rejection<'_> {
    /// The same, of a unit that comes in again as this message.
    #[must_use]
    pub fn within(self, message: impl Into<Arc<[u8]>>) -> Self {
        Self {
            message: Some(message.into()),
            ..self
        }
    }
}

/// What `normalize` makes of a message: records, and what it cannot take.
#[derive(Debug, Clone, Default)]
pub struct Normalized<'a> {
    /// The records, in the order of the message.
    pub records: Vec<Record<'a>>,
    /// The units that cannot become records.
    pub rejections: Vec<Rejection<'a>>,
}

impl<'a> Normalized<'a> {
    /// Of a message that cannot be read at all: one rejection with the whole of it.
    #[must_use]
    pub fn unreadable(raw: &'a [u8], detail: impl Into<String>) -> Self {
        let rejection = Rejection {
            reason: Reason::MalformedMessage,
            place: String::new(),
            detail: detail.into(),
            raw: Cow::Borrowed(raw),
            record_key: None,
            message: None,
        };
        Self {
            records: Vec::new(),
            rejections: vec![rejection],
        }
    }

    /// Says that a part of this message makes no sense without the rest of it: it comes in again as the whole. Its
    /// neighbours come in with it, and are there already. Stored once for all letters of the message.
    pub fn in_whole(&mut self, message: &[u8]) {
        let is_part = |unit: &&mut Rejection<'_>| unit.raw.len() != message.len();
        let mut whole: Option<Arc<[u8]>> = None;
        for part in self.rejections.iter_mut().filter(is_part) {
            let whole = whole.get_or_insert_with(|| message.into());
            part.message = Some(Arc::clone(whole));
        }
    }
}
