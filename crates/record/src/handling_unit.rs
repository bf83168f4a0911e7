//! Logistic units.

use serde::{Deserialize, Serialize};

use crate::{Entity, EpochMillis, InvalidKey, RecordKey, Text};

/// A pallet or parcel, as of its latest event. Key: its SSCC, 18 digits.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct HandlingUnit<'a> {
    /// Serial Shipping Container Code: 18 digits, the check digit among them.
    #[serde(borrow)]
    pub sscc: Text<'a>,
    /// Place of its latest event.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub last_place: Option<Text<'a>>,
    /// Our code of its latest event.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub last_code: Option<Text<'a>>,
    /// Time of its latest event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_event_time: Option<EpochMillis>,
    /// The shipment that it is on, if the event names it.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub shipment_no: Option<Text<'a>>,
    /// The order that it is for, if the event names it.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub order_no: Option<Text<'a>>,
}

impl HandlingUnit<'_> {
    /// The business key of the unit.
    pub fn key(&self) -> Result<RecordKey, InvalidKey> {
        RecordKey::new(Entity::HandlingUnit, &[&self.sscc])
    }
}
