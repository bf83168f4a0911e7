//! How carriers do, by lane and month.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::{
    Row,
    cell::{minutes, number, row, text},
    extract::{Extract, Known},
};

const TRACKED: [&str; 4] = [
    "pickup_arrived",
    "pickup_departed",
    "delivery_arrived",
    "delivered",
];

type Lane = (String, String, String, String);

#[derive(Default)]
struct Score {
    shipments: i64,
    counts: BTreeMap<&'static str, i64>,
    transit: Vec<i64>,
}

impl Score {
    fn count(&mut self, what: &'static str, times: usize) {
        *self.counts.entry(what).or_default() += i64::try_from(times).unwrap_or_default();
    }

    fn of(&self, what: &str) -> i64 {
        self.counts.get(what).copied().unwrap_or_default()
    }
}

/// One row per carrier, month and lane.
pub(crate) fn scorecard(
    extract: &Extract,
    told: &[Row],
    timeline: &[Row],
    on_time: &[Row],
    invoices: &[Row],
) -> Vec<Row> {
    let mut scores: BTreeMap<Lane, Score> = BTreeMap::new();
    for trip in extract.live("shipment") {
        let of_trip = |rows: &'_ [Row]| -> Vec<Row> {
            rows.iter()
                .filter(|row| text(row, "shipment_no") == Some(&trip.key))
                .cloned()
                .collect()
        };
        let score = scores.entry(lane(extract, trip)).or_default();
        score.shipments += 1;
        let said = of_trip(told);
        let said = said
            .iter()
            .filter(|row| row["source"] == "carrier" && row["classifier"] == "ACT");
        let said: BTreeSet<&str> = said.filter_map(|row| text(row, "code")).collect();
        score.count(
            "tenders_accepted",
            usize::from(said.contains("tender_accepted")),
        );
        score.count(
            "tenders_declined",
            usize::from(said.contains("tender_declined")),
        );
        score.count(
            "milestones_told",
            TRACKED.iter().filter(|code| said.contains(*code)).count(),
        );
        for stop in of_trip(on_time) {
            match (text(&stop, "kind"), text(&stop, "status")) {
                (Some("pickup"), Some("on_time")) => score.count("pickups_on_time", 1),
                (Some("pickup"), Some("late")) => score.count("pickups_late", 1),
                (_, Some("on_time")) => score.count("deliveries_on_time", 1),
                (_, Some("late")) => score.count("deliveries_late", 1),
                (_, Some("excused")) => score.count("stops_excused", 1),
                (_, Some("no_data")) => score.count("stops_no_data", 1),
                _ => {}
            }
        }
        let originals: Vec<Row> = of_trip(invoices)
            .into_iter()
            .filter(|invoice| invoice["kind"] == "original")
            .collect();
        score.count("invoices", originals.len());
        score.count(
            "invoices_within",
            originals
                .iter()
                .filter(|invoice| invoice["status"] == "within")
                .count(),
        );
        let steps = of_trip(timeline);
        let last = |code: &str| {
            let happened = steps
                .iter()
                .filter(|step| step["code"] == code && step["classifier"] == "ACT");
            happened.filter_map(|step| number(step, "event_time")).max()
        };
        score
            .transit
            .extend(minutes(last("delivered"), last("pickup_departed")));
    }
    scores
        .into_iter()
        .map(|(lane, score)| report(lane, score))
        .collect()
}

fn lane(extract: &Extract, trip: &Known) -> Lane {
    let or_dash = |text: Option<&str>| text.unwrap_or("-").to_owned();
    let mut stops: Vec<&Row> = extract.stops(&trip.key).collect();
    stops.sort_by_key(|stop| (number(stop, "seq"), text(stop, "stop_id")));
    let of_kind = |kind: &'static str| stops.iter().filter(move |stop| stop["kind"] == kind);
    let start = number(&trip.row, "planned_start")
        .and_then(|start| jiff::Timestamp::from_millisecond(start).ok());
    let month = start.map(|start| start.strftime("%Y-%m").to_string());
    (
        or_dash(text(&trip.row, "carrier_scac")),
        or_dash(month.as_deref()),
        or_dash(
            of_kind("pickup")
                .next()
                .and_then(|stop| text(stop, "place_code")),
        ),
        or_dash(
            of_kind("delivery")
                .next_back()
                .and_then(|stop| text(stop, "place_code")),
        ),
    )
}

fn report((carrier, month, origin, destination): Lane, mut score: Score) -> Row {
    score.transit.sort_unstable();
    let half = score
        .transit
        .len()
        .div_ceil(2)
        .checked_sub(1)
        .and_then(|place| score.transit.get(place));
    let among = |part: &str, other: &str| {
        (10_000 * score.of(part)).checked_div(score.of(part) + score.of(other))
    };
    let mut scored = row(json!({
        "carrier_scac": carrier,
        "month": month,
        "origin": origin,
        "destination": destination,
        "shipments": score.shipments,
        "acceptance_bp": among("tenders_accepted", "tenders_declined"),
        "on_time_pickup_bp": among("pickups_on_time", "pickups_late"),
        "on_time_delivery_bp": among("deliveries_on_time", "deliveries_late"),
        "transit_min_p50": half,
        "tracking_bp": 10_000 * score.of("milestones_told") / (4 * score.shipments),
        "invoice_accuracy_bp": (10_000 * score.of("invoices_within")).checked_div(score.of("invoices")),
    }));
    scored.extend(
        score
            .counts
            .iter()
            .map(|(what, count)| ((*what).to_owned(), Value::from(*count))),
    );
    scored.entry("pickups_on_time").or_insert(json!(0));
    for column in [
        "pickups_late",
        "deliveries_on_time",
        "deliveries_late",
        "stops_excused",
        "stops_no_data",
    ] {
        scored.entry(column).or_insert(json!(0));
    }
    scored
}
