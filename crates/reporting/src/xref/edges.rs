//! What a record says about which numbers it belongs to.

use std::collections::BTreeMap;

use jiff::civil::Date;
use record::{Body, Entity, EpochMillis, Record, ReferenceKind};

use super::normalize::{normalized, written};

/// Booking and container together: bookings have several containers, containers several bookings, the two have one trip.
pub(super) const BOOKING_CONTAINER: &str = "booking_container";
/// The owner's own id of the trip, which survives a new shipment number.
const TRIP: &str = "trip";

/// More pairs than this say nothing about which booking is whose.
const PAIRS_MAX: usize = 16;

/// A number, in the form in which numbers are compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Node {
    pub(super) kind: String,
    /// The SCAC of a PRO; empty elsewhere.
    pub(super) issuer: String,
    pub(super) value: String,
}

/// How a record holds on to a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edge {
    pub(super) written: String,
    /// Whether who has this number is the same shipment; else it only hints at it, within a time.
    pub(super) identity: bool,
    /// Whether the number may be one of this kind or of another one.
    pub(super) candidate: bool,
    /// Whether the record says that the number holds no more, from its time on.
    pub(super) replaced: bool,
}

impl Edge {
    /// Whether it makes one shipment of all that have the number.
    pub(super) const fn ties(&self) -> bool {
        self.identity && !self.candidate
    }
}

/// When a record's numbers hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Times {
    /// When it was said: the time of an event, else the time of the source's change.
    pub(super) said_at: EpochMillis,
    /// The time that it is about.
    pub(super) from: Option<EpochMillis>,
    pub(super) until: Option<EpochMillis>,
}

/// The edges of a record, by number. A tombstone has none.
pub(super) fn edges(record: &Record<'_>) -> BTreeMap<Node, Edge> {
    let record::Change::Upsert(body) = record.change() else {
        return BTreeMap::new();
    };
    let mut stated = Stated::default();
    for reference in record.references() {
        let issuer = reference.issuer.as_deref();
        stated.add(reference.kind, issuer, &reference.value, false);
    }
    for reference in record.replaced() {
        let issuer = reference.issuer.as_deref();
        stated.add(reference.kind, issuer, &reference.value, true);
    }
    stated.body(body);
    if !matches!(record.entity(), Entity::Shipment | Entity::Order) {
        stated.doubt_what_may_be_either();
    }
    stated.pair();
    stated.edges
}

/// The times of a record.
pub(super) fn times(record: &Record<'_>) -> Times {
    let at = |time: Option<EpochMillis>| (time, time);
    let (is_event, (from, until)) = match record.change() {
        record::Change::Tombstone => (false, (None, None)),
        record::Change::Upsert(body) => match body {
            Body::Shipment(body) => (false, (body.planned_start, body.planned_end)),
            Body::Milestone(body) => (true, at(Some(body.event_time))),
            Body::InventoryMovement(body) => (true, at(body.movement_time)),
            Body::Container(body) => (true, at(body.last_event_time)),
            Body::HandlingUnit(body) => (true, at(body.last_event_time)),
            Body::FreightInvoice(body) => {
                let day = body.delivery_date.or(body.invoice_date);
                (false, at(day.and_then(midnight)))
            }
            Body::Order(body) => {
                let from = body.order_date.and_then(midnight);
                let until = body.requested_delivery_date.and_then(midnight);
                (false, (from.or(until), until.or(from)))
            }
            _ => (false, (None, None)),
        },
    };
    let modified = record.provenance().source_modified_at;
    Times {
        said_at: from.filter(|_| is_event).unwrap_or(modified),
        from: from.or(until),
        until: until.or(from),
    }
}

fn midnight(day: Date) -> Option<EpochMillis> {
    let zoned = day.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(zoned.timestamp().into())
}

#[derive(Default)]
struct Stated {
    edges: BTreeMap<Node, Edge>,
}

impl Stated {
    fn add(&mut self, kind: ReferenceKind, issuer: Option<&str>, number: &str, replaced: bool) {
        use ReferenceKind as R;
        let Some(value) = normalized(kind, number) else {
            return;
        };
        // Two carriers may give the same PRO. Other numbers are told with their issuer by some and without by others.
        let issuer = issuer.filter(|_| kind == R::Pro);
        let issuer = issuer.and_then(|issuer| normalized(R::OrderNo, issuer));
        let identity = match kind {
            R::ShipmentNo | R::Bol => true,
            R::Pro => issuer.is_some(),
            // An event that stands in for another one is no thing on the way.
            R::Event => return,
            R::OrderNo | R::CustomerPo | R::Booking | R::TransportDoc => false,
            R::Container | R::Sscc | R::Vehicle => false,
        };
        let node = Node {
            kind: kind.as_str().to_owned(),
            issuer: issuer.unwrap_or_default(),
            value,
        };
        let edge = self.edges.entry(node).or_insert_with(|| Edge {
            written: written(number),
            identity,
            candidate: false,
            replaced,
        });
        edge.replaced |= replaced;
    }

