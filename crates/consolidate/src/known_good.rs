//! Records that every working store takes.

use record::{
    Body, Canary, Classifier, Container, EdiAck, Entity, EpochMillis, FreightInvoice,
    FreightInvoiceLine, HandlingUnit, InventoryMovement, InventorySnapshot, Lifecycle, Milestone,
    MilestoneCode, NO_PART, Order, OrderLine, Provenance, Record, Shipment, Source, SourceVersion,
    Stop, StopKind, StopTimes, Text, TimeBasis, TimePrecision, Vehicle, VehiclePosition,
};
use reporting::Change;

/// In every key, so that it can never be one of a source's.
const NAME: &str = "crossdock-known-good";
/// 2026-01-01T00:00:00Z; any instant would do.
const AT: EpochMillis = EpochMillis(1_767_225_600_000);

/// A good record of the entity, only ever rehearsed.
pub(crate) fn known_good(entity: Entity) -> Change<'static> {
    let provenance = Provenance::new(NAME, "00000000000000000000000000000000", AT, AT);
    let source = match entity {
        Entity::Order | Entity::OrderLine => Source::Orders,
        Entity::Shipment | Entity::Stop | Entity::Milestone | Entity::Canary => Source::Transport,
        Entity::InventoryMovement | Entity::InventorySnapshot => Source::Warehouse,
        Entity::VehiclePosition | Entity::Vehicle => Source::Telematics,
        Entity::FreightInvoice | Entity::FreightInvoiceLine | Entity::EdiAck => Source::Carrier,
        Entity::Container | Entity::HandlingUnit => Source::Visibility,
    };
    let record = Record::upsert(source, body(entity), SourceVersion::new(1, 0), provenance)
        .expect("the name is a valid part of a key");
    let id = record.to_document().id().to_string();
    Change::new(record, id)
}

fn body(entity: Entity) -> Body<'static> {
    match entity {
        Entity::Order => Body::Order(order()),
        Entity::OrderLine => Body::OrderLine(order_line()),
        Entity::Shipment => Body::Shipment(shipment()),
        Entity::Stop => Body::Stop(stop()),
        Entity::Milestone => Body::Milestone(milestone()),
        Entity::InventoryMovement => Body::InventoryMovement(inventory_movement()),
        Entity::InventorySnapshot => Body::InventorySnapshot(inventory_snapshot()),
        Entity::VehiclePosition => Body::VehiclePosition(vehicle_position()),
        Entity::Vehicle => Body::Vehicle(vehicle()),
        Entity::FreightInvoice => Body::FreightInvoice(freight_invoice()),
        Entity::FreightInvoiceLine => Body::FreightInvoiceLine(freight_invoice_line()),
        Entity::Container => Body::Container(container()),
        Entity::HandlingUnit => Body::HandlingUnit(handling_unit()),
        Entity::EdiAck => Body::EdiAck(edi_ack()),
        // Of all known good records the only one with a key that others have; it is taken back like the others.
        Entity::Canary => Body::Canary(canary()),
    }
}

fn order() -> Order<'static> {
    Order {
        company: Text::from(NAME),
        order_no: Text::from(NAME),
        status: Some(Text::from("open")),
        order_date: Some(jiff::civil::date(2026, 1, 1)),
        amount_inc_tax_minor: Some(1),
        fully_shipped: Some(false),
        line_sequences: vec![10_000],
        ..Order::default()
    }
}

fn order_line() -> OrderLine<'static> {
    OrderLine {
        company: Text::from(NAME),
        order_no: Text::from(NAME),
        sequence: 10_000,
        line_type: Some(Text::from("item")),
        qty: "1.5".parse().ok(),
        ..OrderLine::default()
    }
}

fn shipment() -> Shipment<'static> {
    Shipment {
        shipment_no: Text::from(NAME),
        status: Some(Text::from("planned")),
        planned_start: Some(AT),
        stop_ids: vec![Text::from("1")],
        ..Shipment::default()
    }
}

