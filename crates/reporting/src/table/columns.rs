//! The columns of each table, in the order in which rows are built.

use super::column::{
    Column,
    Group::{Actual, Description, GateIn, GateOut, IsoType, Planned, Projected},
    Kind::{Bool, Date, Decimal, Instant, Integer, List, Text},
    business, grouped, key, lineage,
};

pub(super) const ORDER: &[Column] = &[
    key("company", Text),
    key("order_no", Text),
    business("source_id", Text),
    business("customer_no", Text),
    business("customer_name", Text),
    business("customer_po", Text),
    business("order_date", Date),
    business("requested_delivery_date", Date),
    business("status", Text),
    business("currency", Text),
    business("amount_ex_tax_minor", Integer),
    business("amount_inc_tax_minor", Integer),
    business("ship_to_name", Text),
    business("ship_to_line1", Text),
    business("ship_to_city", Text),
    business("ship_to_region", Text),
    business("ship_to_postcode", Text),
    business("ship_to_country", Text),
    business("fully_shipped", Bool),
    business("line_sequences", List),
];

pub(super) const ORDER_LINE: &[Column] = &[
    key("company", Text),
    key("order_no", Text),
    key("sequence", Integer),
    business("line_type", Text),
    business("item_no", Text),
    business("description", Text),
    business("uom", Text),
    business("qty", Decimal),
    business("shipped_qty", Decimal),
    business("invoiced_qty", Decimal),
    business("unit_price", Decimal),
    business("planned_ship_date", Date),
];

pub(super) const SHIPMENT: &[Column] = &[
    key("shipment_no", Text),
    business("source_id", Text),
    business("status", Text),
    business("mode", Text),
    business("carrier_scac", Text),
    business("carrier_name", Text),
    business("pro", Text),
    business("bol", Text),
    business("booking_no", Text),
    business("container_no", Text),
    business("customer_po", Text),
    business("order_nos", List),
    business("vehicle_ref", Text),
    business("vehicle_plate", Text),
    business("vehicle_vin", Text),
    business("driver", Text),
    business("planned_cost_minor", Integer),
    business("currency", Text),
    business("planned_start", Instant),
    business("planned_end", Instant),
    business("stop_ids", List),
];

pub(super) const STOP: &[Column] = &[
    key("shipment_no", Text),
    key("stop_id", Text),
    business("seq", Integer),
    business("kind", Text),
    business("place_code", Text),
    business("place_name", Text),
    business("lat_e6", Integer),
    business("lon_e6", Integer),
    business("window_start", Instant),
    business("window_end", Instant),
    grouped("planned_arrive", Instant, Planned),
    grouped("planned_depart", Instant, Planned),
    grouped("projected_arrive", Instant, Projected),
    grouped("actual_arrive", Instant, Actual),
    grouped("actual_depart", Instant, Actual),
    lineage("planned_version", Text, Planned),
    lineage("planned_hash", Text, Planned),
    lineage("projected_version", Text, Projected),
    lineage("projected_hash", Text, Projected),
    lineage("actual_version", Text, Actual),
    lineage("actual_hash", Text, Actual),
];

pub(super) const MILESTONE: &[Column] = &[
    key("milestone_id", Text),
    business("scope", Text),
    business("scope_ref", Text),
    business("shipment_no", Text),
    business("order_no", Text),
    business("container_no", Text),
    business("stop_id", Text),
    business("code", Text),
    business("classifier", Text),
    business("event_time", Instant),
    business("time_precision", Text),
    business("tz_basis", Text),
    business("place_code", Text),
    business("lat_e6", Integer),
    business("lon_e6", Integer),
    business("reason_code", Text),
    business("source_code", Text),
];

pub(super) const INVENTORY_MOVEMENT: &[Column] = &[
    key("warehouse", Text),
    key("movement_id", Text),
    business("movement_type", Text),
    business("sku", Text),
    business("lot", Text),
    business("serial", Text),
    business("qty_base", Decimal),
    business("uom_base", Text),
    business("qty", Decimal),
    business("uom", Text),
    business("order_no", Text),
    business("line_no", Integer),
    business("sscc", Text),
    business("load_ref", Text),
    business("reason", Text),
    business("bin_from", Text),
    business("bin_to", Text),
    business("stock_status", Text),
    business("movement_time", Instant),
    business("tz_basis", Text),
];

