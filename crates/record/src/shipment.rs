//! Shipments.

use serde::{Deserialize, Serialize};

use crate::{Entity, EpochMillis, InvalidKey, RecordKey, Text};

/// A load on its way. Key: shipment number.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Shipment<'a> {
    /// The number under which all parties know the load.
    #[serde(borrow)]
    pub shipment_no: Text<'a>,
    /// The source's own id of the trip.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub source_id: Option<Text<'a>>,
    /// Status in lower snake case: `draft`, `requested`, `confirmed`, `in_transit`, `completed`, `cancelled`.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub status: Option<Text<'a>>,
    /// Mode of transport in lower snake case: `road`, `rail`, `maritime`, `air`, `inland_waterway`.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Text<'a>>,
    /// Standard Carrier Alpha Code.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub carrier_scac: Option<Text<'a>>,
    /// The carrier's name.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub carrier_name: Option<Text<'a>>,
    /// The carrier's own reference (PRO number).
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub pro: Option<Text<'a>>,
    /// Bill of lading number.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub bol: Option<Text<'a>>,
    /// The ocean carrier's booking reference.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub booking_no: Option<Text<'a>>,
    /// Container number as the source writes it.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub container_no: Option<Text<'a>>,
    /// The customer's purchase order number.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub customer_po: Option<Text<'a>>,
    /// Orders on board, ascending, each once.
    #[serde(borrow)]
    pub order_nos: Vec<Text<'a>>,
    /// Id of the vehicle at its telematics provider.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub vehicle_ref: Option<Text<'a>>,
    /// Licence plate.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub vehicle_plate: Option<Text<'a>>,
    /// Vehicle identification number.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub vehicle_vin: Option<Text<'a>>,
    /// The driver's name.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub driver: Option<Text<'a>>,
    /// Planned cost, in minor units of the currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub planned_cost_minor: Option<i64>,
    /// ISO 4217 code of the planned cost.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Text<'a>>,
    /// When the first stop is planned to begin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub planned_start: Option<EpochMillis>,
    /// When the last stop is planned to end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub planned_end: Option<EpochMillis>,
    /// Ids of all stops that this version has, in the order of the trip. A stop that a newer version does not list is
    /// deleted, and its milestones with it.
    #[serde(borrow)]
    pub stop_ids: Vec<Text<'a>>,
}

impl Shipment<'_> {
    /// The business key of the shipment.
    pub fn key(&self) -> Result<RecordKey, InvalidKey> {
        RecordKey::new(Entity::Shipment, &[&self.shipment_no])
    }
}
