//! What records say, as cells in the order of their table's columns.

use record::{
    Body, Canary, Container, EdiAck, FreightInvoice, FreightInvoiceLine, HandlingUnit,
    InventoryMovement, InventorySnapshot, Milestone, Order, OrderLine, Record, Shipment,
    SourceVersion, Stop, StopTimes, Vehicle, VehiclePosition,
};

use super::Value;
use super::cell::{boolean, date, decimal, instant, integer, list, owned, text, texts, word};

/// Adds the business columns after the key, and the guards of the groups that have one of their own.
pub(super) fn push_body<'a>(
    values: &mut Vec<Value<'a>>,
    body: &'a Body<'a>,
    record: &Record<'_>,
    hash: &str,
) {
    match body {
        Body::Order(body) => values.extend(order(body)),
        Body::OrderLine(body) => values.extend(order_line(body)),
        Body::Shipment(body) => values.extend(shipment(body)),
        Body::Stop(body) => {
            values.extend(stop(body));
            for times in [body.planned, body.projected, body.actual] {
                let version = times.map(|times| times.version(record.version()));
                values.extend(group_guard(version, hash));
            }
        }
        Body::Milestone(body) => values.extend(milestone(body)),
        Body::InventoryMovement(body) => values.extend(inventory_movement(body)),
        Body::InventorySnapshot(body) => values.extend(inventory_snapshot(body)),
        Body::VehiclePosition(body) => values.extend(vehicle_position(body)),
        Body::Vehicle(body) => values.extend(vehicle(body)),
        Body::FreightInvoice(body) => values.extend(freight_invoice(body)),
        Body::FreightInvoiceLine(body) => values.extend(freight_invoice_line(body)),
        Body::Container(body) => {
            values.extend(container(body));
            let carried = [
                body.iso_type.is_some(),
                body.gate_in_at.is_some(),
                body.gate_out_at.is_some(),
            ];
            for carries in carried {
                let version = carries.then(|| record.version());
                values.extend(group_guard(version, hash));
            }
        }
        Body::HandlingUnit(body) => values.extend(handling_unit(body)),
        Body::EdiAck(body) => values.extend(edi_ack(body)),
        Body::Canary(body) => values.extend(canary(body)),
    }
}

fn order<'a>(body: &'a Order<'a>) -> [Value<'a>; 18] {
    [
        text(body.source_id.as_ref()),
        text(body.customer_no.as_ref()),
        text(body.customer_name.as_ref()),
        text(body.customer_po.as_ref()),
        date(body.order_date),
        date(body.requested_delivery_date),
        text(body.status.as_ref()),
        text(body.currency.as_ref()),
        integer(body.amount_ex_tax_minor),
        integer(body.amount_inc_tax_minor),
        text(body.ship_to_name.as_ref()),
        text(body.ship_to_line1.as_ref()),
        text(body.ship_to_city.as_ref()),
        text(body.ship_to_region.as_ref()),
        text(body.ship_to_postcode.as_ref()),
        text(body.ship_to_country.as_ref()),
        boolean(body.fully_shipped),
        list(&body.line_sequences),
    ]
}

fn order_line<'a>(body: &'a OrderLine<'a>) -> [Value<'a>; 9] {
    [
        text(body.line_type.as_ref()),
        text(body.item_no.as_ref()),
        text(body.description.as_ref()),
        text(body.uom.as_ref()),
        decimal(body.qty),
        decimal(body.shipped_qty),
        decimal(body.invoiced_qty),
        decimal(body.unit_price),
        date(body.planned_ship_date),
    ]
}

fn shipment<'a>(body: &'a Shipment<'a>) -> [Value<'a>; 20] {
    [
        text(body.source_id.as_ref()),
        text(body.status.as_ref()),
        text(body.mode.as_ref()),
        text(body.carrier_scac.as_ref()),
        text(body.carrier_name.as_ref()),
        text(body.pro.as_ref()),
        text(body.bol.as_ref()),
        text(body.booking_no.as_ref()),
        text(body.container_no.as_ref()),
        text(body.customer_po.as_ref()),
        texts(&body.order_nos),
        text(body.vehicle_ref.as_ref()),
        text(body.vehicle_plate.as_ref()),
        text(body.vehicle_vin.as_ref()),
        text(body.driver.as_ref()),
        integer(body.planned_cost_minor),
        text(body.currency.as_ref()),
        instant(body.planned_start),
        instant(body.planned_end),
        texts(&body.stop_ids),
    ]
}

fn stop<'a>(body: &'a Stop<'a>) -> [Value<'a>; 13] {
    let arrive = |times: Option<StopTimes>| instant(times.and_then(|times| times.arrive));
    let depart = |times: Option<StopTimes>| instant(times.and_then(|times| times.depart));
    [
        integer(body.seq),
        word(body.kind.as_str()),
        text(body.place_code.as_ref()),
        text(body.place_name.as_ref()),
        integer(body.lat_e6),
        integer(body.lon_e6),
        instant(body.window_start),
        instant(body.window_end),
        arrive(body.planned),
        depart(body.planned),
        arrive(body.projected),
        arrive(body.actual),
        depart(body.actual),
    ]
}