pub(super) const INVENTORY_SNAPSHOT: &[Column] = &[
    key("warehouse", Text),
    key("sku", Text),
    key("lot", Text),
    key("bin", Text),
    key("stock_status", Text),
    business("qty_base", Decimal),
    business("uom_base", Text),
    business("as_of", Instant),
];

pub(super) const VEHICLE_POSITION: &[Column] = &[
    key("provider", Text),
    key("vehicle_id", Text),
    key("stream", Text),
    key("reading_time", Instant),
    business("lat_e6", Integer),
    business("lon_e6", Integer),
    business("speed_kmh", Decimal),
    business("heading_deg", Integer),
    business("odometer_m", Integer),
    business("engine_s", Integer),
    business("engine_state", Text),
    business("place_text", Text),
    business("kept_reason", Text),
];

pub(super) const VEHICLE: &[Column] = &[
    key("provider", Text),
    key("vehicle_id", Text),
    business("name", Text),
    business("vin", Text),
    business("plate", Text),
];

pub(super) const FREIGHT_INVOICE: &[Column] = &[
    key("scac", Text),
    key("invoice_no", Text),
    key("kind", Text),
    business("shipment_no", Text),
    business("pro", Text),
    business("bol", Text),
    business("invoice_date", Date),
    business("delivery_date", Date),
    business("currency", Text),
    business("net_minor", Integer),
    business("weight_kg", Decimal),
    business("pieces", Integer),
    business("sum_ok", Bool),
    business("sum_difference_minor", Integer),
    business("line_numbers", List),
];

pub(super) const FREIGHT_INVOICE_LINE: &[Column] = &[
    key("scac", Text),
    key("invoice_no", Text),
    key("kind", Text),
    key("line_no", Integer),
    business("code", Text),
    business("description", Text),
    business("rate", Decimal),
    business("rate_qualifier", Text),
    business("amount_minor", Integer),
];

pub(super) const CONTAINER: &[Column] = &[
    key("container_no", Text),
    business("check_digit", Text),
    grouped("iso_type", Text, IsoType),
    business("laden", Bool),
    business("last_code", Text),
    business("last_place", Text),
    business("last_event_time", Instant),
    business("shipment_no", Text),
    business("booking_no", Text),
    grouped("gate_in_at", Instant, GateIn),
    grouped("gate_out_at", Instant, GateOut),
    lineage("iso_type_version", Text, IsoType),
    lineage("iso_type_hash", Text, IsoType),
    lineage("gate_in_version", Text, GateIn),
    lineage("gate_in_hash", Text, GateIn),
    lineage("gate_out_version", Text, GateOut),
    lineage("gate_out_hash", Text, GateOut),
];

pub(super) const HANDLING_UNIT: &[Column] = &[
    key("sscc", Text),
    business("last_place", Text),
    business("last_code", Text),
    business("last_event_time", Instant),
    business("shipment_no", Text),
    business("order_no", Text),
];

pub(super) const EDI_ACK: &[Column] = &[
    key("direction", Text),
    key("partner", Text),
    key("isa13", Text),
    key("gs06", Text),
    business("status", Text),
    business("sets", Integer),
    business("accepted", Integer),
    business("errors", List),
    business("sent_at", Instant),
    business("control_no", Text),
];

pub(super) const CANARY: &[Column] = &[
    key("canary_source", Text),
    business("sent_at", Instant),
    business("app_version", Text),
];

/// Written for every table. `event_time` comes first, since the milestone has it as a business column.
pub(super) const LINEAGE: &[Column] = &[
    lineage("event_time", Instant, Description),
    lineage("source", Text, Description),
    lineage("record_key", Text, Description),
    lineage("version", Text, Description),
    lineage("content_hash", Text, Description),
    lineage("document_id", Text, Description),
    lineage("correlation_id", Text, Description),
    lineage("source_modified_at", Instant, Description),
    lineage("applied_at", Instant, Description),
    lineage("dq", List, Description),
    lineage("tombstone", Bool, Description),
];

/// The columns of `v_vehicle_latest`.
pub(super) const VEHICLE_LATEST: &[Column] = &[
    key("provider", Text),
    key("vehicle_id", Text),
    business("reading_time", Instant),
    business("lat_e6", Integer),
    business("lon_e6", Integer),
    business("speed_kmh", Decimal),
    business("heading_deg", Integer),
    business("place_text", Text),
    business("odometer_m", Integer),
    business("odometer_time", Instant),
    business("engine_state", Text),
    business("engine_s", Integer),
    business("engine_time", Instant),
];
