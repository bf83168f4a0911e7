//! Documents of the feed as changes for the store.

use std::borrow::Cow;

use record::{DocumentError, Record, Source};
use reporting::Change;
use serde::Deserialize;

/// A document as it came from the change feed.
pub type Document<'a> = &'a str;

/// What became of one document when it was read.
#[derive(Debug)]
pub enum Read<'a> {
    /// It is a record.
    Change(Box<Change<'a>>),
    /// It is not; it becomes a dead letter.
    Unreadable(Unreadable),
}

/// A document that is no record, with what could be read of it all the same.
#[derive(Debug)]
pub struct Unreadable {
    /// What is wrong.
    pub error: DocumentError,
    /// The id that it bears.
    pub id: Option<String>,
    /// The source that it names.
    pub source: Option<Source>,
    /// The key that it names.
    pub key: Option<String>,
    /// The correlation id that it names.
    pub correlation_id: Option<String>,
    /// The source message that it names.
    pub message_id: Option<String>,
}

/// The id that the database knows the document by.
#[derive(Deserialize)]
struct Identified<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Lenient<'a> {
    #[serde(borrow, default)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    provenance: Option<LenientProvenance<'a>>,
    #[serde(borrow, default)]
    key: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    source: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct LenientProvenance<'a> {
    #[serde(borrow, default)]
    correlation_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    message_id: Option<Cow<'a, str>>,
}

/// Reads one document.
#[must_use]
pub fn read(document: Document<'_>) -> Read<'_> {
    let record = Record::parse(document).and_then(|record| {
        let identified: Identified<'_> =
            serde_json::from_str(document).map_err(DocumentError::Form)?;
        Ok(Change::new(record, identified.id))
    });
    match record {
        Ok(change) => Read::Change(Box::new(change)),
        Err(error) => Read::Unreadable(unreadable(document, error)),
    }
}

fn unreadable(document: &str, error: DocumentError) -> Unreadable {
    let named: Option<Lenient<'_>> = serde_json::from_str(document).ok();
    let Some(named) = named else {
        return Unreadable {
            error,
            id: None,
            source: None,
            key: None,
            correlation_id: None,
            message_id: None,
        };
    };
    let provenance = named.provenance;
    let (correlation_id, message_id) = provenance.map_or((None, None), |provenance| {
        (provenance.correlation_id, provenance.message_id)
    });
    Unreadable {
        error,
        id: named.id.map(Cow::into_owned),
        source: named.source.and_then(|source| source.parse().ok()),
        key: named.key.map(Cow::into_owned),
        correlation_id: correlation_id.map(Cow::into_owned),
        message_id: message_id.map(Cow::into_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unreadable_document_still_tells_where_it_came_from() {
        let document = r#"{"id":"a","schema":99,"source":"orders","key":"C|1","provenance":{"correlation_id":"c","message_id":"m"}}"#;
        let Read::Unreadable(unreadable) = read(document) else {
            panic!("it has no body")
        };
        assert_eq!(unreadable.id.as_deref(), Some("a"));
        assert_eq!(unreadable.source, Some(Source::Orders));
        assert_eq!(unreadable.key.as_deref(), Some("C|1"));
        assert_eq!(unreadable.correlation_id.as_deref(), Some("c"));
        assert_eq!(unreadable.message_id.as_deref(), Some("m"));
    }

    #[test]
    fn what_is_no_document_at_all_tells_nothing() {
        for document in ["", "null", "[]", "{\"source\":7}", "{\"provenance\":\"x\"}"] {
            let Read::Unreadable(unreadable) = read(document) else {
                panic!("{document} is no record")
            };
            assert_eq!(unreadable.source, None, "{document}");
        }
    }
}
