//! One load: its newest version, and per stop the newest of each column group.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::trip::{Kind, Stop, Trip, rank};
use crate::world::TripMessage;

type Version = (i64, i64);

/// Keeps the value with the greatest key.
#[derive(Debug)]
struct Newest<K, V>(Option<(K, V)>);

impl<K, V> Default for Newest<K, V> {
    fn default() -> Self {
        Self(None)
    }
}

impl<K: Ord, V> Newest<K, V> {
    fn offer(&mut self, key: K, value: V) {
        if self.0.as_ref().is_none_or(|(held, _)| *held < key) {
            self.0 = Some((key, value));
        }
    }

    fn get(&self) -> Option<&V> {
        self.0.as_ref().map(|(_, value)| value)
    }
}

#[derive(Debug, Default)]
struct StopFold {
    /// The whole load as of the newest message that has the stop.
    described: Newest<Version, Arc<Trip>>,
    planned: Newest<(u8, Version), Option<(i64, i64)>>,
    projected: Newest<(u8, Version), i64>,
    actual: Newest<(u8, Version), (i64, Option<i64>)>,
}

#[derive(Debug, Default)]
pub(super) struct LoadFold {
    newest: Newest<Version, (Arc<Trip>, bool)>,
    stops: BTreeMap<Uuid, StopFold>,
    /// By stop, code: the row.
    milestones: BTreeMap<(Uuid, &'static str), Newest<Version, Value>>,
}

impl LoadFold {
    pub(super) fn sent(&mut self, message: &TripMessage) {
        let trip = Arc::new(message.trip.clone());
        let version = trip.version();
        self.newest
            .offer(version, (Arc::clone(&trip), message.deleted));
        if message.deleted {
            return;
        }
        for stop in &trip.stops {
            let fold = self.stops.entry(stop.id).or_default();
            fold.described.offer(version, Arc::clone(&trip));
            if let Some(planned) = stop.planned {
                fold.planned
                    .offer((rank(planned.lifecycle), version), planned.times);
            }
            if let Some(projected) = stop.projected {
                fold.projected
                    .offer((rank("projected"), version), projected);
            }
            if let Some(actual) = stop.actual {
                fold.actual.offer(
                    (rank(actual.lifecycle), version),
                    (actual.start, actual.end),
                );
            }
            for (code, row) in milestones(&trip, stop) {
                self.milestones
                    .entry((stop.id, code))
                    .or_default()
                    .offer(version, row);
            }
        }
    }

    /// The newest version, unless that one deletes the load.
    pub(super) fn newest(&self) -> Option<&Trip> {
        self.newest
            .get()
            .filter(|(_, deleted)| !deleted)
            .map(|(trip, _)| trip.as_ref())
    }

    pub(super) fn stop_rows(&self, trip: &Trip) -> Vec<Value> {
        trip.stops
            .iter()
            .filter_map(|stop| self.stops.get(&stop.id)?.row(stop.id))
            .collect()
    }

