//! The views that join all sources, and their columns.

use crate::{
    sql::Dialect,
    table::{
        Column,
        Kind::{Bool, Date, Decimal, Instant, Integer, List, Text},
        plain,
    },
};

/// A view over what is resolved: one picture of all sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum View {
    /// `v_milestone_resolved`
    MilestoneResolved,
    /// `v_shipment_timeline`
    ShipmentTimeline,
    /// `v_stop_times`
    StopTimes,
    /// `v_on_time`
    OnTime,
    /// `v_on_time_pickup`
    OnTimePickup,
    /// `v_on_time_delivery`
    OnTimeDelivery,
    /// `v_dwell`
    Dwell,
    /// `v_freight_invoice_match`
    FreightInvoiceMatch,
    /// `v_order_to_delivery`
    OrderToDelivery,
    /// `v_inventory_position`
    InventoryPosition,
    /// `v_vehicle_use`
    VehicleUse,
    /// `v_vehicle_position_resolved`
    VehiclePositionResolved,
    /// `v_xref_conflicts`
    XrefConflicts,
    /// `v_orphans`
    Orphans,
    /// `v_carrier_scorecard`
    CarrierScorecard,
}

impl View {
    /// Every view, those first that others stand on.
    pub const ALL: [Self; 15] = [
        Self::MilestoneResolved,
        Self::ShipmentTimeline,
        Self::StopTimes,
        Self::OnTime,
        Self::OnTimePickup,
        Self::OnTimeDelivery,
        Self::Dwell,
        Self::FreightInvoiceMatch,
        Self::OrderToDelivery,
        Self::InventoryPosition,
        Self::VehicleUse,
        Self::VehiclePositionResolved,
        Self::XrefConflicts,
        Self::Orphans,
        Self::CarrierScorecard,
    ];

    /// The view's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MilestoneResolved => "v_milestone_resolved",
            Self::ShipmentTimeline => "v_shipment_timeline",
            Self::StopTimes => "v_stop_times",
            Self::OnTime => "v_on_time",
            Self::OnTimePickup => "v_on_time_pickup",
            Self::OnTimeDelivery => "v_on_time_delivery",
            Self::Dwell => "v_dwell",
            Self::FreightInvoiceMatch => "v_freight_invoice_match",
            Self::OrderToDelivery => "v_order_to_delivery",
            Self::InventoryPosition => "v_inventory_position",
            Self::VehicleUse => "v_vehicle_use",
            Self::VehiclePositionResolved => "v_vehicle_position_resolved",
            Self::XrefConflicts => "v_xref_conflicts",
            Self::Orphans => "v_orphans",
            Self::CarrierScorecard => "v_carrier_scorecard",
        }
    }

    /// Its columns.
    pub(crate) const fn columns(self) -> &'static [Column] {
        match self {
            Self::MilestoneResolved => MILESTONE_RESOLVED,
            Self::ShipmentTimeline => SHIPMENT_TIMELINE,
            Self::StopTimes => STOP_TIMES,
            Self::OnTime => ON_TIME,
            Self::OnTimePickup => ON_TIME,
            Self::OnTimeDelivery => ON_TIME,
            Self::Dwell => DWELL,
            Self::FreightInvoiceMatch => FREIGHT_INVOICE_MATCH,
            Self::OrderToDelivery => ORDER_TO_DELIVERY,
            Self::InventoryPosition => INVENTORY_POSITION,
            Self::VehicleUse => VEHICLE_USE,
            Self::VehiclePositionResolved => VEHICLE_POSITION_RESOLVED,
            Self::XrefConflicts => XREF_CONFLICTS,
            Self::Orphans => ORPHANS,
            Self::CarrierScorecard => CARRIER_SCORECARD,
        }
    }

    /// Reads all of its rows.
    pub(crate) fn select<D: Dialect>(self) -> String {
        let cells: Vec<String> = self.columns().iter().map(D::cell).collect();
        format!("SELECT {} FROM {}", cells.join(", "), self.name())
    }
}

const MILESTONE_RESOLVED: &[Column] = &[
    plain("milestone_id", Text),
    plain("shipment_no", Text),
    plain("order_no", Text),
    plain("container_no", Text),
    plain("stop_id", Text),
    plain("code", Text),
    plain("classifier", Text),
    plain("event_time", Instant),
    plain("time_precision", Text),
    plain("place_code", Text),
    plain("reason_code", Text),
    plain("source_code", Text),
    plain("source", Text),
    plain("source_rank", Integer),
    plain("match_rule", Text),
    plain("match_confidence", Decimal),
    plain("stub", Bool),
    plain("version", Text),
    plain("correlation_id", Text),
    plain("source_modified_at", Instant),
    plain("applied_at", Instant),
];

const SHIPMENT_TIMELINE: &[Column] = &[
    plain("shipment_no", Text),
    plain("code", Text),
    plain("stop_id", Text),
    plain("event_time", Instant),
    plain("classifier", Text),
    plain("time_precision", Text),
    plain("chosen_source", Text),
    plain("sources", Text),
    plain("milestone_id", Text),
    plain("place_code", Text),
    plain("reason_code", Text),
    plain("order_no", Text),
    plain("container_no", Text),
    plain("correlation_id", Text),
];

const STOP_TIMES: &[Column] = &[
    plain("shipment_no", Text),
    plain("stop_id", Text),
    plain("seq", Integer),
    plain("kind", Text),
    plain("place_code", Text),
    plain("carrier_scac", Text),
    plain("window_start", Instant),
    plain("window_end", Instant),
    plain("arrived_at", Instant),
    plain("arrived_source", Text),
    plain("departed_at", Instant),
    plain("departed_source", Text),
];

