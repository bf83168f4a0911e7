//! The form in which a record lies in the feed.
//!
//! A field without a value is left out, in bodies as well: a release that adds an optional field then leaves the content
//! hash of everything already stored as it was.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{
    Body, Change, ContentHash, DocumentId, Entity, InvalidKey, PartitionKey, Provenance,
    QualityFlag, Record, RecordKey, Reference, Source, SourceVersion, Text,
};

/// Version of the document form. A reader accepts its own and every older one.
pub const SCHEMA_VERSION: u16 = 1;

/// Why a document cannot be read as a record.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// It is no JSON, or a field is missing or of the wrong type.
    #[error("the document is not a record: {0}")]
    Form(#[source] serde_json::Error),
    /// It was written by a newer version of the product.
    #[error("the document has schema version {0}, newer than {SCHEMA_VERSION}")]
    Newer(u16),
    /// Its body does not have the fields of its entity.
    #[error("the body is not a valid {entity}: {source}")]
    Body {
        /// The entity that the document names.
        entity: Entity,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// It is neither a tombstone nor has it a body.
    #[error("the {0} has no body and is no tombstone")]
    NoBody(Entity),
    /// Its key is invalid.
    #[error(transparent)]
    Key(#[from] InvalidKey),
    /// Its body gives another key than the document says.
    #[error("the document says {said}, its body {body}")]
    KeyMismatch {
        /// The key that the document names.
        said: RecordKey,
        /// The key that its body gives.
        body: RecordKey,
    },
}

/// A record in the form in which it lies in the feed: an immutable document, serialized once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    id: DocumentId,
    partition: PartitionKey,
    json: Box<str>,
}

impl Document {
    /// The id, a pure function of entity, key, version and content.
    #[must_use]
    pub const fn id(&self) -> DocumentId {
        self.id
    }

    /// The partition, a pure function of source, entity and key.
    #[must_use]
    pub const fn partition(&self) -> &PartitionKey {
        &self.partition
    }

    /// The JSON text.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.json
    }
}

/// The document's fields when written. `_ts`, `_etag` and their kind are added by the database.
#[derive(Serialize)]
struct Written<'a> {
    id: String,
    partition: &'a str,
    schema: u16,
    source: Source,
    entity: Entity,
    key: Text<'a>,
    version: SourceVersion,
    content_hash: String,
    deleted: bool,
    body: Option<&'a RawValue>,
    references: &'a RawValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    replaced: Option<&'a RawValue>,
    quality: &'a [QualityFlag],
    provenance: &'a Provenance<'a>,
}

/// The document's fields when read.
#[derive(Deserialize)]
struct Read<'a> {
    schema: u16,
    source: Source,
    entity: Entity,
    #[serde(borrow)]
    key: Text<'a>,
    version: SourceVersion,
    deleted: bool,
    #[serde(borrow)]
    body: Option<&'a RawValue>,
    #[serde(borrow)]
    references: Vec<Reference<'a>>,
    #[serde(borrow, default)]
    replaced: Vec<Reference<'a>>,
    quality: Vec<QualityFlag>,
    #[serde(borrow)]
    provenance: Provenance<'a>,
}

impl<'a> Record<'a> {
    /// The record as a feed document.
    #[must_use]
    pub fn to_document(&self) -> Document {
        let said = self.said();
        let content = said.hash();
        let id = DocumentId::of(&self.key, self.version, content);
        let partition = PartitionKey::of(self.source, &self.key);
        let written = Written {
            id: id.to_string(),
            partition: partition.as_str(),
            schema: SCHEMA_VERSION,
            source: self.source,
            entity: self.entity(),
            key: Text::from(self.key.as_str()),
            version: self.version,
            content_hash: content.to_string(),
            deleted: self.change == Change::Tombstone,
            body: said.body.as_deref(),
            references: &said.references,
            replaced: said.replaced.as_deref(),
            quality: &self.quality,
            provenance: &self.provenance,
        };
        let json = serde_json::to_string(&written)
            .expect("plain structs of texts and integers always serialize");
        Document {
            id,
            partition,
            json: json.into_boxed_str(),
        }
    }

    /// The fingerprint of what the record says. Computed from the parsed record, never from a document's text, which
    /// the host has rewritten.
    #[must_use]
    pub fn content_hash(&self) -> ContentHash {
        self.said().hash()
    }

