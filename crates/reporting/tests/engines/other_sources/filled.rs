//! A record of each entity with every field filled, and the row that it must come to.

use record::{
    AckDirection, Body, Canary, Container, EdiAck, EpochMillis, FreightInvoice, FreightInvoiceLine,
    HandlingUnit, InventoryMovement, InventorySnapshot, InvoiceKind, Source, Text, TimeBasis,
    Vehicle, VehiclePosition,
};
use reporting::Change;
use serde_json::{Value as Json, json};

use crate::world::{EPOCH_MS, upsert};

pub(super) fn inventory_movement() -> (Change<'static>, Json) {
    let body = InventoryMovement {
        warehouse: Text::from("warehouse 1"),
        movement_id: Text::from("movement_id 2"),
        movement_type: Some(Text::from("movement_type 3")),
        sku: Some(Text::from("sku 4")),
        lot: Some(Text::from("lot 5")),
        serial: Some(Text::from("serial 6")),
        qty_base: "7.25".parse().ok(),
        uom_base: Some(Text::from("uom_base 8")),
        qty: "9.25".parse().ok(),
        uom: Some(Text::from("uom 10")),
        order_no: Some(Text::from("order_no 11")),
        line_no: Some(12),
        sscc: Some(Text::from("sscc 13")),
        load_ref: Some(Text::from("load_ref 14")),
        reason: Some(Text::from("reason 15")),
        bin_from: Some(Text::from("bin_from 16")),
        bin_to: Some(Text::from("bin_to 17")),
        stock_status: Some(Text::from("stock_status 18")),
        movement_time: Some(EpochMillis(EPOCH_MS + 19)),
        tz_basis: Some(TimeBasis::Site),
    };
    let row = json!({
        "warehouse": "warehouse 1",
        "movement_id": "movement_id 2",
        "movement_type": "movement_type 3",
        "sku": "sku 4",
        "lot": "lot 5",
        "serial": "serial 6",
        "qty_base": "7.25",
        "uom_base": "uom_base 8",
        "qty": "9.25",
        "uom": "uom 10",
        "order_no": "order_no 11",
        "line_no": 12,
        "sscc": "sscc 13",
        "load_ref": "load_ref 14",
        "reason": "reason 15",
        "bin_from": "bin_from 16",
        "bin_to": "bin_to 17",
        "stock_status": "stock_status 18",
        "movement_time": EPOCH_MS + 19,
        "tz_basis": "site",
    });
    (
        upsert(Source::Warehouse, Body::InventoryMovement(body), 1),
        row,
    )
}

pub(super) fn inventory_snapshot() -> (Change<'static>, Json) {
    let body = InventorySnapshot {
        warehouse: Text::from("warehouse 21"),
        sku: Text::from("sku 22"),
        lot: Text::from("lot 23"),
        bin: Text::from("bin 24"),
        stock_status: Text::from("stock_status 25"),
        qty_base: "26.25".parse().ok(),
        uom_base: Some(Text::from("uom_base 27")),
        as_of: Some(EpochMillis(EPOCH_MS + 28)),
    };
    let row = json!({
        "warehouse": "warehouse 21",
        "sku": "sku 22",
        "lot": "lot 23",
        "bin": "bin 24",
        "stock_status": "stock_status 25",
        "qty_base": "26.25",
        "uom_base": "uom_base 27",
        "as_of": EPOCH_MS + 28,
    });
    (
        upsert(Source::Warehouse, Body::InventorySnapshot(body), 1),
        row,
    )
}

pub(super) fn vehicle_position() -> (Change<'static>, Json) {
    let body = VehiclePosition {
        provider: Text::from("provider 29"),
        vehicle_id: Text::from("vehicle_id 30"),
        stream: Text::from("stream 31"),
        reading_time: EpochMillis(EPOCH_MS + 32),
        lat_e6: Some(33),
        lon_e6: Some(34),
        speed_kmh: "35.25".parse().ok(),
        heading_deg: Some(36),
        odometer_m: Some(37),
        engine_s: Some(38),
        engine_state: Some(Text::from("engine_state 39")),
        place_text: Some(Text::from("place_text 40")),
        kept_reason: Some(Text::from("kept_reason 41")),
    };
    let row = json!({
        "provider": "provider 29",
        "vehicle_id": "vehicle_id 30",
        "stream": "stream 31",
        "reading_time": EPOCH_MS + 32,
        "lat_e6": 33,
        "lon_e6": 34,
        "speed_kmh": "35.25",
        "heading_deg": 36,
        "odometer_m": 37,
        "engine_s": 38,
        "engine_state": "engine_state 39",
        "place_text": "place_text 40",
        "kept_reason": "kept_reason 41",
    });
    (
        upsert(Source::Telematics, Body::VehiclePosition(body), 1),
        row,
    )
}

pub(super) fn vehicle() -> (Change<'static>, Json) {
    let body = Vehicle {
        provider: Text::from("provider 42"),
        vehicle_id: Text::from("vehicle_id 43"),
        name: Some(Text::from("name 44")),
        vin: Some(Text::from("vin 45")),
        plate: Some(Text::from("plate 46")),
    };
    let row = json!({
        "provider": "provider 42",
        "vehicle_id": "vehicle_id 43",
        "name": "name 44",
        "vin": "vin 45",
        "plate": "plate 46",
    });
    (upsert(Source::Telematics, Body::Vehicle(body), 1), row)
}

