//! Bodies that warehouse, telematics, carrier and visibility fill.

use proptest::{collection::vec, option, prelude::*, sample::select};
use record::{
    AckDirection, Body, Canary, Container, EdiAck, FreightInvoice, FreightInvoiceLine,
    HandlingUnit, InventoryMovement, InventorySnapshot, InvoiceKind, Source, TimeBasis, Vehicle,
    VehiclePosition,
};

use super::{date, decimal, instant, part, text};

pub(super) fn body() -> impl Strategy<Value = Body<'static>> {
    prop_oneof![
        inventory_movement(),
        inventory_snapshot(),
        vehicle_position(),
        vehicle(),
        freight_invoice(),
        freight_invoice_line(),
        container(),
        handling_unit(),
        edi_ack(),
        canary(),
    ]
}

fn inventory_movement() -> impl Strategy<Value = Body<'static>> {
    let key = (part(), part());
    let texts = (option::of(text()), option::of(text()), option::of(text()));
    let numbers = (option::of(decimal()), option::of(any::<i64>()));
    let time = (option::of(instant()), option::of(select(TimeBasis::ALL)));
    (key, texts, numbers, time).prop_map(
        |(
            (warehouse, movement_id),
            (sku, lot, reason),
            (qty_base, line_no),
            (movement_time, tz_basis),
        )| {
            Body::InventoryMovement(InventoryMovement {
                warehouse,
                movement_id,
                sku,
                lot,
                reason,
                qty_base,
                line_no,
                movement_time,
                tz_basis,
                ..InventoryMovement::default()
            })
        },
    )
}

fn inventory_snapshot() -> impl Strategy<Value = Body<'static>> {
    let key = (part(), part(), part(), part(), part());
    (key, option::of(decimal()), option::of(instant())).prop_map(
        |((warehouse, sku, lot, bin, stock_status), qty_base, as_of)| {
            Body::InventorySnapshot(InventorySnapshot {
                warehouse,
                sku,
                lot,
                bin,
                stock_status,
                qty_base,
                as_of,
                ..InventorySnapshot::default()
            })
        },
    )
}

fn vehicle_position() -> impl Strategy<Value = Body<'static>> {
    let key = (part(), part(), part(), instant());
    let numbers = (
        option::of(-90_000_000_i64..90_000_000),
        option::of(decimal()),
    );
    (key, numbers, option::of(text())).prop_map(
        |((provider, vehicle_id, stream, reading_time), (lat_e6, speed_kmh), place_text)| {
            Body::VehiclePosition(VehiclePosition {
                provider,
                vehicle_id,
                stream,
                reading_time,
                lat_e6,
                speed_kmh,
                place_text,
                ..VehiclePosition::default()
            })
        },
    )
}

fn vehicle() -> impl Strategy<Value = Body<'static>> {
    (part(), part(), option::of(text()), option::of(text())).prop_map(
        |(provider, vehicle_id, name, plate)| {
            Body::Vehicle(Vehicle {
                provider,
                vehicle_id,
                name,
                plate,
                vin: None,
            })
        },
    )
}

fn freight_invoice() -> impl Strategy<Value = Body<'static>> {
    let key = (part(), part(), select(InvoiceKind::ALL));
    let values = (
        option::of(text()),
        option::of(date()),
        option::of(decimal()),
        option::of(any::<bool>()),
    );
    (key, values, any::<Vec<i64>>()).prop_map(
        |((scac, invoice_no, kind), (bol, invoice_date, weight_kg, sum_ok), line_numbers)| {
            Body::FreightInvoice(FreightInvoice {
                scac,
                invoice_no,
                kind,
                bol,
                invoice_date,
                weight_kg,
                sum_ok,
                line_numbers,
                ..FreightInvoice::default()
            })
        },
    )
}

fn freight_invoice_line() -> impl Strategy<Value = Body<'static>> {
    let key = (part(), part(), select(InvoiceKind::ALL), any::<i64>());
    let values = (
        option::of(text()),
        option::of(decimal()),
        option::of(any::<i64>()),
    );
    (key, values).prop_map(
        |((scac, invoice_no, kind, line_no), (description, rate, amount_minor))| {
            Body::FreightInvoiceLine(FreightInvoiceLine {
                scac,
                invoice_no,
                kind,
                line_no,
                description,
                rate,
                amount_minor,
                ..FreightInvoiceLine::default()
            })
        },
    )
}

fn container() -> impl Strategy<Value = Body<'static>> {
    let gates = (option::of(instant()), option::of(instant()));
    (part(), option::of(text()), option::of(any::<bool>()), gates).prop_map(
        |(container_no, last_place, laden, (gate_in_at, gate_out_at))| {
            Body::Container(Container {
                container_no,
                last_place,
                laden,
                gate_in_at,
                gate_out_at,
                ..Container::default()
            })
        },
    )
}

fn handling_unit() -> impl Strategy<Value = Body<'static>> {
    (part(), option::of(text()), option::of(instant())).prop_map(
        |(sscc, last_place, last_event_time)| {
            Body::HandlingUnit(HandlingUnit {
                sscc,
                last_place,
                last_event_time,
                ..HandlingUnit::default()
            })
        },
    )
}

fn edi_ack() -> impl Strategy<Value = Body<'static>> {
    let key = (select(AckDirection::ALL), part(), part(), part());
    (key, option::of(instant()), vec(text(), 0..4)).prop_map(
        |((direction, partner, isa13, gs06), sent_at, errors)| {
            Body::EdiAck(EdiAck {
                direction,
                partner,
                isa13,
                gs06,
                sent_at,
                errors,
                ..EdiAck::default()
            })
        },
    )
}

fn canary() -> impl Strategy<Value = Body<'static>> {
    (select(Source::ALL), instant(), text()).prop_map(|(source, sent_at, app_version)| {
        Body::Canary(Canary {
            source,
            sent_at,
            app_version,
        })
    })
}
