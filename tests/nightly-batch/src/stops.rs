//! When vehicles were at their stops, whether on time, and for how long.

use std::collections::BTreeMap;

use serde_json::json;

use crate::{
    Row,
    cell::{copied, minutes, number, row, text},
    extract::Extract,
};

/// Minutes after the window that still count as on time.
const TOLERANCE_MIN: i64 = 15;
/// Minutes that a vehicle stands for free.
const FREE_MIN: i64 = 120;
/// Price of an hour beyond them, in minor units, counted by started quarters.
const HOUR_MINOR: i64 = 7500;
/// Reasons that are not the carrier's.
const EXCUSES: [&str; 11] = [
    "AD", "AG", "AM", "AN", "AO", "AS", "AU", "B1", "B5", "BB", "BD",
];

/// Arrival and departure of each stop: as transport observed them, else as the timeline has them.
pub(crate) fn times(extract: &Extract, timeline: &[Row]) -> Vec<Row> {
    let mut happened = BTreeMap::new();
    for step in timeline.iter().filter(|step| step["classifier"] == "ACT") {
        happened.insert(
            (
                text(step, "shipment_no"),
                text(step, "stop_id"),
                text(step, "code"),
            ),
            step,
        );
    }
    let mut times = Vec::new();
    for stop in extract.live("stop") {
        let shipment = text(&stop.row, "shipment_no");
        let trip = shipment.and_then(|shipment| extract.get("shipment", shipment));
        let Some(trip) = trip.filter(|trip| !trip.is_tombstone) else {
            continue;
        };
        let first = |codes: &[&str]| {
            let stop = text(&stop.row, "stop_id");
            codes
                .iter()
                .find_map(|code| happened.get(&(shipment, stop, Some(*code))).copied())
        };
        let (arrive, depart): (&[&str], &[&str]) = match text(&stop.row, "kind") {
            Some("pickup") => (&["pickup_arrived"], &["pickup_departed"]),
            Some("delivery") => (&["delivery_arrived"], &["delivery_departed", "delivered"]),
            _ => (&[], &[]),
        };
        let told = |column, codes| match number(&stop.row, column) {
            Some(at) => (Some(at), Some(stop.source.as_str())),
            None => {
                let step = first(codes);
                (
                    step.and_then(|step| number(step, "event_time")),
                    step.and_then(|step| text(step, "chosen_source")),
                )
            }
        };
        let (arrived, departed) = (told("actual_arrive", arrive), told("actual_depart", depart));
        let mut at = row(json!({
            "carrier_scac": trip.row.get("carrier_scac"),
            "arrived_at": arrived.0,
            "arrived_source": arrived.1,
            "departed_at": departed.0,
            "departed_source": departed.1,
        }));
        at.extend(copied(
            &stop.row,
            &[
                "shipment_no",
                "stop_id",
                "seq",
                "kind",
                "place_code",
                "window_start",
                "window_end",
            ],
        ));
        times.push(at);
    }
    times
}

/// Arrivals against windows. That nothing is known is told apart from lateness.
pub(crate) fn on_time(times: &[Row], told: &[Row]) -> Vec<Row> {
    let goods = times
        .iter()
        .filter(|stop| ["pickup", "delivery"].contains(&text(stop, "kind").unwrap_or_default()));
    let judge = |stop: &Row| {
        let arrived = number(stop, "arrived_at");
        let late = minutes(arrived, number(stop, "window_end"));
        let excuse = excuse(stop, told).filter(|_| late.is_some_and(|late| late > TOLERANCE_MIN));
        let status = match late {
            _ if arrived.is_none() => "no_data",
            None => "no_window",
            Some(late) if late <= TOLERANCE_MIN => "on_time",
            Some(_) if excuse.is_some() => "excused",
            Some(_) => "late",
        };
        let columns = [
            "shipment_no",
            "stop_id",
            "seq",
            "kind",
            "place_code",
            "carrier_scac",
            "window_start",
            "window_end",
            "arrived_at",
            "arrived_source",
        ];
        let mut judged = row(json!({
            "minutes_late": late,
            "minutes_early": minutes(number(stop, "window_start"), arrived),
            "tolerance_min": TOLERANCE_MIN,
            "reason_code": excuse,
            "status": status,
        }));
        judged.extend(copied(stop, &columns));
        judged
    };
    goods.map(judge).collect()
}

fn excuse<'t>(stop: &Row, told: &'t [Row]) -> Option<&'t str> {
    let of_shipment = told
        .iter()
        .filter(|row| row["shipment_no"] == stop["shipment_no"]);
    let of_stop = of_shipment.filter(|row| {
        row.get("stop_id")
            .is_none_or(|told| *told == stop["stop_id"])
    });
    of_stop
        .filter_map(|row| text(row, "reason_code"))
        .filter(|code| EXCUSES.contains(code))
        .min()
}

/// How long vehicles stood at stops, and containers between discharge and gate.
pub(crate) fn dwell(times: &[Row], timeline: &[Row]) -> Vec<Row> {
    let mut dwell = Vec::new();
    for stop in times
        .iter()
        .filter(|stop| number(stop, "arrived_at").is_some())
    {
        let stood = minutes(number(stop, "departed_at"), number(stop, "arrived_at"));
        let beyond = (stood.unwrap_or_default() - FREE_MIN).max(0);
        let mut row = row(json!({
            "what": "stop",
            "dwell_min": stood,
            "free_min": FREE_MIN,
            "detention_min": beyond,
            "detention_cost_minor": (beyond + 14) / 15 * HOUR_MINOR / 4,
            "currency": "USD",
        }));
        row.extend(copied(
            stop,
            &[
                "shipment_no",
                "stop_id",
                "kind",
                "place_code",
                "arrived_at",
                "departed_at",
            ],
        ));
        dwell.push(row);
    }
    let happened = |code: &'static str| {
        timeline
            .iter()
            .filter(move |step| step["code"] == code && step["classifier"] == "ACT")
    };
    for discharged in happened("container_discharged") {
        let gone =
            happened("gate_out").filter(|gone| gone["shipment_no"] == discharged["shipment_no"]);
        let mut gone: Vec<Option<i64>> = gone.map(|gone| number(gone, "event_time")).collect();
        if gone.is_empty() {
            gone.push(None);
        }
        for gone in gone {
            let mut row = row(json!({
                "what": "container",
                "stop_id": text(discharged, "container_no").unwrap_or("-"),
                "arrived_at": number(discharged, "event_time"),
                "departed_at": gone,
                "dwell_min": minutes(gone, number(discharged, "event_time")),
            }));
            row.extend(copied(discharged, &["shipment_no", "place_code"]));
            dwell.push(row);
        }
    }
    dwell
}