    /// What the body says beside the references.
    fn body(&mut self, body: &Body<'_>) {
        use ReferenceKind as R;
        let mut add = |kind, number: Option<&record::Text<'_>>| {
            if let Some(number) = number {
                self.add(kind, None, number, false);
            }
        };
        match body {
            Body::Shipment(body) => {
                add(R::ShipmentNo, Some(&body.shipment_no));
                add(R::Bol, body.bol.as_ref());
                add(R::Booking, body.booking_no.as_ref());
                add(R::Container, body.container_no.as_ref());
                add(R::CustomerPo, body.customer_po.as_ref());
                body.order_nos
                    .iter()
                    .for_each(|order| add(R::OrderNo, Some(order)));
                self.pro(body.carrier_scac.as_deref(), body.pro.as_deref());
                self.trip(body.source_id.as_deref());
            }
            Body::Order(body) => {
                add(R::OrderNo, Some(&body.order_no));
                add(R::CustomerPo, body.customer_po.as_ref());
            }
            Body::Milestone(body) => {
                add(R::ShipmentNo, body.shipment_no.as_ref());
                add(R::OrderNo, body.order_no.as_ref());
                add(R::Container, body.container_no.as_ref());
            }
            Body::FreightInvoice(body) => {
                add(R::ShipmentNo, body.shipment_no.as_ref());
                add(R::Bol, body.bol.as_ref());
                self.pro(Some(&body.scac), body.pro.as_deref());
            }
            Body::Container(body) => {
                add(R::Container, Some(&body.container_no));
                add(R::ShipmentNo, body.shipment_no.as_ref());
                add(R::Booking, body.booking_no.as_ref());
            }
            Body::HandlingUnit(body) => {
                add(R::Sscc, Some(&body.sscc));
                add(R::ShipmentNo, body.shipment_no.as_ref());
                add(R::OrderNo, body.order_no.as_ref());
            }
            Body::InventoryMovement(body) => {
                add(R::ShipmentNo, body.load_ref.as_ref());
                add(R::OrderNo, body.order_no.as_ref());
                add(R::Sscc, body.sscc.as_ref());
            }
            Body::Vehicle(body) => {
                add(R::Vehicle, Some(&body.vehicle_id));
                add(R::Vehicle, body.vin.as_ref());
                add(R::Vehicle, body.plate.as_ref());
            }
            Body::OrderLine(_)
            | Body::Stop(_)
            | Body::InventorySnapshot(_)
            | Body::VehiclePosition(_)
            | Body::FreightInvoiceLine(_)
            | Body::EdiAck(_)
            | Body::Canary(_) => {}
        }
    }

    fn pro(&mut self, scac: Option<&str>, pro: Option<&str>) {
        if let Some(pro) = pro {
            self.add(ReferenceKind::Pro, scac, pro, false);
        }
    }

    fn trip(&mut self, id: Option<&str>) {
        let Some(value) = id.and_then(|id| normalized(ReferenceKind::OrderNo, id)) else {
            return;
        };
        let node = Node {
            kind: TRIP.to_owned(),
            issuer: String::new(),
            value,
        };
        self.edges.insert(
            node,
            Edge {
                written: written(id.unwrap_or_default()),
                identity: true,
                candidate: false,
                replaced: false,
            },
        );
    }

    /// One number told as two kinds, such as B1002, is one of them: each is a candidate, and neither ties on its own.
    fn doubt_what_may_be_either(&mut self) {
        let kinds = [
            ReferenceKind::ShipmentNo,
            ReferenceKind::Bol,
            ReferenceKind::OrderNo,
        ]
        .map(ReferenceKind::as_str);
        let plain = |text: &str| normalized(ReferenceKind::Bol, text);
        let mut told: BTreeMap<Option<String>, Vec<Node>> = BTreeMap::new();
        for (node, edge) in &self.edges {
            if kinds.contains(&node.kind.as_str()) && !edge.replaced {
                told.entry(plain(&edge.written))
                    .or_default()
                    .push(node.clone());
            }
        }
        for node in told.into_values().filter(|nodes| nodes.len() > 1).flatten() {
            if let Some(edge) = self.edges.get_mut(&node) {
                edge.candidate = true;
            }
        }
    }

    /// Adds the pairs of booking and container.
    fn pair(&mut self) {
        let of = |kind: ReferenceKind| -> Vec<(String, bool)> {
            let own = self
                .edges
                .iter()
                .filter(|(node, _)| node.kind == kind.as_str());
            own.map(|(node, edge)| (node.value.clone(), edge.replaced))
                .collect()
        };
        let (bookings, containers) = (of(ReferenceKind::Booking), of(ReferenceKind::Container));
        if bookings.len() * containers.len() > PAIRS_MAX {
            return;
        }
        for (booking, gone) in &bookings {
            for (container, also_gone) in &containers {
                let value = format!("{booking}|{container}");
                let node = Node {
                    kind: BOOKING_CONTAINER.to_owned(),
                    issuer: String::new(),
                    value: value.clone(),
                };
                let edge = Edge {
                    written: value,
                    identity: true,
                    candidate: false,
                    replaced: *gone || *also_gone,
                };
                self.edges.insert(node, edge);
            }
        }
    }
}
