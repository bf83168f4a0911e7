//! Stops of a shipment.

use serde::{Deserialize, Serialize};

use crate::{Entity, EpochMillis, InvalidKey, RecordKey, SourceVersion, Text, entity::named};

named! {
    /// What happens at a stop.
    #[derive(Default)]
    StopKind ("stop kind") {
        /// Goods are loaded.
        Pickup = "pickup",
        /// Goods are unloaded.
        Delivery = "delivery",
        /// Neither, or the source does not say.
        #[default]
        Other = "other",
    }
}

named! {
    /// How certain a stop's times are, least certain first.
    Lifecycle ("lifecycle") {
        /// Asked for.
        Requested = "requested",
        /// Agreed.
        Planned = "planned",
        /// Forecast on the way.
        Projected = "projected",
        /// Observed.
        Actual = "actual",
        /// Observed and confirmed.
        Realized = "realized",
    }
}

impl Lifecycle {
    /// Rank that goes in front of the version: a lower lifecycle never overwrites a higher one, however late it comes.
    #[must_use]
    pub const fn precedence(self) -> u8 {
        self as u8
    }
}

/// The times of a stop at one degree of certainty: a column group with its own version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StopTimes {
    /// How certain the times are.
    pub lifecycle: Lifecycle,
    /// Arrival.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arrive: Option<EpochMillis>,
    /// Departure; projected stops have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub depart: Option<EpochMillis>,
}

impl StopTimes {
    /// The version of this column group, given the version of the record that carries it.
    #[must_use]
    pub const fn version(&self, record: SourceVersion) -> SourceVersion {
        record.with_precedence(self.lifecycle.precedence())
    }
}

/// A place where a shipment stops. Key: shipment number and stop id.
///
/// The description (kind, place, window) and the three groups of times are filled by different lifecycles, which arrive
/// in any order. Each group keeps its own version; a group that a message does not carry leaves the stored one as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Stop<'a> {
    /// The shipment that stops here.
    #[serde(borrow)]
    pub shipment_no: Text<'a>,
    /// The source's own id of the stop, the same over all lifecycles.
    #[serde(borrow)]
    pub stop_id: Text<'a>,
    /// Position within the trip, from 0. Data, not identity: stops are re-sequenced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<i64>,
    /// What happens here.
    pub kind: StopKind,
    /// The place's code.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub place_code: Option<Text<'a>>,
    /// The place's name.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub place_name: Option<Text<'a>>,
    /// Latitude in microdegrees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lat_e6: Option<i64>,
    /// Longitude in microdegrees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lon_e6: Option<i64>,
    /// Begin of the appointment window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window_start: Option<EpochMillis>,
    /// End of the appointment window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window_end: Option<EpochMillis>,
    /// Requested or planned times.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub planned: Option<StopTimes>,
    /// Projected times.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub projected: Option<StopTimes>,
    /// Actual or realized times.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actual: Option<StopTimes>,
}

impl Stop<'_> {
    /// The business key of the stop.
    pub fn key(&self) -> Result<RecordKey, InvalidKey> {
        RecordKey::new(Entity::Stop, &[&self.shipment_no, &self.stop_id])
    }
}
