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
    #[serde(borrow)]
    pub source_id: Option<Text<'a>>,
    /// Status in lower snake case: `draft`, `requested`, `confirmed`, `in_transit`, `completed`, `cancelled`.
    #[serde(borrow)]
    pub status: Option<Text<'a>>,
    /// Mode of transport in lower snake case: `road`, `rail`, `maritime`, `air`, `inland_waterway`.
    #[serde(borrow)]
    pub mode: Option<Text<'a>>,
    /// Standard Carrier Alpha Code.
    #[serde(borrow)]
    pub carrier_scac: Option<Text<'a>>,
    /// The carrier's name.
    #[serde(borrow)]
    pub carrier_name: Option<Text<'a>>,
    /// The carrier's own reference (PRO number).
    #[serde(borrow)]
    pub pro: Option<Text<'a>>,
    /// Bill of lading number.
    #[serde(borrow)]
    pub bol: Option<Text<'a>>,
    /// The ocean carrier's booking reference.
    #[serde(borrow)]
    pub booking_no: Option<Text<'a>>,
    /// Container number as the source writes it.
    #[serde(borrow)]
    pub container_no: Option<Text<'a>>,
    /// The customer's purchase order number.
    #[serde(borrow)]
    pub customer_po: Option<Text<'a>>,
    /// Orders on board, ascending, each once.
    #[serde(borrow)]
    pub order_nos: Vec<Text<'a>>,
    /// Id of the vehicle at its telematics provider.
    #[serde(borrow)]
    pub vehicle_ref: Option<Text<'a>>,
    /// Licence plate.
    #[serde(borrow)]
    pub vehicle_plate: Option<Text<'a>>,
    /// Vehicle identification number.
    #[serde(borrow)]
    pub vehicle_vin: Option<Text<'a>>,
    /// The driver's name.
    #[serde(borrow)]
    pub driver: Option<Text<'a>>,
    /// Planned cost, in minor units of the currency.
    pub planned_cost_minor: Option<i64>,
    /// ISO 4217 code of the planned cost.
    #[serde(borrow)]
    pub currency: Option<Text<'a>>,
    /// When the first stop is planned to begin.
    pub planned_start: Option<EpochMillis>,
    /// When the last stop is planned to end.
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