const ON_TIME: &[Column] = &[
    plain("shipment_no", Text),
    plain("stop_id", Text),
    plain("seq", Integer),
    plain("kind", Text),
    plain("place_code", Text),
    plain("carrier_scac", Text),
    plain("window_start", Instant),
    plain("window_end", Instant),
    plain("arrived_at", Instant),
    plain("arrived_source", Text),
    plain("minutes_late", Integer),
    plain("minutes_early", Integer),
    plain("tolerance_min", Integer),
    plain("reason_code", Text),
    plain("status", Text),
];

const DWELL: &[Column] = &[
    plain("shipment_no", Text),
    plain("what", Text),
    plain("stop_id", Text),
    plain("kind", Text),
    plain("place_code", Text),
    plain("arrived_at", Instant),
    plain("departed_at", Instant),
    plain("dwell_min", Integer),
    plain("free_min", Integer),
    plain("detention_min", Integer),
    plain("detention_cost_minor", Integer),
    plain("currency", Text),
];

const FREIGHT_INVOICE_MATCH: &[Column] = &[
    plain("scac", Text),
    plain("invoice_no", Text),
    plain("kind", Text),
    plain("shipment_no", Text),
    plain("match_rule", Text),
    plain("invoice_date", Date),
    plain("currency", Text),
    plain("net_minor", Integer),
    plain("planned_cost_minor", Integer),
    plain("planned_currency", Text),
    plain("variance_minor", Integer),
    plain("variance_bp", Integer),
    plain("tolerance_minor", Integer),
    plain("originals", Integer),
    plain("charges_not_contracted", Integer),
    plain("sum_ok", Bool),
    plain("status", Text),
    plain("correlation_id", Text),
];

const ORDER_TO_DELIVERY: &[Column] = &[
    plain("company", Text),
    plain("order_no", Text),
    plain("sequence", Integer),
    plain("shipment_no", Text),
    plain("match_rule", Text),
    plain("match_confidence", Decimal),
    plain("customer_no", Text),
    plain("status", Text),
    plain("item_no", Text),
    plain("uom", Text),
    plain("qty", Decimal),
    plain("shipped_qty", Decimal),
    plain("received_qty", Decimal),
    plain("damaged_qty", Decimal),
    plain("ordered_on", Date),
    plain("requested_delivery_date", Date),
    plain("tendered_at", Instant),
    plain("tendered_source", Text),
    plain("picked_up_at", Instant),
    plain("picked_up_source", Text),
    plain("in_transit_at", Instant),
    plain("in_transit_source", Text),
    plain("discharged_at", Instant),
    plain("discharged_source", Text),
    plain("customs_released_at", Instant),
    plain("customs_released_source", Text),
    plain("gate_out_at", Instant),
    plain("gate_out_source", Text),
    plain("delivered_at", Instant),
    plain("delivered_source", Text),
    plain("received_at", Instant),
    plain("received_source", Text),
    plain("invoiced_on", Date),
    plain("correlation_id", Text),
];

const INVENTORY_POSITION: &[Column] = &[
    plain("warehouse", Text),
    plain("sku", Text),
    plain("lot", Text),
    plain("uom_base", Text),
    plain("as_of", Instant),
    plain("counted_qty", Decimal),
    plain("movements_since", Integer),
    plain("moved_qty", Decimal),
    plain("on_hand_qty", Decimal),
    plain("derived_qty", Decimal),
    plain("variance_qty", Decimal),
];

const VEHICLE_USE: &[Column] = &[
    plain("number", Text),
    plain("shipment_no", Text),
    plain("stop_id", Text),
    plain("from_at", Instant),
    plain("until_at", Instant),
];

const VEHICLE_POSITION_RESOLVED: &[Column] = &[
    plain("provider", Text),
    plain("vehicle_id", Text),
    plain("stream", Text),
    plain("reading_time", Instant),
    plain("shipment_no", Text),
    plain("lat_e6", Integer),
    plain("lon_e6", Integer),
    plain("odometer_m", Integer),
    plain("engine_state", Text),
];

const XREF_CONFLICTS: &[Column] = &[
    plain("shipment_no", Text),
    plain("group_id", Text),
    plain("doubt", Text),
    plain("shipments", List),
    plain("shared", List),
];

const ORPHANS: &[Column] = &[
    plain("entity", Text),
    plain("record_key", Text),
    plain("source", Text),
    plain("said_at", Instant),
    plain("shipment_no", Text),
    plain("match_rule", Text),
    plain("doubt", Text),
    plain("waiting_since", Instant),
    plain("age_min", Integer),
];

const CARRIER_SCORECARD: &[Column] = &[
    plain("carrier_scac", Text),
    plain("month", Text),
    plain("origin", Text),
    plain("destination", Text),
    plain("shipments", Integer),
    plain("tenders_accepted", Integer),
    plain("tenders_declined", Integer),
    plain("acceptance_bp", Integer),
    plain("pickups_on_time", Integer),
    plain("pickups_late", Integer),
    plain("on_time_pickup_bp", Integer),
    plain("deliveries_on_time", Integer),
    plain("deliveries_late", Integer),
    plain("on_time_delivery_bp", Integer),
    plain("stops_excused", Integer),
    plain("stops_no_data", Integer),
    plain("transit_min_p50", Integer),
    plain("milestones_told", Integer),
    plain("tracking_bp", Integer),
    plain("latency_min_p50", Integer),
    plain("latency_min_p90", Integer),
    plain("invoices", Integer),
    plain("invoices_within", Integer),
    plain("invoice_accuracy_bp", Integer),
];
