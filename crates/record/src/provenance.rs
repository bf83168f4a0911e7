//! Where a record came from.

use serde::{Deserialize, Serialize};

use crate::{EpochMillis, Text};

/// Where the bytes are that a record was read from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RawReference<'a> {
    /// The message: a URL, a blob path or a webhook id.
    #[serde(borrow)]
    pub location: Text<'a>,
    /// The place within it: a JSON pointer (RFC 6901), a byte range or a row.
    #[serde(borrow)]
    pub place: Text<'a>,
}

/// Where a record came from and how to follow it. No part of its content: the same fact delivered twice is the same.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Provenance<'a> {
    /// The source's own id of the message: a webhook id, a page, a file.
    #[serde(borrow)]
    pub message_id: Text<'a>,
    /// One id from the upstream message to the report row: 32 lower-case hex digits.
    #[serde(borrow)]
    pub correlation_id: Text<'a>,
    /// W3C trace context of the span that published the record.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<Text<'a>>,
    /// Where the raw bytes are.
    #[serde(borrow)]
    pub raw: RawReference<'a>,
    /// When the thing happened, if the record is about an event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_time: Option<EpochMillis>,
    /// When the source says that the record changed. Freshness is measured from here.
    pub source_modified_at: EpochMillis,
    /// When we received the message.
    pub received_at: EpochMillis,
}

impl<'a> Provenance<'a> {
    /// Provenance without trace context and raw reference.
    #[must_use]
    pub fn new(
        message_id: impl Into<Text<'a>>,
        correlation_id: impl Into<Text<'a>>,
        source_modified_at: EpochMillis,
        received_at: EpochMillis,
    ) -> Self {
        Self {
            message_id: message_id.into(),
            correlation_id: correlation_id.into(),
            source_modified_at,
            received_at,
            ..Self::default()
        }
    }
}