/// Version and hash of a group of columns; both null where the record does not carry the group.
fn group_guard(version: Option<SourceVersion>, hash: &str) -> [Value<'static>; 2] {
    version.map_or([Value::Null, Value::Null], |version| {
        [owned(&version), owned(&hash)]
    })
}

fn milestone<'a>(body: &'a Milestone<'a>) -> [Value<'a>; 16] {
    [
        text(Some(&body.scope)),
        text(Some(&body.scope_ref)),
        text(body.shipment_no.as_ref()),
        text(body.order_no.as_ref()),
        text(body.container_no.as_ref()),
        text(body.stop_id.as_ref()),
        word(body.code.as_str()),
        word(body.classifier.as_str()),
        instant(Some(body.event_time)),
        word(body.time_precision.as_str()),
        word(body.tz_basis.as_str()),
        text(body.place_code.as_ref()),
        integer(body.lat_e6),
        integer(body.lon_e6),
        text(body.reason_code.as_ref()),
        text(Some(&body.source_code)),
    ]
}

fn inventory_movement<'a>(body: &'a InventoryMovement<'a>) -> [Value<'a>; 18] {
    [
        text(body.movement_type.as_ref()),
        text(body.sku.as_ref()),
        text(body.lot.as_ref()),
        text(body.serial.as_ref()),
        decimal(body.qty_base),
        text(body.uom_base.as_ref()),
        decimal(body.qty),
        text(body.uom.as_ref()),
        text(body.order_no.as_ref()),
        integer(body.line_no),
        text(body.sscc.as_ref()),
        text(body.load_ref.as_ref()),
        text(body.reason.as_ref()),
        text(body.bin_from.as_ref()),
        text(body.bin_to.as_ref()),
        text(body.stock_status.as_ref()),
        instant(body.movement_time),
        body.tz_basis
            .map_or(Value::Null, |basis| word(basis.as_str())),
    ]
}

fn inventory_snapshot<'a>(body: &'a InventorySnapshot<'a>) -> [Value<'a>; 3] {
    [
        decimal(body.qty_base),
        text(body.uom_base.as_ref()),
        instant(body.as_of),
    ]
}

fn vehicle_position<'a>(body: &'a VehiclePosition<'a>) -> [Value<'a>; 9] {
    [
        integer(body.lat_e6),
        integer(body.lon_e6),
        decimal(body.speed_kmh),
        integer(body.heading_deg),
        integer(body.odometer_m),
        integer(body.engine_s),
        text(body.engine_state.as_ref()),
        text(body.place_text.as_ref()),
        text(body.kept_reason.as_ref()),
    ]
}

fn vehicle<'a>(body: &'a Vehicle<'a>) -> [Value<'a>; 3] {
    [
        text(body.name.as_ref()),
        text(body.vin.as_ref()),
        text(body.plate.as_ref()),
    ]
}

fn freight_invoice<'a>(body: &'a FreightInvoice<'a>) -> [Value<'a>; 12] {
    [
        text(body.shipment_no.as_ref()),
        text(body.pro.as_ref()),
        text(body.bol.as_ref()),
        date(body.invoice_date),
        date(body.delivery_date),
        text(body.currency.as_ref()),
        integer(body.net_minor),
        decimal(body.weight_kg),
        integer(body.pieces),
        boolean(body.sum_ok),
        integer(body.sum_difference_minor),
        list(&body.line_numbers),
    ]
}

fn freight_invoice_line<'a>(body: &'a FreightInvoiceLine<'a>) -> [Value<'a>; 5] {
    [
        text(body.code.as_ref()),
        text(body.description.as_ref()),
        decimal(body.rate),
        text(body.rate_qualifier.as_ref()),
        integer(body.amount_minor),
    ]
}

fn container<'a>(body: &'a Container<'a>) -> [Value<'a>; 10] {
    [
        text(body.check_digit.as_ref()),
        text(body.iso_type.as_ref()),
        boolean(body.laden),
        text(body.last_code.as_ref()),
        text(body.last_place.as_ref()),
        instant(body.last_event_time),
        text(body.shipment_no.as_ref()),
        text(body.booking_no.as_ref()),
        instant(body.gate_in_at),
        instant(body.gate_out_at),
    ]
}

fn handling_unit<'a>(body: &'a HandlingUnit<'a>) -> [Value<'a>; 5] {
    [
        text(body.last_place.as_ref()),
        text(body.last_code.as_ref()),
        instant(body.last_event_time),
        text(body.shipment_no.as_ref()),
        text(body.order_no.as_ref()),
    ]
}

fn edi_ack<'a>(body: &'a EdiAck<'a>) -> [Value<'a>; 6] {
    [
        text(body.status.as_ref()),
        integer(body.sets),
        integer(body.accepted),
        texts(&body.errors),
        instant(body.sent_at),
        text(body.control_no.as_ref()),
    ]
}

fn canary<'a>(body: &'a Canary<'a>) -> [Value<'a>; 2] {
    [instant(Some(body.sent_at)), text(Some(&body.app_version))]
}
