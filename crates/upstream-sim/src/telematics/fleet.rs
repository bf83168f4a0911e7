//! The vehicles, and what their gateways have still to say.

use std::collections::{HashMap, HashSet, VecDeque};

use serde_json::{Value, json};
use uuid::Uuid;

use super::log::Feed;
use super::reading::{Fix, Kind, Reading, Said};
use super::track::{self, Counters, Leg};
use crate::names::Place;
use crate::rolls::Rolls;
use crate::trip::{Gateway, Trip};
use crate::world::TripMessage;

/// More readings than this beyond the turns to tell them, and a leg is told in brief.
const BACKLOG: usize = 200;
/// Vehicles that speak in turns; the others wait.
const AT_ONCE: usize = 16;
/// Legs and readings of one vehicle that are to be told apart are this far apart.
const APART_MS: i64 = 60_000;
/// A shorter leg has no room for what happens on it.
const SHORTEST_MS: i64 = 320_000;
/// How long a vehicle is heard of before it reaches its first stop, or one that it reached sooner than it can have.
const APPROACH_MS: i64 = 900_000;
/// Twenty kilometres, in microdegrees of latitude.
const APPROACH_E6: i64 = 180_000;

/// What is known of one vehicle.
#[derive(Debug)]
pub(super) struct Vehicle {
    /// The gateway's own id.
    pub(super) id: String,
    pub(super) gateway: Gateway,
    pub(super) name: String,
    pub(super) vin: Option<String>,
    pub(super) plate: String,
    counters: Counters,
    /// End of its last leg.
    last: i64,
    ready: VecDeque<Waiting>,
    described: HashSet<Feed>,
}

#[derive(Debug)]
struct Waiting {
    leg: i64,
    brief: bool,
    reading: Reading,
}

/// What a vehicle says next: readings of one kind, which stand on one page.
#[derive(Debug)]
pub(super) struct Next {
    pub(super) vehicle: usize,
    pub(super) leg: i64,
    /// Its leg is told in brief: all positions are a minute and more apart, so that their order does not matter.
    pub(super) brief: bool,
    pub(super) readings: Vec<Reading>,
}

#[derive(Debug)]
pub(super) struct Fleet {
    rolls: Rolls,
    pub(super) vehicles: Vec<Vehicle>,
    by_id: HashMap<String, usize>,
    /// Vehicles that have something to say, longest waiting first.
    active: Vec<usize>,
    /// Stops whose leg is told.
    told: HashSet<Uuid>,
    waiting: usize,
    /// Geotab's vehicles as they are described, with a name; the newest description stands last.
    pub(super) devices: Vec<(usize, String)>,
    /// Readings so far, and turns to tell one: what of legs is told must not depend on how it is told.
    read: usize,
    turns: usize,
}

