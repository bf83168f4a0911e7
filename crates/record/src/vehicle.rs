//! Vehicles.

use serde::{Deserialize, Serialize};

use crate::{Entity, InvalidKey, RecordKey, Text};

/// A vehicle as its telematics provider knows it. Key: provider and vehicle id.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Vehicle<'a> {
    /// The telematics provider.
    #[serde(borrow)]
    pub provider: Text<'a>,
    /// The provider's own id of the vehicle.
    #[serde(borrow)]
    pub vehicle_id: Text<'a>,
    /// The name that its owner gave it.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub name: Option<Text<'a>>,
    /// Vehicle identification number.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub vin: Option<Text<'a>>,
    /// Licence plate.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub plate: Option<Text<'a>>,
}

impl Vehicle<'_> {
    /// The business key of the vehicle.
    pub fn key(&self) -> Result<RecordKey, InvalidKey> {
        RecordKey::new(Entity::Vehicle, &[&self.provider, &self.vehicle_id])
    }
}
