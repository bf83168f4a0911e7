//! One version of one thing.

use crate::{
    Canary, Classifier, Container, EdiAck, Entity, EpochMillis, FreightInvoice, FreightInvoiceLine,
    HandlingUnit, InvalidKey, InventoryMovement, InventorySnapshot, Milestone, Order, OrderLine,
    Provenance, QualityFlag, RecordKey, Reference, Shipment, Source, SourceVersion, Stop, Text,
    Vehicle, VehiclePosition,
};

/// How far an event may lie after its receipt before it is flagged: ten minutes, for clocks that go wrong.
pub const FUTURE_TOLERANCE_MS: i64 = 10 * 60 * 1000;

/// What a record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body<'a> {
    /// See [`Order`].
    Order(Order<'a>),
    /// See [`OrderLine`].
    OrderLine(OrderLine<'a>),
    /// See [`Shipment`].
    Shipment(Shipment<'a>),
    /// See [`Stop`].
    Stop(Stop<'a>),
    /// See [`Milestone`].
    Milestone(Milestone<'a>),
    /// See [`InventoryMovement`].
    InventoryMovement(InventoryMovement<'a>),
    /// See [`InventorySnapshot`].
    InventorySnapshot(InventorySnapshot<'a>),
    /// See [`VehiclePosition`].
    VehiclePosition(VehiclePosition<'a>),
    /// See [`Vehicle`].
    Vehicle(Vehicle<'a>),
    /// See [`FreightInvoice`].
    FreightInvoice(FreightInvoice<'a>),
    /// See [`FreightInvoiceLine`].
    FreightInvoiceLine(FreightInvoiceLine<'a>),
    /// See [`Container`].
    Container(Container<'a>),
    /// See [`HandlingUnit`].
    HandlingUnit(HandlingUnit<'a>),
    /// See [`EdiAck`].
    EdiAck(EdiAck<'a>),
    /// See [`Canary`].
    Canary(Canary<'a>),
}

impl Body<'_> {
    /// The business key that the body's own fields give.
    pub fn key(&self) -> Result<RecordKey, InvalidKey> {
        match self {
            Self::Order(body) => body.key(),
            Self::OrderLine(body) => body.key(),
            Self::Shipment(body) => body.key(),
            Self::Stop(body) => body.key(),
            Self::Milestone(body) => body.key(),
            Self::InventoryMovement(body) => body.key(),
            Self::InventorySnapshot(body) => body.key(),
            Self::VehiclePosition(body) => body.key(),
            Self::Vehicle(body) => body.key(),
            Self::FreightInvoice(body) => body.key(),
            Self::FreightInvoiceLine(body) => body.key(),
            Self::Container(body) => body.key(),
            Self::HandlingUnit(body) => body.key(),
            Self::EdiAck(body) => body.key(),
            Self::Canary(body) => body.key(),
        }
    }
}

/// What happened to the thing.
#[expect(
    clippy::large_enum_variant,
    reason = "a body lives for one batch and is read in place; a box would cost an allocation each"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change<'a> {
    /// It is now as the body says, whatever it was.
    Upsert(Body<'a>),
    /// It is gone. A tombstone is a document like any other, since the change feed does not show deletes.
    Tombstone,
}

/// One version of one thing: what it is, which version, what changed, and where that was learnt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record<'a> {
    pub(crate) source: Source,
    pub(crate) key: RecordKey,
    pub(crate) version: SourceVersion,
    pub(crate) change: Change<'a>,
    pub(crate) references: Vec<Reference<'a>>,
    pub(crate) replaced: Vec<Reference<'a>>,
    pub(crate) quality: Vec<QualityFlag>,
    pub(crate) provenance: Provenance<'a>,
}

impl<'a> Record<'a> {
    /// A record that says how the thing is now. The key comes from the body, so the two cannot disagree.
    pub fn upsert(
        source: Source,
        body: Body<'a>,
        version: SourceVersion,
        provenance: Provenance<'a>,
    ) -> Result<Self, InvalidKey> {
        let key = body.key()?;
        let quality = Vec::from_iter(future_event(&body, &provenance));
        Ok(Self {
            source,
            key,
            version,
            change: Change::Upsert(body),
            references: Vec::new(),
            replaced: Vec::new(),
            quality,
            provenance,
        })
    }

    /// [`Record::upsert`] of an order.
    pub fn order(
        source: Source,
        order: Order<'a>,
        version: SourceVersion,
        provenance: Provenance<'a>,
    ) -> Result<Self, InvalidKey> {
        Self::upsert(source, Body::Order(order), version, provenance)
    }

    /// A record that says that the thing is gone.
    #[must_use]
    pub const fn tombstone(
        source: Source,
        key: RecordKey,
        version: SourceVersion,
        provenance: Provenance<'a>,
    ) -> Self {
        Self {
            source,
            key,
            version,
            change: Change::Tombstone,
            references: Vec::new(),
            replaced: Vec::new(),
            quality: Vec::new(),
            provenance,
        }
    }

    /// The same record with the references that it carries.
    #[must_use]
    pub fn with_references(mut self, references: Vec<Reference<'a>>) -> Self {
        self.references = references;
        self
    }

    /// The same record with references that others took the place of: they hold no more from the time of the record on.
    #[must_use]
    pub fn with_replaced(mut self, replaced: Vec<Reference<'a>>) -> Self {
        self.replaced = replaced;
        self
    }

    /// The same record with one more doubt about it.
    #[must_use]
    pub fn with_quality(mut self, flag: QualityFlag) -> Self {
        if !self.quality.contains(&flag) {
            self.quality.push(flag);
        }
        self
    }

    /// The same record, read from somewhere else than the message that its provenance names.
    #[must_use]
    pub fn with_raw_location(mut self, location: impl Into<Text<'a>>) -> Self {
        self.provenance.raw.location = location.into();
        self
    }

    /// The system that it comes from.
    #[must_use]
    pub const fn source(&self) -> Source {
        self.source
    }

    /// What kind of thing it is about.
    #[must_use]
    pub const fn entity(&self) -> Entity {
        self.key.entity()
    }

    /// Which thing it is about.
    #[must_use]
    pub const fn key(&self) -> &RecordKey {
        &self.key
    }

    /// Which version of the thing it is.
    #[must_use]
    pub const fn version(&self) -> SourceVersion {
        self.version
    }

    /// What happened to the thing.
    #[must_use]
    pub const fn change(&self) -> &Change<'a> {
        &self.change
    }

    /// The references that it carries.
    #[must_use]
    pub fn references(&self) -> &[Reference<'a>] {
        &self.references
    }

    /// The references that others took the place of.
    #[must_use]
    pub fn replaced(&self) -> &[Reference<'a>] {
        &self.replaced
    }

    /// The doubts about it.
    #[must_use]
    pub fn quality(&self) -> &[QualityFlag] {
        &self.quality
    }

    /// Where it came from.
    #[must_use]
    pub const fn provenance(&self) -> &Provenance<'a> {
        &self.provenance
    }
}

/// Flags what is said to have happened in the future of its receipt; what is planned or estimated may.
fn future_event(body: &Body<'_>, provenance: &Provenance<'_>) -> Option<QualityFlag> {
    let ahead_ms = happened(body)?.since(provenance.received_at);
    (ahead_ms > FUTURE_TOLERANCE_MS).then_some(QualityFlag::FutureEvent)
}

/// When the thing happened that a record is about, if it is about one that did.
fn happened(body: &Body<'_>) -> Option<EpochMillis> {
    match body {
        Body::Milestone(body) => (body.classifier == Classifier::Actual).then_some(body.event_time),
        Body::InventoryMovement(body) => body.movement_time,
        Body::VehiclePosition(body) => Some(body.reading_time),
        Body::Container(body) => body.last_event_time,
        Body::HandlingUnit(body) => body.last_event_time,
        Body::Order(_)
        | Body::OrderLine(_)
        | Body::Shipment(_)
        | Body::Stop(_)
        | Body::InventorySnapshot(_)
        | Body::Vehicle(_)
        | Body::FreightInvoice(_)
        | Body::FreightInvoiceLine(_)
        | Body::EdiAck(_)
        | Body::Canary(_) => None,
    }
}