    pub(super) fn milestone_rows(&self, trip: &Trip) -> Vec<Value> {
        let listed = |stop: &Uuid| trip.stops.iter().any(|one| one.id == *stop);
        self.milestones
            .iter()
            .filter(|((stop, _), _)| listed(stop))
            .filter_map(|(_, row)| row.get().cloned())
            .collect()
    }
}

fn ms(seconds: i64) -> i64 {
    seconds * 1000
}

impl StopFold {
    /// The row of `rpt_stop`.
    fn row(&self, id: Uuid) -> Option<Value> {
        let trip = self.described.get()?;
        let (seq, stop) = trip
            .stops
            .iter()
            .enumerate()
            .find(|(_, stop)| stop.id == id)?;
        let (arrive, depart) = self.planned.get().copied().flatten().unzip();
        let (came, left) = self.actual.get().copied().unzip();
        Some(json!({
            "shipment_no": trip.shipment_no(),
            "stop_id": id,
            "seq": seq,
            "kind": match stop.kind {
                Kind::Pickup => "pickup",
                Kind::Delivery => "delivery",
                Kind::Other => "other",
            },
            "place_code": stop.place.code,
            "place_name": stop.place.name,
            "lat_e6": stop.place.lat_e6,
            "lon_e6": stop.place.lon_e6,
            "window_start": stop.window.map(|(start, _)| ms(start)),
            "window_end": stop.window.map(|(_, end)| ms(end)),
            "planned_arrive": arrive.map(ms),
            "planned_depart": depart.map(ms),
            "projected_arrive": self.projected.get().copied().map(ms),
            "actual_arrive": came.map(ms),
            "actual_depart": left.flatten().map(ms),
        }))
    }
}

/// The row of `rpt_shipment`.
pub(super) fn shipment_row(trip: &Trip) -> Value {
    let planned: Vec<&Stop> = trip
        .stops
        .iter()
        .filter(|stop| stop.planned.is_some())
        .collect();
    let times = |stop: &Stop| stop.planned.and_then(|planned| planned.times);
    let start = planned
        .first()
        .and_then(|stop| times(stop).or(stop.window))
        .map(|(start, _)| ms(start));
    let end = planned
        .last()
        .and_then(|stop| times(stop).or(stop.window))
        .map(|(_, end)| ms(end));
    let vehicle = trip.vehicle.as_ref();
    json!({
        "shipment_no": trip.shipment_no(),
        "source_id": trip.id,
        "status": snake(trip.status),
        "mode": snake(trip.mode),
        "carrier_scac": trip.carrier.0,
        "carrier_name": trip.carrier.1,
        "pro": trip.refs.pro,
        "bol": trip.refs.bol,
        "booking_no": trip.refs.booking,
        "container_no": trip.refs.container,
        "customer_po": trip.refs.purchase_order,
        "order_nos": trip.order_numbers(),
        "vehicle_ref": vehicle.map(|vehicle| &vehicle.telematics_id),
        "vehicle_plate": vehicle.map(|vehicle| &vehicle.plate),
        "vehicle_vin": vehicle.and_then(|vehicle| vehicle.vin.as_ref()),
        "driver": trip.driver,
        "planned_cost_minor": trip.cost.as_ref().map(|(_, minor)| minor),
        "currency": trip.currency,
        "planned_start": start,
        "planned_end": end,
        "stop_ids": trip.stops.iter().map(|stop| stop.id).collect::<Vec<_>>(),
    })
}

/// The rows of `rpt_milestone` that one message states about one stop.
fn milestones(trip: &Trip, stop: &Stop) -> Vec<(&'static str, Value)> {
    let (arrived, left) = match stop.kind {
        Kind::Pickup => ("pickup_arrived", "pickup_departed"),
        Kind::Delivery => ("delivery_arrived", "delivered"),
        Kind::Other => return Vec::new(),
    };
    let mut rows = Vec::new();
    if let Some(projected) = stop.projected {
        rows.push((
            "eta_updated",
            milestone(
                trip,
                stop,
                ("eta_updated", "EST"),
                projected,
                "projected:start",
            ),
        ));
    }
    if let Some(actual) = stop.actual {
        let source = format!("{}:start", actual.lifecycle);
        rows.push((
            arrived,
            milestone(trip, stop, (arrived, "ACT"), actual.start, &source),
        ));
        if let Some(end) = actual.end {
            let source = format!("{}:end", actual.lifecycle);
            rows.push((left, milestone(trip, stop, (left, "ACT"), end, &source)));
        }
    }
    rows
}

fn milestone(
    trip: &Trip,
    stop: &Stop,
    (code, classifier): (&str, &str),
    at: i64,
    source: &str,
) -> Value {
    let shipment = trip.shipment_no();
    let orders = trip.order_numbers();
    json!({
        "milestone_id": format!("{shipment}|{}|{code}|{classifier}", stop.id),
        "scope": "stop",
        "scope_ref": format!("{shipment}|{}", stop.id),
        "shipment_no": shipment,
        "order_no": if orders.len() == 1 { Some(orders[0]) } else { None },
        "container_no": trip.refs.container,
        "stop_id": stop.id,
        "code": code,
        "classifier": classifier,
        "event_time": ms(at),
        "time_precision": "second",
        "tz_basis": "offset",
        "place_code": stop.place.code,
        "lat_e6": stop.place.lat_e6,
        "lon_e6": stop.place.lon_e6,
        "reason_code": null,
        "source_code": format!("otm:{source}"),
    })
}

/// `inTransit` as `in_transit`.
fn snake(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        if letter.is_uppercase() {
            out.push('_');
        }
        out.extend(letter.to_lowercase());
    }
    out
}
