//! A load under way: confirmed, corrected, driven, completed, or given up.

use jiff::Timestamp;

use crate::names::{DRIVERS, REST_AREAS};
use crate::rolls::Rolls;
use crate::stamp::Stamp;
use crate::trip::{Actual, Gateway, Kind, Stop, Trip, Vehicle};
use crate::world::{TripMessage, World};

/// What is left to do for a load after a step.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    UnderWay,
    Over,
}

impl World {
    /// Takes the active load at position `at` one step further.
    pub(crate) fn advance_trip(&mut self, at: usize, now: Timestamp) -> TripMessage {
        let load = self.active[at];
        let rolls = &mut self.trip_rolls;
        let trip = &mut self.trips[load];
        let deleted = rolls.chance(self.endings.trip_deletes) && trip.status == "requested";
        let next = if deleted {
            Next::Over
        } else {
            step(rolls, trip)
        };
        touch(rolls, trip, now);
        let trip = trip.clone();
        if next == Next::Over {
            self.active.swap_remove(at);
            if trip.status == "completed" {
                let orders = &self.orders;
                self.to_ship.extend(
                    trip.orders
                        .iter()
                        .copied()
                        .filter(|&order| !orders[order].fully_shipped()),
                );
            }
        }
        TripMessage {
            load,
            trip,
            deleted,
        }
    }
}

/// Stamps a new version: a later instant, or the same one with a higher revision.
fn touch(rolls: &mut Rolls, trip: &mut Trip, now: Timestamp) {
    let digits = u32::try_from(rolls.between(0, 7)).unwrap_or(7);
    let last = trip.version().0;
    let after = if trip.revision.is_some() {
        last - 1
    } else {
        last
    };
    trip.modified = Some(Stamp::new(now, digits, after));
    trip.revision = trip.revision.map(|revision| revision + 1);
}

fn step(rolls: &mut Rolls, trip: &mut Trip) -> Next {
    match trip.status {
        "requested" => confirm(rolls, trip),
        "confirmed" => before_departure(rolls, trip),
        "inTransit" => on_the_road(rolls, trip),
        _ => correct_last_departure(rolls, trip),
    }
}

fn confirm(rolls: &mut Rolls, trip: &mut Trip) -> Next {
    trip.status = "confirmed";
    trip.plan = "planned";
    trip.driver = Some(*rolls.pick(DRIVERS));
    trip.vehicle = Some(new_vehicle(rolls));
    if rolls.chance(0.15) {
        trip.right_vehicle = Some(new_vehicle(rolls));
    }
    for stop in &mut trip.stops {
        if let Some(planned) = &mut stop.planned {
            planned.lifecycle = "planned";
            planned.times = planned.times.map(|(start, end)| (start + 300, end + 600));
        }
    }
    Next::UnderWay
}

fn before_departure(rolls: &mut Rolls, trip: &mut Trip) -> Next {
    if let Some(vehicle) = trip.right_vehicle.take() {
        trip.vehicle = Some(vehicle);
        return Next::UnderWay;
    }
    let last = trip.stops.len() - 1;
    match rolls.between(0, 99) {
        0..8 if last >= 2 => drop(trip.stops.remove(last - 1)),
        8..20 if last >= 3 => trip.stops.swap(last - 1, last - 2),
        20..24 => request_again(trip),
        24..29 => {
            trip.status = "cancelled";
            return Next::Over;
        }
        _ => {
            trip.status = "inTransit";
            arrive(rolls, trip);
        }
    }
    Next::UnderWay
}

/// The planner asks for other times: a requested entry in a newer message must not push planned times aside.
fn request_again(trip: &mut Trip) {
    for stop in &mut trip.stops {
        if let Some(planned) = &mut stop.planned {
            planned.lifecycle = "requested";
            planned.times = planned.times.map(|(start, end)| (start + 7200, end + 7200));
        }
    }
}

