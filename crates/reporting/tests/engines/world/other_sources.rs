//! What warehouse, telematics, carrier and visibility say in the history.

use record::{
    AckDirection, Body, Classifier, Container, EdiAck, Entity, EpochMillis, FreightInvoice,
    FreightInvoiceLine, HandlingUnit, InventoryMovement, InventorySnapshot, InvoiceKind, Milestone,
    MilestoneCode, NO_PART, Source, Text, TimeBasis, TimePrecision, Vehicle, VehiclePosition,
};
use reporting::Change;

use super::{EPOCH_MS, tombstone, upsert};

fn at(offset: i64) -> EpochMillis {
    EpochMillis(EPOCH_MS + offset)
}

pub(crate) fn movement(id: &'static str, version: u64, qty: &str) -> Change<'static> {
    let body = InventoryMovement {
        warehouse: Text::from("DC3"),
        movement_id: Text::from(id),
        sku: Some(Text::from("OLV-1L")),
        qty_base: Some(qty.parse().unwrap()),
        movement_time: Some(at(1)),
        tz_basis: Some(TimeBasis::Site),
        ..InventoryMovement::default()
    };
    upsert(Source::Warehouse, Body::InventoryMovement(body), version)
}

pub(crate) fn snapshot(bin: &'static str, version: u64, qty: &str) -> Change<'static> {
    let body = InventorySnapshot {
        warehouse: Text::from("DC3"),
        sku: Text::from("OLV-1L"),
        lot: Text::from(NO_PART),
        bin: Text::from(bin),
        stock_status: Text::from("available"),
        qty_base: Some(qty.parse().unwrap()),
        ..InventorySnapshot::default()
    };
    upsert(Source::Warehouse, Body::InventorySnapshot(body), version)
}

/// What a stream reads of vehicle `v1` at an offset.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reading {
    Place(i64),
    Odometer(i64),
    Engine(&'static str),
}

pub(crate) fn position(vehicle_id: &'static str, offset: u32, reading: Reading) -> Change<'static> {
    let mut body = VehiclePosition {
        provider: Text::from("samsara"),
        vehicle_id: Text::from(vehicle_id),
        reading_time: at(i64::from(offset)),
        ..VehiclePosition::default()
    };
    match reading {
        Reading::Place(lat_e6) => {
            body.stream = Text::from("gps");
            body.lat_e6 = Some(lat_e6);
            body.lon_e6 = Some(-74_150_720);
        }
        Reading::Odometer(metres) => {
            body.stream = Text::from("odometer");
            body.odometer_m = Some(metres);
        }
        Reading::Engine(state) => {
            body.stream = Text::from("engine");
            body.engine_state = Some(Text::from(state));
        }
    }
    let body = Body::VehiclePosition(body);
    upsert(Source::Telematics, body, u64::from(offset))
}

pub(crate) fn vehicle(version: u64, name: &'static str) -> Change<'static> {
    let body = Vehicle {
        provider: Text::from("samsara"),
        vehicle_id: Text::from("v1"),
        name: Some(Text::from(name)),
        ..Vehicle::default()
    };
    upsert(Source::Telematics, Body::Vehicle(body), version)
}

pub(crate) fn invoice(
    invoice_no: &'static str,
    kind: InvoiceKind,
    version: u64,
    lines: &[i64],
) -> Change<'static> {
    let body = FreightInvoice {
        scac: Text::from("TSTL"),
        invoice_no: Text::from(invoice_no),
        kind,
        net_minor: Some(74_938),
        line_numbers: lines.to_vec(),
        ..FreightInvoice::default()
    };
    upsert(Source::Carrier, Body::FreightInvoice(body), version)
}

pub(crate) fn charge(
    invoice_no: &'static str,
    kind: InvoiceKind,
    line_no: i64,
    version: u64,
) -> Change<'static> {
    let body = FreightInvoiceLine {
        scac: Text::from("TSTL"),
        invoice_no: Text::from(invoice_no),
        kind,
        line_no,
        amount_minor: Some(100 * i64::try_from(version).unwrap()),
        ..FreightInvoiceLine::default()
    };
    upsert(Source::Carrier, Body::FreightInvoiceLine(body), version)
}

/// What an event says of the container.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Event {
    In,
    Out,
    Typed(&'static str),
    Seen,
}

pub(crate) fn container(version: u64, place: &'static str, event: Event) -> Change<'static> {
    let time = Some(at(i64::try_from(version).unwrap()));
    let mut body = Container {
        container_no: Text::from("TSTU904417"),
        last_place: Some(Text::from(place)),
        last_event_time: time,
        ..Container::default()
    };
    match event {
        Event::In => body.gate_in_at = time,
        Event::Out => body.gate_out_at = time,
        Event::Typed(iso_type) => body.iso_type = Some(Text::from(iso_type)),
        Event::Seen => {}
    }
    upsert(Source::Visibility, Body::Container(body), version)
}

pub(crate) fn handling_unit(version: u64, place: &'static str) -> Change<'static> {
    let body = HandlingUnit {
        sscc: Text::from("006141410000070015"),
        last_place: Some(Text::from(place)),
        ..HandlingUnit::default()
    };
    upsert(Source::Visibility, Body::HandlingUnit(body), version)
}

pub(crate) fn ack(version: u64, status: &'static str) -> Change<'static> {
    let body = EdiAck {
        direction: AckDirection::Sent,
        partner: Text::from("TSTL"),
        isa13: Text::from("000000101"),
        gs06: Text::from("101"),
        status: Some(Text::from(status)),
        ..EdiAck::default()
    };
    upsert(Source::Carrier, Body::EdiAck(body), version)
}

/// What a carrier saw of a shipment that transport plans.
pub(crate) fn carrier_milestone(shipment_no: &'static str, version: u64) -> Change<'static> {
    let body = Milestone {
        scope: Text::from("shipment"),
        scope_ref: Text::from(shipment_no),
        event_id: Some(Text::from(format!("TSTL|{shipment_no}|X6"))),
        shipment_no: Some(Text::from(shipment_no)),
        order_no: None,
        container_no: None,
        stop_id: None,
        code: MilestoneCode::InTransit,
        classifier: Classifier::Actual,
        event_time: at(1),
        time_precision: TimePrecision::Minute,
        tz_basis: TimeBasis::LocalPlace,
        place_code: None,
        lat_e6: None,
        lon_e6: None,
        reason_code: None,
        source_code: Text::from("X6"),
    };
    upsert(Source::Carrier, Body::Milestone(body), version)
}

pub(super) fn history() -> Vec<Change<'static>> {
    use InvoiceKind::{BalanceDue, Original};
    vec![
        movement("1", 1, "120"),
        movement("1", 2, "118"),
        // A row restated within one file: the larger content hash wins, and the row is flagged.
        movement("1", 2, "119"),
        movement("2", 1, "-2"),
        tombstone(Entity::InventoryMovement, &["DC3", "2"], 2),
        snapshot("A-1", 1, "240"),
        snapshot("A-1", 2, "238"),
        snapshot("A-2", 1, "2"),
        tombstone(
            Entity::InventorySnapshot,
            &["DC3", "OLV-1L", NO_PART, "A-2", "available"],
            2,
        ),
        position("v1", 10, Reading::Place(40_678_410)),
        position("v1", 11, Reading::Odometer(1_000)),
        position("v1", 12, Reading::Engine("on")),
        position("v1", 20, Reading::Place(40_700_000)),
        position("v1", 21, Reading::Odometer(2_000)),
        position("v2", 5, Reading::Odometer(7)),
        vehicle(1, "Truck 201"),
        vehicle(2, "Truck 202"),
        invoice("INV-1", Original, 1, &[1, 2, 3]),
        charge("INV-1", Original, 1, 1),
        charge("INV-1", Original, 2, 1),
        charge("INV-1", Original, 3, 1),
        invoice("INV-1", Original, 2, &[1, 2]),
        charge("INV-1", Original, 1, 2),
        charge("INV-1", Original, 2, 2),
        invoice("INV-1", BalanceDue, 1, &[1]),
        charge("INV-1", BalanceDue, 1, 1),
        container(1, "USNYC", Event::Typed("45G1")),
        container(2, "USNYC", Event::Out),
        container(3, "USCHI", Event::In),
        // One instant, two events: the larger content hash describes, each gives its own group.
        container(4, "USCHI", Event::Out),
        container(4, "USDAL", Event::Typed("22G1")),
        container(5, "USDAL", Event::Seen),
        container(5, "USHOU", Event::In),
        handling_unit(1, "DC3"),
        handling_unit(2, "DC4"),
        ack(1, "R"),
        ack(2, "A"),
        // Transport drops the load; what the carrier saw stays.
        carrier_milestone("L-2", 1),
    ]
}
