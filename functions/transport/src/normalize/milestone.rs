//! The milestones that a stop's times tell.

use record::{
    Classifier, EpochMillis, Milestone, MilestoneCode, Stop, StopKind, Text, TimeBasis,
    TimePrecision,
};

use super::cargo::Cargo;

/// The milestones of a stop: what happened there, and when the vehicle is expected.
pub(super) fn milestones<'a>(stop: &Stop<'a>, cargo: &Cargo<'a>) -> Vec<Milestone<'a>> {
    let (arrived, departed) = match stop.kind {
        StopKind::Pickup => (MilestoneCode::PickupArrived, MilestoneCode::PickupDeparted),
        StopKind::Delivery => (MilestoneCode::DeliveryArrived, MilestoneCode::Delivered),
        StopKind::Other => return Vec::new(),
    };
    let mut milestones = Vec::new();
    let mut add = |code, classifier, times: Option<record::StopTimes>, end: bool| {
        let Some(times) = times else { return };
        let (at, side) = if end {
            (times.depart, "end")
        } else {
            (times.arrive, "start")
        };
        if let Some(at) = at {
            let source_code = format!("otm:{}:{side}", times.lifecycle);
            milestones.push(milestone(stop, cargo, code, classifier, at, source_code));
        }
    };
    add(arrived, Classifier::Actual, stop.actual, false);
    add(departed, Classifier::Actual, stop.actual, true);
    add(
        MilestoneCode::EtaUpdated,
        Classifier::Estimated,
        stop.projected,
        false,
    );
    milestones
}

/// When it happened; nothing has happened yet that is only expected.
pub(super) fn happened(milestone: &Milestone<'_>) -> Option<EpochMillis> {
    (milestone.classifier == Classifier::Actual).then_some(milestone.event_time)
}

fn milestone<'a>(
    stop: &Stop<'a>,
    cargo: &Cargo<'a>,
    code: MilestoneCode,
    classifier: Classifier,
    event_time: EpochMillis,
    source_code: String,
) -> Milestone<'a> {
    Milestone {
        scope: Text::from("stop"),
        scope_ref: Text::from(format!("{}|{}", stop.shipment_no, stop.stop_id)),
        event_id: None,
        shipment_no: Some(stop.shipment_no.clone()),
        order_no: cargo.only_order().cloned(),
        container_no: cargo.container_no.clone(),
        stop_id: Some(stop.stop_id.clone()),
        code,
        classifier,
        event_time,
        time_precision: TimePrecision::Second,
        tz_basis: TimeBasis::Offset,
        place_code: stop.place_code.clone(),
        lat_e6: stop.lat_e6,
        lon_e6: stop.lon_e6,
        reason_code: None,
        source_code: Text::from(source_code),
    }
}