pub(super) fn freight_invoice() -> (Change<'static>, Json) {
    let body = FreightInvoice {
        scac: Text::from("scac 47"),
        invoice_no: Text::from("invoice_no 48"),
        kind: InvoiceKind::BalanceDue,
        shipment_no: Some(Text::from("shipment_no 50")),
        pro: Some(Text::from("pro 51")),
        bol: Some(Text::from("bol 52")),
        invoice_date: Some(jiff::civil::date(2026, 11, 26)),
        delivery_date: Some(jiff::civil::date(2026, 11, 27)),
        currency: Some(Text::from("currency 55")),
        net_minor: Some(56),
        weight_kg: "57.25".parse().ok(),
        pieces: Some(58),
        sum_ok: Some(true),
        sum_difference_minor: Some(60),
        line_numbers: vec![1, 2],
    };
    let row = json!({
        "scac": "scac 47",
        "invoice_no": "invoice_no 48",
        "kind": "balance_due",
        "shipment_no": "shipment_no 50",
        "pro": "pro 51",
        "bol": "bol 52",
        "invoice_date": "2026-11-26",
        "delivery_date": "2026-11-27",
        "currency": "currency 55",
        "net_minor": 56,
        "weight_kg": "57.25",
        "pieces": 58,
        "sum_ok": true,
        "sum_difference_minor": 60,
        "line_numbers": [1, 2],
    });
    (upsert(Source::Carrier, Body::FreightInvoice(body), 1), row)
}

pub(super) fn freight_invoice_line() -> (Change<'static>, Json) {
    let body = FreightInvoiceLine {
        scac: Text::from("scac 62"),
        invoice_no: Text::from("invoice_no 63"),
        kind: InvoiceKind::BalanceDue,
        line_no: 65,
        code: Some(Text::from("code 66")),
        description: Some(Text::from("description 67")),
        rate: "68.25".parse().ok(),
        rate_qualifier: Some(Text::from("rate_qualifier 69")),
        amount_minor: Some(70),
    };
    let row = json!({
        "scac": "scac 62",
        "invoice_no": "invoice_no 63",
        "kind": "balance_due",
        "line_no": 65,
        "code": "code 66",
        "description": "description 67",
        "rate": "68.25",
        "rate_qualifier": "rate_qualifier 69",
        "amount_minor": 70,
    });
    (
        upsert(Source::Carrier, Body::FreightInvoiceLine(body), 1),
        row,
    )
}

pub(super) fn container() -> (Change<'static>, Json) {
    let body = Container {
        container_no: Text::from("container_no 71"),
        check_digit: Some(Text::from("check_digit 72")),
        iso_type: Some(Text::from("iso_type 73")),
        laden: Some(true),
        last_code: Some(Text::from("last_code 75")),
        last_place: Some(Text::from("last_place 76")),
        last_event_time: Some(EpochMillis(EPOCH_MS + 77)),
        shipment_no: Some(Text::from("shipment_no 78")),
        booking_no: Some(Text::from("booking_no 79")),
        gate_in_at: Some(EpochMillis(EPOCH_MS + 80)),
        gate_out_at: Some(EpochMillis(EPOCH_MS + 81)),
    };
    let row = json!({
        "container_no": "container_no 71",
        "check_digit": "check_digit 72",
        "iso_type": "iso_type 73",
        "laden": true,
        "last_code": "last_code 75",
        "last_place": "last_place 76",
        "last_event_time": EPOCH_MS + 77,
        "shipment_no": "shipment_no 78",
        "booking_no": "booking_no 79",
        "gate_in_at": EPOCH_MS + 80,
        "gate_out_at": EPOCH_MS + 81,
    });
    (upsert(Source::Visibility, Body::Container(body), 1), row)
}

pub(super) fn handling_unit() -> (Change<'static>, Json) {
    let body = HandlingUnit {
        sscc: Text::from("sscc 82"),
        last_place: Some(Text::from("last_place 83")),
        last_code: Some(Text::from("last_code 84")),
        last_event_time: Some(EpochMillis(EPOCH_MS + 85)),
        shipment_no: Some(Text::from("shipment_no 86")),
        order_no: Some(Text::from("order_no 87")),
    };
    let row = json!({
        "sscc": "sscc 82",
        "last_place": "last_place 83",
        "last_code": "last_code 84",
        "last_event_time": EPOCH_MS + 85,
        "shipment_no": "shipment_no 86",
        "order_no": "order_no 87",
    });
    (upsert(Source::Visibility, Body::HandlingUnit(body), 1), row)
}

pub(super) fn edi_ack() -> (Change<'static>, Json) {
    let body = EdiAck {
        direction: AckDirection::Received,
        partner: Text::from("partner 89"),
        isa13: Text::from("isa13 90"),
        gs06: Text::from("gs06 91"),
        status: Some(Text::from("status 92")),
        sets: Some(93),
        accepted: Some(94),
        errors: vec![Text::from("AK5"), Text::from("R")],
        sent_at: Some(EpochMillis(EPOCH_MS + 96)),
        control_no: Some(Text::from("control_no 97")),
    };
    let row = json!({
        "direction": "received",
        "partner": "partner 89",
        "isa13": "isa13 90",
        "gs06": "gs06 91",
        "status": "status 92",
        "sets": 93,
        "accepted": 94,
        "errors": ["AK5", "R"],
        "sent_at": EPOCH_MS + 96,
        "control_no": "control_no 97",
    });
    (upsert(Source::Carrier, Body::EdiAck(body), 1), row)
}

pub(super) fn canary() -> (Change<'static>, Json) {
    let body = Canary {
        source: Source::Telematics,
        sent_at: EpochMillis(EPOCH_MS + 98),
        app_version: Text::from("app_version 99"),
    };
    let row = json!({
        "canary_source": "telematics",
        "sent_at": EPOCH_MS + 98,
        "app_version": "app_version 99",
    });
    (upsert(Source::Telematics, Body::Canary(body), 1), row)
}
