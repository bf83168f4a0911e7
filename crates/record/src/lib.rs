#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod entity;
mod key;
mod version;

mod text;
mod time;
mod units;

mod milestone;
mod order;
mod shipment;
mod stop;

mod provenance;
mod quality;
mod reference;

mod document;
mod identity;
mod record;

pub use crate::{
    document::{Document, DocumentError, SCHEMA_VERSION},
    entity::{Entity, Source, UnknownName},
    identity::{BUCKETS, ContentHash, DocumentId, PartitionKey},
    key::{InvalidKey, KEY_BYTES_MAX, RecordKey},
    milestone::{Classifier, Milestone, MilestoneCode, TimeBasis, TimePrecision},
    order::{Order, OrderLine},
    provenance::{Provenance, RawReference},
    quality::QualityFlag,
    record::{Body, Change, FUTURE_TOLERANCE_MS, Record},
    reference::{Reference, ReferenceKind},
    shipment::Shipment,
    stop::{Lifecycle, Stop, StopKind, StopTimes},
    text::Text,
    time::EpochMillis,
    units::{ExactDecimal, NotMinorUnits, microdegrees, minor_digits, to_minor_units},
    version::{BeforeEpoch, InvalidVersion, SourceVersion},
};
