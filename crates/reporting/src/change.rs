//! What goes in and what comes out.

use std::borrow::Cow;

use record::Record;

/// A record on its way into the store, with the feed document that it lies in.
#[derive(Debug, Clone)]
pub struct Change<'a> {
    record: Record<'a>,
    document_id: Cow<'a, str>,
    content_hash: String,
}

impl<'a> Change<'a> {
    /// A change from a record and the id of its document.
    #[must_use]
    pub fn new(record: Record<'a>, document_id: impl Into<Cow<'a, str>>) -> Self {
        let content_hash = record.content_hash().to_string();
        Self {
            record,
            document_id: document_id.into(),
            content_hash,
        }
    }

    /// The record.
    #[must_use]
    pub const fn record(&self) -> &Record<'a> {
        &self.record
    }

    /// Id of the feed document.
    #[must_use]
    pub fn document_id(&self) -> &str {
        &self.document_id
    }

    /// The record's content hash, computed once.
    #[must_use]
    pub fn content_hash(&self) -> &str {
        &self.content_hash
    }
}

/// What became of one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It is in its row now; for a stop or container: at least one of its column groups is.
    Applied,
    /// Its row held exactly this version and content already.
    Duplicate,
    /// Its row holds something newer.
    Superseded,
}