impl Fleet {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            rolls: Rolls::new(seed, 20),
            vehicles: Vec::new(),
            by_id: HashMap::new(),
            active: Vec::new(),
            told: HashSet::new(),
            waiting: 0,
            devices: Vec::new(),
            read: 0,
            turns: 0,
        }
    }

    /// Readings that wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting
    }

    /// A load has come to stops, so its vehicle was on its way to them. `reset`: its counters begin anew.
    pub(super) fn moved(&mut self, message: &TripMessage, reset: bool) {
        let trip = &message.trip;
        for (at, stop) in trip.stops.iter().enumerate() {
            let Some(actual) = stop.actual else { continue };
            if !self.told.insert(stop.id) {
                continue;
            }
            let before = trip.stops[..at]
                .iter()
                .rev()
                .find_map(|stop| Some((stop.place, stop.actual?.end?)));
            self.leg(trip, before, (stop.place, actual.start), reset);
        }
    }

    fn leg(
        &mut self,
        trip: &Trip,
        before: Option<(&'static Place, i64)>,
        (to, arrived): (&'static Place, i64),
        reset: bool,
    ) {
        let Some(index) = self.vehicle(trip) else {
            return;
        };
        let offset = self.rolls.between(0, 999);
        let end = arrived * 1000 + offset;
        let last = self.vehicles[index].last;
        let started = |start: i64| {
            let start = start.max(last + APART_MS);
            (end - start >= SHORTEST_MS).then_some(start)
        };
        let left = before.and_then(|(_, at)| started(at * 1000 + offset));
        let nearby = (to.lat_e6 + APPROACH_E6, to.lon_e6);
        let (from, start) = match (before, left, started(end - APPROACH_MS)) {
            (Some((place, _)), Some(start), _) => (place.point(), start),
            (_, _, Some(start)) => (nearby, start),
            _ => return,
        };
        let leg = Leg {
            from,
            to,
            start,
            end,
            detailed: self.read < self.turns + BACKLOG,
        };
        let vehicle = &mut self.vehicles[index];
        if vehicle.gateway == Gateway::Geotab && (vehicle.last == 0 || offset < 200) {
            if vehicle.last > 0 {
                vehicle.name.push('*');
            }
            self.devices.push((index, vehicle.name.clone()));
        }
        if reset {
            vehicle.counters = Counters::default();
        }
        let readings = track::readings(&mut self.rolls, leg, &mut vehicle.counters);
        vehicle.last = end;
        if vehicle.ready.is_empty() {
            self.active.push(index);
        }
        for mut reading in readings {
            match (vehicle.gateway, &mut reading.said) {
                // An ignition is on or off.
                (Gateway::Geotab, Said::Engine(state)) if *state == "Idle" => *state = "On",
                (Gateway::Samsara, _) if Feed::of_samsara(reading.kind).is_none() => continue,
                _ => {}
            }
            self.waiting += 1;
            self.read += 1;
            vehicle.ready.push_back(Waiting {
                leg: start,
                brief: !leg.detailed,
                reading,
            });
        }
    }

    fn vehicle(&mut self, trip: &Trip) -> Option<usize> {
        let vehicle = trip.vehicle.as_ref()?;
        if let Some(&index) = self.by_id.get(&vehicle.telematics_id) {
            return Some(index);
        }
        let index = self.vehicles.len();
        self.by_id.insert(vehicle.telematics_id.clone(), index);
        self.vehicles.push(Vehicle {
            id: vehicle.telematics_id.clone(),
            gateway: vehicle.gateway,
            name: format!("Truck {} \u{2013} {}", 201 + index, vehicle.plate),
            vin: vehicle.vin.clone(),
            plate: vehicle.plate.clone(),
            counters: Counters {
                metres: self.rolls.between(1_000_000, 900_000_000),
                seconds: self.rolls.between(100_000, 40_000_000),
            },
            last: 0,
            ready: VecDeque::new(),
            described: HashSet::new(),
        });
        Some(index)
    }

    /// What one of the vehicles says next: one reading, or up to `most` of one kind.
    pub(super) fn next(&mut self, pick: usize, most: usize) -> Option<Next> {
        self.turns = (self.turns + 1).min(self.read);
        let at = pick % self.active.len().clamp(1, AT_ONCE);
        let index = *self.active.get(at)?;
        let ready = &mut self.vehicles[index].ready;
        let first = ready.pop_front()?;
        let mut readings = vec![first.reading];
        while readings.len() < most
            && ready
                .front()
                .is_some_and(|one| one.leg == first.leg && one.reading.kind == first.reading.kind)
        {
            readings.extend(ready.pop_front().map(|one| one.reading));
        }
        if ready.is_empty() {
            self.active.remove(at);
        }
        self.waiting -= readings.len();
        Some(Next {
            vehicle: index,
            leg: first.leg,
            brief: first.brief,
            readings,
        })
    }

    /// Which feed tells a vehicle's reading.
    pub(super) fn feed(&self, vehicle: usize, kind: Kind) -> Option<Feed> {
        match self.vehicles[vehicle].gateway {
            Gateway::Samsara => Feed::of_samsara(kind),
            Gateway::Geotab => Some(Feed::of_geotab(kind)),
        }
    }

    /// Notes that a feed has told of a vehicle, and says whether it had before.
    pub(super) fn describe(&mut self, vehicle: usize, feed: Feed) -> bool {
        !self.vehicles[vehicle].described.insert(feed)
    }
}

impl Vehicle {
    /// The row of `rpt_vehicle_position` for a reading that is kept.
    pub(super) fn row(&self, reading: &Reading, reason: &str) -> Value {
        let mut row = json!({
            "provider": provider(self.gateway),
            "vehicle_id": self.id,
            "stream": reading.kind.stream(),
            "reading_time": reading.time,
            "lat_e6": null,
            "lon_e6": null,
            "speed_kmh": null,
            "heading_deg": null,
            "odometer_m": null,
            "engine_s": null,
            "engine_state": null,
            "place_text": null,
            "kept_reason": reason,
        });
        match reading.said {
            Said::Fix(fix) => self.write_fix(&fix, &mut row),
            Said::Engine(state) => row["engine_state"] = state.to_lowercase().into(),
            Said::Count(count) => match reading.kind {
                Kind::Odometer | Kind::OdometerRaw => row["odometer_m"] = count.into(),
                _ => row["engine_s"] = count.into(),
            },
        }
        row
    }

    fn write_fix(&self, fix: &Fix, row: &mut Value) {
        if let Some((lat, lon)) = fix.place_e6() {
            row["lat_e6"] = lat.into();
            row["lon_e6"] = lon.into();
        }
        // Ten-millionths of a kilometre per hour: a mile is 1.609344 km.
        let speed = match self.gateway {
            Gateway::Samsara => fix.speed_tenths * 1_609_344,
            Gateway::Geotab => fix.speed_tenths * 1_000_000,
        };
        if (0..=250 * 10_000_000).contains(&speed) {
            row["speed_kmh"] = decimal(speed).into();
        }
        if self.gateway == Gateway::Samsara {
            row["heading_deg"] = (fix.heading % 360).into();
            row["place_text"] = fix.place.filter(|place| !place.is_empty()).into();
        }
    }
}

/// Ten-millionths as a decimal without trailing zeros.
fn decimal(units: i64) -> String {
    let text = format!("{}.{:07}", units / 10_000_000, units % 10_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn provider(gateway: Gateway) -> &'static str {
    match gateway {
        Gateway::Samsara => "samsara",
        Gateway::Geotab => "geotab",
    }
}
