//! Milestones.

use serde::{Deserialize, Serialize};

use crate::{Entity, EpochMillis, InvalidKey, RecordKey, Text, entity::named};

named! {
    /// What happened, in one vocabulary for all sources. Codes of further upstreams join this list with them.
    MilestoneCode ("milestone code") {
        /// The vehicle reached the pickup.
        PickupArrived = "pickup_arrived",
        /// The vehicle left the pickup.
        PickupDeparted = "pickup_departed",
        /// A new forecast of the arrival.
        EtaUpdated = "eta_updated",
        /// The vehicle reached the delivery.
        DeliveryArrived = "delivery_arrived",
        /// The goods were handed over.
        Delivered = "delivered",
    }
}

named! {
    /// How certain a milestone is.
    Classifier ("classifier") {
        /// It is planned.
        Planned = "PLN",
        /// It is estimated.
        Estimated = "EST",
        /// It happened.
        Actual = "ACT",
    }
}

named! {
    /// How exact the time is.
    TimePrecision ("time precision") {
        /// The source gave a day.
        Day = "day",
        /// The source gave a minute.
        Minute = "minute",
        /// The source gave a second or better.
        Second = "second",
    }
}

named! {
    /// How the instant was found from what the source wrote.
    TimeBasis ("time basis") {
        /// The text carried an offset from UTC.
        Offset = "offset",
    }
}

/// Something that happened, or is expected to happen.
///
/// Key: what the milestone is about, its code and its classifier. The event time is data: a source that corrects a time
/// restates the milestone instead of adding a second one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Milestone<'a> {
    /// What the milestone is about: `order`, `shipment`, `stop`, `container` or `unit`.
    #[serde(borrow)]
    pub scope: Text<'a>,
    /// The key of that thing.
    #[serde(borrow)]
    pub scope_ref: Text<'a>,
    /// The shipment, if known.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub shipment_no: Option<Text<'a>>,
    /// The order, if there is exactly one.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub order_no: Option<Text<'a>>,
    /// The container, if known.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub container_no: Option<Text<'a>>,
    /// The stop, if it is about one; the milestone goes when the stop goes.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub stop_id: Option<Text<'a>>,
    /// What happened.
    pub code: MilestoneCode,
    /// How certain it is.
    pub classifier: Classifier,
    /// When it happened or is expected to.
    pub event_time: EpochMillis,
    /// How exact the time is.
    pub time_precision: TimePrecision,
    /// How the instant was found.
    pub tz_basis: TimeBasis,
    /// The place's code.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub place_code: Option<Text<'a>>,
    /// Latitude in microdegrees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lat_e6: Option<i64>,
    /// Longitude in microdegrees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lon_e6: Option<i64>,
    /// Why, in the source's own code.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub reason_code: Option<Text<'a>>,
    /// What the source itself called it.
    #[serde(borrow)]
    pub source_code: Text<'a>,
}

impl Milestone<'_> {
    /// The business key of the milestone.
    pub fn key(&self) -> Result<RecordKey, InvalidKey> {
        let mut parts: Vec<&str> = self.scope_ref.split('|').collect();
        parts.extend([self.code.as_str(), self.classifier.as_str()]);
        RecordKey::new(Entity::Milestone, &parts)
    }
}
