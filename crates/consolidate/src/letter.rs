//! Dead letters of the consolidator.

use std::borrow::Cow;

use feed::{DeadLetter, Evidence, Personal, RawBytes, Reason, Stage};
use record::{Entity, EpochMillis, Source};
use reporting::{Change, Refusal, Table};
use serde_json::{Map, Value};

use crate::{Unreadable, consolidate::Page, personal};

/// Something that cannot be consolidated, and why.
#[derive(Debug)]
pub(crate) struct Failed<'a> {
    /// The document as it came.
    pub(crate) document: &'a str,
    document_id: Option<String>,
    pub(crate) source: Option<Source>,
    reason: Reason,
    place: String,
    detail: String,
    pub(crate) record_key: Option<String>,
    correlation_id: Option<String>,
    message_id: Option<String>,
    traceparent: Option<String>,
    /// Which of the store's rules was broken.
    rule: Option<String>,
    /// The table that refuses it.
    pub(crate) entity: Option<Entity>,
    personal: Personal,
}

impl<'a> Failed<'a> {
    pub(crate) fn unreadable(document: &'a str, index: usize, unreadable: Unreadable) -> Self {
        Self {
            document,
            document_id: unreadable.id,
            source: unreadable.source,
            reason: Reason::UnreadableDocument,
            place: format!("/{index}"),
            detail: unreadable.error.to_string(),
            record_key: unreadable.key,
            correlation_id: unreadable.correlation_id,
            message_id: unreadable.message_id,
            traceparent: None,
            rule: None,
            entity: None,
            // Nobody knows what is in it, and the detail may quote it.
            personal: Personal::BytesAndValue,
        }
    }

    pub(crate) fn refused(document: &'a str, change: &Change<'_>, refusal: &Refusal) -> Self {
        let record = change.record();
        let provenance = record.provenance();
        let code = refusal.code.as_deref().unwrap_or("none");
        Self {
            document,
            document_id: Some(change.document_id().to_owned()),
            source: Some(record.source()),
            reason: Reason::StoreRefusedRecord,
            place: format!(
                "{} {}",
                Table::of(record.entity()).name(),
                record.key().as_str()
            ),
            detail: format!("code {code}: {}", refusal.message),
            record_key: Some(record.key().as_str().to_owned()),
            correlation_id: Some(provenance.correlation_id.to_string()),
            message_id: Some(provenance.message_id.to_string()),
            traceparent: provenance.traceparent.as_deref().map(str::to_owned),
            rule: Some(match &refusal.about {
                Some(about) => format!("{code} {about}"),
                None => code.to_owned(),
            }),
            entity: Some(record.entity()),
            personal: personal::of_refused(record.entity()),
        }
    }

    /// The letter. Without a correlation id of its own it gets its own id as one: 32 hex digits, the same each time.
    pub(crate) fn letter<'l>(
        &'l self,
        app: &'l str,
        app_version: &'l str,
        page: &'l Page<'_>,
        at: EpochMillis,
        store_row: Option<Map<String, Value>>,
    ) -> DeadLetter<'l> {
        let mut letter = DeadLetter {
            app,
            source: self.source,
            stage: Stage::Consolidate,
            reason: self.reason,
            place: self.place.clone(),
            detail: self.detail.clone(),
            raw: RawBytes(self.document.as_bytes()),
            arrival: page.arrival,
            message_id: self.message_id.clone(),
            record_key: self.record_key.clone(),
            correlation_id: self.correlation_id.clone().unwrap_or_default(),
            traceparent: self.traceparent.clone(),
            app_version,
            at,
            attempts: Vec::new(),
            evidence: Evidence {
                rule: self.rule.clone(),
                field_path: self
                    .entity
                    .map(|entity| Table::of(entity).name().to_owned()),
                document_id: self.document_id.as_deref().map(Cow::Borrowed),
                schema_version: record::SCHEMA_VERSION.to_string().into(),
                store_row: store_row.map(personal::left_out).map(Value::Object),
                personal: self.personal,
                ..Evidence::default()
            },
        };
        if letter.correlation_id.is_empty() {
            letter.correlation_id = letter.id().as_str().to_owned();
        }
        letter
    }
}

/// One line per letter. What exactly is wrong stays in the letter: a database quotes the row that it refuses.
pub(crate) fn log(letter: &DeadLetter<'_>) {
    tracing::warn!(
        event = "dead_lettered",
        source = letter.source.map_or("unknown", Source::as_str),
        message_id = letter.message_id.as_deref(),
        correlation_id = letter.correlation_id.as_str(),
        dead_letter_id = letter.id().as_str(),
        reason = letter.reason.code(),
        place = letter.place.as_str(),
        source_key = letter.record_key.as_deref(),
        fingerprint = letter.fingerprint().as_str(),
    );
}
