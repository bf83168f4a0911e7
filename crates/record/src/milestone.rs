//! Milestones.

use serde::{Deserialize, Serialize};

use crate::{Entity, EpochMillis, InvalidKey, RecordKey, Text, entity::named};

named! {
    /// What happened, in one vocabulary for all sources, in the order of a shipment's way.
    MilestoneCode ("milestone code") {
        /// The order was taken in.
        OrderCreated = "order_created",
        /// The carrier accepted the load.
        TenderAccepted = "tender_accepted",
        /// The carrier declined the load.
        TenderDeclined = "tender_declined",
        /// A time for the pickup was agreed.
        PickupAppointment = "pickup_appointment",
        /// The vehicle reached the pickup.
        PickupArrived = "pickup_arrived",
        /// The goods are loaded.
        LoadingDone = "loading_done",
        /// The vehicle left the pickup.
        PickupDeparted = "pickup_departed",
        /// The goods are on their way.
        InTransit = "in_transit",
        /// They reached a terminal or port between pickup and delivery.
        TerminalArrived = "terminal_arrived",
        /// They left a terminal or port between pickup and delivery.
        TerminalDeparted = "terminal_departed",
        /// The container was unloaded from the vessel.
        ContainerDischarged = "container_discharged",
        /// The container entered a terminal or depot.
        GateIn = "gate_in",
        /// The container left a terminal or depot.
        GateOut = "gate_out",
        /// Customs hold the goods.
        CustomsHold = "customs_hold",
        /// Customs inspect the goods.
        CustomsInspect = "customs_inspect",
        /// Customs released the goods.
        CustomsReleased = "customs_released",
        /// A new forecast of the arrival.
        EtaUpdated = "eta_updated",
        /// The vehicle reached the delivery.
        DeliveryArrived = "delivery_arrived",
        /// The goods were handed over.
        Delivered = "delivered",
        /// The warehouse booked the goods in.
        ReceivedInWms = "received_in_wms",
        /// The vehicle left the delivery.
        DeliveryDeparted = "delivery_departed",
        /// It is later than planned.
        Delayed = "delayed",
        /// Something went wrong; the reason code says what.
        Exception = "exception",
        /// Something that we have no word for; the source's own code says what.
        Other = "other",
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
        /// Local time of the place, whose zone was looked up.
        LocalPlace = "local_place",
        /// The source named the time zone.
        NamedZone = "named_zone",
        /// The partner's usual time zone was assumed.
        PartnerDefault = "partner_default",
        /// Local time of the site, whose zone is configured.
        Site = "site",
    }
}

/// Something that happened, or is expected to happen.
///
/// Key: what the milestone is about, its code and its classifier. The event time is data: a source that corrects a time
/// restates the milestone instead of adding a second one. Where a source gives its events ids, or reports one code several
/// times, `event_id` is the key instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Milestone<'a> {
    /// What the milestone is about: `order`, `shipment`, `stop`, `container` or `unit`.
    #[serde(borrow)]
    pub scope: Text<'a>,
    /// The key of that thing.
    #[serde(borrow)]
    pub scope_ref: Text<'a>,
    /// The key if code and classifier do not tell the events of the thing apart, its parts joined with `|`.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<Text<'a>>,
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
        if let Some(event_id) = &self.event_id {
            return RecordKey::from_text(Entity::Milestone, event_id);
        }
        let mut parts: Vec<&str> = self.scope_ref.split('|').collect();
        parts.extend([self.code.as_str(), self.classifier.as_str()]);
        RecordKey::new(Entity::Milestone, &parts)
    }
}
