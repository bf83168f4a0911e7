//! Readings of vehicles.

use serde::{Deserialize, Serialize};

use crate::{Entity, EpochMillis, ExactDecimal, InvalidKey, RecordKey, Text};

/// What a vehicle's gateway read at one time. Key: provider, vehicle, stream and time of the reading.
///
/// Each stream fills its own fields: one gives coordinates, another the odometer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct VehiclePosition<'a> {
    /// The telematics provider.
    #[serde(borrow)]
    pub provider: Text<'a>,
    /// The provider's own id of the vehicle.
    #[serde(borrow)]
    pub vehicle_id: Text<'a>,
    /// The provider's stream, such as `gps` or `odometer`.
    #[serde(borrow)]
    pub stream: Text<'a>,
    /// When the gateway read it; part of the key.
    pub reading_time: EpochMillis,
    /// Latitude in microdegrees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lat_e6: Option<i64>,
    /// Longitude in microdegrees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lon_e6: Option<i64>,
    /// Speed in kilometres per hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speed_kmh: Option<ExactDecimal>,
    /// Direction of travel in degrees, clockwise from north, 0 to 359.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heading_deg: Option<i64>,
    /// Distance driven so far, in metres.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub odometer_m: Option<i64>,
    /// Time that the engine has run so far, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub engine_s: Option<i64>,
    /// State of the engine in lower snake case: `on`, `off`, `idle`.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub engine_state: Option<Text<'a>>,
    /// The place in the provider's words.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub place_text: Option<Text<'a>>,
    /// Why the reading was kept when others were thinned out: `time`, `distance`, `engine`.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub kept_reason: Option<Text<'a>>,
}

impl VehiclePosition<'_> {
    /// The business key of the reading.
    pub fn key(&self) -> Result<RecordKey, InvalidKey> {
        let reading_time = self.reading_time.0.to_string();
        let parts: [&str; 4] = [
            &self.provider,
            &self.vehicle_id,
            &self.stream,
            &reading_time,
        ];
        RecordKey::new(Entity::VehiclePosition, &parts)
    }
}