fn stop() -> Stop<'static> {
    let times = |lifecycle| StopTimes {
        lifecycle,
        arrive: Some(AT),
        depart: None,
    };
    Stop {
        shipment_no: Text::from(NAME),
        stop_id: Text::from("1"),
        seq: Some(0),
        kind: StopKind::Pickup,
        lat_e6: Some(1),
        lon_e6: Some(1),
        planned: Some(times(Lifecycle::Planned)),
        projected: Some(times(Lifecycle::Projected)),
        actual: Some(times(Lifecycle::Actual)),
        ..Stop::default()
    }
}

fn milestone() -> Milestone<'static> {
    Milestone {
        scope: Text::from("stop"),
        scope_ref: Text::from(format!("{NAME}|1")),
        event_id: None,
        shipment_no: Some(Text::from(NAME)),
        order_no: None,
        container_no: None,
        stop_id: Some(Text::from("1")),
        code: MilestoneCode::Delivered,
        classifier: Classifier::Actual,
        event_time: AT,
        time_precision: TimePrecision::Second,
        tz_basis: TimeBasis::Offset,
        place_code: None,
        lat_e6: Some(1),
        lon_e6: Some(1),
        reason_code: None,
        source_code: Text::from(NAME),
    }
}

fn inventory_movement() -> InventoryMovement<'static> {
    InventoryMovement {
        warehouse: Text::from(NAME),
        movement_id: Text::from(NAME),
        sku: Some(Text::from(NAME)),
        qty_base: "1.5".parse().ok(),
        line_no: Some(10_000),
        movement_time: Some(AT),
        tz_basis: Some(TimeBasis::Site),
        ..InventoryMovement::default()
    }
}

fn inventory_snapshot() -> InventorySnapshot<'static> {
    InventorySnapshot {
        warehouse: Text::from(NAME),
        sku: Text::from(NAME),
        lot: Text::from(NO_PART),
        bin: Text::from(NO_PART),
        stock_status: Text::from(NO_PART),
        qty_base: "1.5".parse().ok(),
        as_of: Some(AT),
        ..InventorySnapshot::default()
    }
}

fn vehicle_position() -> VehiclePosition<'static> {
    VehiclePosition {
        provider: Text::from(NAME),
        vehicle_id: Text::from(NAME),
        stream: Text::from("gps"),
        reading_time: AT,
        lat_e6: Some(1),
        lon_e6: Some(1),
        speed_kmh: "1.5".parse().ok(),
        odometer_m: Some(1),
        ..VehiclePosition::default()
    }
}

fn vehicle() -> Vehicle<'static> {
    Vehicle {
        provider: Text::from(NAME),
        vehicle_id: Text::from(NAME),
        ..Vehicle::default()
    }
}

fn freight_invoice() -> FreightInvoice<'static> {
    FreightInvoice {
        scac: Text::from(NAME),
        invoice_no: Text::from(NAME),
        invoice_date: Some(jiff::civil::date(2026, 1, 1)),
        net_minor: Some(1),
        weight_kg: "1.5".parse().ok(),
        sum_ok: Some(true),
        line_numbers: vec![1],
        ..FreightInvoice::default()
    }
}

fn freight_invoice_line() -> FreightInvoiceLine<'static> {
    FreightInvoiceLine {
        scac: Text::from(NAME),
        invoice_no: Text::from(NAME),
        line_no: 1,
        rate: "1.5".parse().ok(),
        amount_minor: Some(1),
        ..FreightInvoiceLine::default()
    }
}

fn container() -> Container<'static> {
    Container {
        container_no: Text::from(NAME),
        iso_type: Some(Text::from("45G1")),
        laden: Some(true),
        last_event_time: Some(AT),
        gate_in_at: Some(AT),
        gate_out_at: Some(AT),
        ..Container::default()
    }
}

fn handling_unit() -> HandlingUnit<'static> {
    HandlingUnit {
        sscc: Text::from(NAME),
        last_event_time: Some(AT),
        ..HandlingUnit::default()
    }
}

fn edi_ack() -> EdiAck<'static> {
    EdiAck {
        partner: Text::from(NAME),
        isa13: Text::from("1"),
        gs06: Text::from("1"),
        accepted: Some(1),
        errors: vec![Text::from(NAME)],
        sent_at: Some(AT),
        ..EdiAck::default()
    }
}

fn canary() -> Canary<'static> {
    Canary {
        source: Source::Transport,
        sent_at: AT,
        app_version: Text::from(NAME),
    }
}
