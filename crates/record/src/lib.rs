#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod entity;
mod key;
mod version;

mod text;
mod time;
mod units;

mod canary;
mod container;
mod edi_ack;
mod freight_invoice;
mod handling_unit;
mod inventory_movement;
mod inventory_snapshot;
mod milestone;
mod order;
mod shipment;
mod stop;
mod vehicle;
mod vehicle_position;

mod provenance;
mod quality;
mod reference;

mod document;
mod identity;
mod record;

pub use crate::{
    canary::Canary,
    container::Container,
    document::{Document, DocumentError, SCHEMA_VERSION},
    edi_ack::{AckDirection, EdiAck},
    entity::{Entity, Source, UnknownName},
    freight_invoice::{FreightInvoice, FreightInvoiceLine, InvoiceKind},
    handling_unit::HandlingUnit,
    identity::{BUCKETS, ContentHash, DocumentId, PartitionKey},
    inventory_movement::InventoryMovement,
    inventory_snapshot::{InventorySnapshot, NO_PART},
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
    vehicle::Vehicle,
    vehicle_position::VehiclePosition,
    version::{BeforeEpoch, InvalidVersion, SourceVersion},
};
