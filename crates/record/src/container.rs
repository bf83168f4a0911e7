//! Containers.

use serde::{Deserialize, Serialize};

use crate::{Entity, EpochMillis, InvalidKey, RecordKey, Text};

/// A container, as of its latest event. Key: owner code and serial number, 10 characters (ISO 6346).
///
/// Sources write the number with or without its check digit, so that the digit is no part of the key. The type and the
/// two gate times are column groups with their own version: an event that does not carry one leaves the stored one as
/// it is, and an event that comes late still fills the one that it carries.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Container<'a> {
    /// Owner code and serial number without the check digit: `TSTU904417`.
    #[serde(borrow)]
    pub container_no: Text<'a>,
    /// The check digit, as the source gave it or as it must be.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub check_digit: Option<Text<'a>>,
    /// Size and type (ISO 6346), such as `45G1`.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub iso_type: Option<Text<'a>>,
    /// Whether it is loaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub laden: Option<bool>,
    /// Our code of its latest event.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub last_code: Option<Text<'a>>,
    /// Place of its latest event.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub last_place: Option<Text<'a>>,
    /// Time of its latest event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_event_time: Option<EpochMillis>,
    /// The shipment that it is on, if the event names it.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub shipment_no: Option<Text<'a>>,
    /// The ocean carrier's booking reference, if the event names it.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub booking_no: Option<Text<'a>>,
    /// When it last entered a terminal or depot; only a record of that event carries it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gate_in_at: Option<EpochMillis>,
    /// When it last left one; only a record of that event carries it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gate_out_at: Option<EpochMillis>,
}

impl Container<'_> {
    /// The business key of the container.
    pub fn key(&self) -> Result<RecordKey, InvalidKey> {
        RecordKey::new(Entity::Container, &[&self.container_no])
    }
}