    /// What the record says, as JSON.
    fn said(&self) -> Said {
        Said {
            body: match &self.change {
                Change::Upsert(body) => Some(body_json(body)),
                Change::Tombstone => None,
            },
            references: raw(&self.references),
            replaced: (!self.replaced.is_empty()).then(|| raw(&self.replaced)),
        }
    }

    /// Reads a record back from a feed document, borrowing its texts.
    pub fn parse(json: &'a str) -> Result<Self, DocumentError> {
        let read: Read<'a> = serde_json::from_str(json).map_err(DocumentError::Form)?;
        if read.schema > SCHEMA_VERSION {
            return Err(DocumentError::Newer(read.schema));
        }
        let key = RecordKey::from_text(read.entity, &read.key)?;
        let change = match (read.deleted, read.body) {
            (true, _) => Change::Tombstone,
            (false, Some(body)) => Change::Upsert(parse_body(read.entity, body)?),
            (false, None) => return Err(DocumentError::NoBody(read.entity)),
        };
        if let Change::Upsert(body) = &change {
            let body = body.key()?;
            if body != key {
                return Err(DocumentError::KeyMismatch { said: key, body });
            }
        }
        Ok(Self {
            source: read.source,
            key,
            version: read.version,
            change,
            references: read.references,
            replaced: read.replaced,
            quality: read.quality,
            provenance: read.provenance,
        })
    }
}

/// Everything that the fingerprint is of.
struct Said {
    body: Option<Box<RawValue>>,
    references: Box<RawValue>,
    /// Left out where there is none, so that what was stored before there was this field keeps its fingerprint.
    replaced: Option<Box<RawValue>>,
}

impl Said {
    fn hash(&self) -> ContentHash {
        let body = self.body.as_deref().map_or("", RawValue::get);
        let replaced = self.replaced.as_deref().map(RawValue::get);
        ContentHash::of(body, self.references.get(), replaced)
    }
}

fn raw<T: Serialize>(value: &T) -> Box<RawValue> {
    serde_json::value::to_raw_value(value)
        .expect("plain structs of texts and integers always serialize")
}

fn body_json(body: &Body<'_>) -> Box<RawValue> {
    match body {
        Body::Order(body) => raw(body),
        Body::OrderLine(body) => raw(body),
        Body::Shipment(body) => raw(body),
        Body::Stop(body) => raw(body),
        Body::Milestone(body) => raw(body),
        Body::InventoryMovement(body) => raw(body),
        Body::InventorySnapshot(body) => raw(body),
        Body::VehiclePosition(body) => raw(body),
        Body::Vehicle(body) => raw(body),
        Body::FreightInvoice(body) => raw(body),
        Body::FreightInvoiceLine(body) => raw(body),
        Body::Container(body) => raw(body),
        Body::HandlingUnit(body) => raw(body),
        Body::EdiAck(body) => raw(body),
        Body::Canary(body) => raw(body),
    }
}

fn parse_body(entity: Entity, json: &RawValue) -> Result<Body<'_>, DocumentError> {
    let text = json.get();
    match entity {
        Entity::Order => serde_json::from_str(text).map(Body::Order),
        Entity::OrderLine => serde_json::from_str(text).map(Body::OrderLine),
        Entity::Shipment => serde_json::from_str(text).map(Body::Shipment),
        Entity::Stop => serde_json::from_str(text).map(Body::Stop),
        Entity::Milestone => serde_json::from_str(text).map(Body::Milestone),
        Entity::InventoryMovement => serde_json::from_str(text).map(Body::InventoryMovement),
        Entity::InventorySnapshot => serde_json::from_str(text).map(Body::InventorySnapshot),
        Entity::VehiclePosition => serde_json::from_str(text).map(Body::VehiclePosition),
        Entity::Vehicle => serde_json::from_str(text).map(Body::Vehicle),
        Entity::FreightInvoice => serde_json::from_str(text).map(Body::FreightInvoice),
        Entity::FreightInvoiceLine => serde_json::from_str(text).map(Body::FreightInvoiceLine),
        Entity::Container => serde_json::from_str(text).map(Body::Container),
        Entity::HandlingUnit => serde_json::from_str(text).map(Body::HandlingUnit),
        Entity::EdiAck => serde_json::from_str(text).map(Body::EdiAck),
        Entity::Canary => serde_json::from_str(text).map(Body::Canary),
    }
    .map_err(|source| DocumentError::Body { entity, source })
}