fn on_the_road(rolls: &mut Rolls, trip: &mut Trip) -> Next {
    let here = trip.next_stop;
    let departed = trip.stops[here]
        .actual
        .is_some_and(|actual| actual.end.is_some());
    if departed && here + 1 == trip.stops.len() {
        trip.status = "completed";
        return Next::Over;
    }
    if departed {
        trip.next_stop += 1;
        if rolls.chance(0.06) {
            rest(rolls, trip);
        }
        arrive(rolls, trip);
        return Next::UnderWay;
    }
    if rolls.chance(0.1) {
        project(rolls, trip);
        return Next::UnderWay;
    }
    depart(rolls, trip);
    if trip.next_stop + 1 < trip.stops.len() {
        project(rolls, trip);
        return Next::UnderWay;
    }
    trip.status = "completed";
    if rolls.chance(0.1) {
        Next::UnderWay
    } else {
        Next::Over
    }
}

fn correct_last_departure(rolls: &mut Rolls, trip: &mut Trip) -> Next {
    if let Some(actual) = trip.stops.last_mut().and_then(|stop| stop.actual.as_mut()) {
        actual.end = actual.end.map(|end| end + 60 * rolls.between(1, 9));
    }
    Next::Over
}

/// Reaches the next stop. Sometimes the upstream says so only once the truck has left again.
fn arrive(rolls: &mut Rolls, trip: &mut Trip) {
    let unplanned = trip.created.ticks / 10_000_000 - 86_400;
    let stop = &mut trip.stops[trip.next_stop];
    let expected = stop
        .planned
        .and_then(|p| p.times)
        .or(stop.window)
        .map_or(unplanned, |(start, _)| start);
    if let Some(actual) = stop.actual {
        // A rest that was reported as realized already.
        stop.actual = Some(Actual {
            end: actual.end.or(Some(actual.start + 600)),
            ..actual
        });
        return;
    }
    let start = expected + 60 * rolls.between(-20, 60);
    stop.actual = Some(Actual {
        lifecycle: "actual",
        start,
        end: None,
    });
    if rolls.chance(0.3) {
        depart(rolls, trip);
    }
}

fn depart(rolls: &mut Rolls, trip: &mut Trip) {
    if let Some(actual) = &mut trip.stops[trip.next_stop].actual {
        actual.lifecycle = "realized";
        actual.end = Some(actual.start + 60 * rolls.between(10, 90));
    }
}

/// Estimates for the stops ahead. A message without them leaves the old estimate standing.
fn project(rolls: &mut Rolls, trip: &mut Trip) {
    let ahead = trip.next_stop + 1;
    let delay = 60 * rolls.between(-15, 90);
    for (at, stop) in trip.stops.iter_mut().enumerate() {
        let expected = stop
            .planned
            .and_then(|p| p.times)
            .or(stop.window)
            .map(|(start, _)| start);
        stop.projected = expected.filter(|_| at >= ahead).map(|start| start + delay);
    }
}

/// A stop nobody planned, already over when it is told.
fn rest(rolls: &mut Rolls, trip: &mut Trip) {
    let before = trip.stops[trip.next_stop - 1]
        .actual
        .and_then(|actual| actual.end)
        .unwrap_or(0);
    let start = before + 60 * rolls.between(10, 40);
    trip.stops.insert(
        trip.next_stop,
        Stop {
            id: rolls.guid(),
            kind: Kind::Other,
            place: rolls.pick(REST_AREAS),
            window: None,
            planned: None,
            projected: None,
            actual: Some(Actual {
                lifecycle: "realized",
                start,
                end: Some(start + 1800),
            }),
        },
    );
}

/// A third of all vehicles has a gateway of Geotab's, whose ids look different.
fn new_vehicle(rolls: &mut Rolls) -> Vehicle {
    let id = rolls.guid();
    let number = rolls.digits(7);
    let gateway = match number.as_bytes().last() {
        Some(b'0'..=b'2') => Gateway::Geotab,
        _ => Gateway::Samsara,
    };
    Vehicle {
        id,
        gateway,
        telematics_id: match gateway {
            Gateway::Samsara => format!("28147498{number}"),
            Gateway::Geotab => format!("b{:X}", number.parse::<u32>().unwrap_or_default()),
        },
        plate: format!("XK-{}", rolls.digits(4)),
        vin: (!rolls.chance(0.1)).then(|| format!("SYNTH{}", rolls.digits(12))),
    }
}
