//! The vehicles' gateways: Samsara's stats feed and Geotab's `GetFeed`.
//!
//! A vehicle is heard of when its load moves: its gateway reads where it is, its engine and its counters on the way from
//! one stop to the next. The readings bear the times of the load's own stops.

mod fleet;
mod gate;
mod geotab;
mod log;
mod reading;
mod sampling;
mod samsara;
mod track;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Router;
use jiff::Timestamp;
use serde_json::{Value, json};

use self::fleet::{Fleet, Vehicle};
use self::gate::Requests;
use self::geotab::Session;
use self::log::{Entry, Feed, Log};
use self::reading::{Broken, Fix, Kind, Reading, Said};
use crate::faults::FaultProfile;
use crate::rolls::Rolls;
use crate::sim::Sim;
use crate::trip::Gateway;
use crate::truth::Report;
use crate::upstream::Upstream;
use crate::world::{TripMessage, World};

/// How to be reached, and how busy.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Bearer token of Samsara's API.
    pub samsara_token: String,
    /// Geotab's database, user and password.
    pub geotab: [String; 3],
    /// Readings per second.
    pub rate: f64,
}

/// The gateways of all vehicles.
#[derive(Debug)]
pub(crate) struct Telematics {
    settings: Option<Settings>,
    faults: FaultProfile,
    rolls: Rolls,
    fleet: Fleet,
    logs: [Log; 4],
    requests: Requests,
    session: Session,
    /// Readings kept back, with the number of readings after which they come.
    late: Vec<(u64, Feed, Entry)>,
    said: u64,
    numbers: u64,
    /// The bytes of broken readings and torn pages: the same ones twice are one dead letter.
    dead: BTreeSet<Vec<u8>>,
}

impl Telematics {
    pub(crate) fn new(seed: u64, faults: FaultProfile, settings: Option<Settings>) -> Self {
        Self {
            settings,
            faults,
            rolls: Rolls::new(seed, 21),
            fleet: Fleet::new(seed),
            logs: std::array::from_fn(|_| Log::default()),
            requests: Requests::new(seed, faults),
            session: Session::default(),
            late: Vec::new(),
            said: 0,
            numbers: 0,
            dead: BTreeSet::new(),
        }
    }

    /// Says what is next of one vehicle; false if there is nothing. Every decision is drawn whatever the profile.
    fn say(&mut self) -> bool {
        let faults = self.faults;
        let rolls = &mut self.rolls;
        let (pick, more) = (rolls.index(1 << 20), rolls.index(2));
        let disordered = rolls.chance(faults.telematics_disordered);
        let gap = rolls.chance(faults.telematics_gap);
        let late = rolls.chance(faults.telematics_late);
        let wait = rolls.between(20, 200).unsigned_abs();
        let twice = rolls.chance(faults.telematics_twice);
        let bad_fix = rolls.chance(faults.telematics_bad_fix);
        let (how, bare) = (rolls.index(4), rolls.chance(0.1));
        let invalid = rolls.chance(faults.telematics_invalid);
        let most = if disordered { more + 2 } else { 1 };
        let Some(mut next) = self.fleet.next(pick, most) else {
            return false;
        };
        let is_fix = next.readings[0].kind == Kind::Gps;
        let Some(feed) = self.fleet.feed(next.vehicle, next.readings[0].kind) else {
            return true;
        };
        if gap && is_fix {
            return true;
        }
        for reading in &mut next.readings {
            self.numbers += 1;
            reading.number = self.numbers;
            if let (Said::Fix(fix), true) = (&mut reading.said, bad_fix) {
                spoil(fix, how);
            }
        }
        next.readings.reverse();
        self.said += 1;
        let held = late && next.brief && is_fix;
        let entry = Entry {
            vehicle: next.vehicle,
            leg: next.leg,
            readings: next.readings,
            bare,
        };
        // What no report has a column for is passed over unread.
        if invalid && entry.readings[0].kind != Kind::Fuel {
            self.say_invalid(feed, &entry);
        }
        if twice {
            self.append(feed, entry.clone());
        }
        if held {
            self.late.push((self.said + wait, feed, entry));
        } else {
            self.append(feed, entry);
        }
        true
    }

    /// Puts readings into their feed. The first ones of a vehicle say what it is.
    fn append(&mut self, feed: Feed, mut entry: Entry) {
        entry.bare &= self.fleet.describe(entry.vehicle, feed);
        let log = &mut self.logs[feed as usize];
        match feed {
            Feed::SamsaraGps | Feed::SamsaraOdometer => log.append(entry),
            // Rows stand alone there.
            Feed::LogRecord | Feed::StatusData => {
                for reading in &entry.readings {
                    log.append(Entry {
                        readings: vec![*reading],
                        ..entry.clone()
                    });
                }
            }
        }
    }

    /// A reading that nobody can accept, in an entry of its own.
    fn say_invalid(&mut self, feed: Feed, beside: &Entry) {
        self.numbers += 1;
        let how = [Broken::NoTime, Broken::BadTime, Broken::BadNumber];
        let reading = Reading {
            broken: Some(how[usize::try_from(self.numbers % 3).unwrap_or(0)]),
            number: self.numbers,
            ..beside.readings[0]
        };
        let bytes = self.wire(feed, beside.vehicle, &reading).to_string();
        self.dead.insert(bytes.into_bytes());
        let entry = Entry {
            readings: vec![reading],
            ..beside.clone()
        };
        self.logs[feed as usize].append(entry);
    }

    /// A reading as its provider writes it.
    fn wire(&self, feed: Feed, vehicle: usize, reading: &Reading) -> Value {
        match feed {
            Feed::SamsaraGps | Feed::SamsaraOdometer => samsara::reading(reading),
            Feed::LogRecord | Feed::StatusData => {
                geotab::record(&self.fleet.vehicles[vehicle].id, reading)
            }
        }
    }

    /// What a report can know of, by feed and vehicle.
    fn readings(&self) -> BTreeMap<(usize, Feed), Vec<Reading>> {
        let mut readings: BTreeMap<(usize, Feed), Vec<Reading>> = BTreeMap::new();
        let logged = Feed::ALL.into_iter().flat_map(|feed| {
            self.logs[feed as usize]
                .all()
                .map(move |entry| (feed, entry))
        });
        let late = self.late.iter().map(|(_, feed, entry)| (*feed, entry));
        for (feed, entry) in logged.chain(late) {
            let known = entry
                .readings
                .iter()
                .filter(|reading| reading.broken.is_none() && reading.kind != Kind::Fuel);
            readings
                .entry((entry.vehicle, feed))
                .or_default()
                .extend(known);
        }
        readings
    }

    /// Geotab's vehicles, which a feed of their own describes.
    fn described_by_geotab(&self) -> impl Iterator<Item = &Vehicle> {
        let vehicles: BTreeSet<usize> = self
            .fleet
            .devices
            .iter()
            .map(|(vehicle, _)| *vehicle)
            .collect();
        vehicles
            .into_iter()
            .map(|vehicle| &self.fleet.vehicles[vehicle])
    }

    fn release_late(&mut self, all: bool) {
        let said = self.said;
        let (due, later) = std::mem::take(&mut self.late)
            .into_iter()
            .partition(|(due, ..)| all || *due <= said);
        self.late = later;
        let due: Vec<(u64, Feed, Entry)> = due;
        for (_, feed, entry) in due {
            self.append(feed, entry);
        }
    }
}

/// No fix at all, a place off the globe, or a speed that no vehicle has.
fn spoil(fix: &mut Fix, how: usize) {
    match how {
        0 => (fix.lat_e6, fix.lon_e6) = (0, 0),
        1 => fix.lat_e6 = 95_000_000,
        2 => fix.speed_tenths = -10,
        _ => fix.speed_tenths = 9_990,
    }
}

impl Upstream for Telematics {
    fn source(&self) -> &'static str {
        "telematics"
    }

    fn wants_trips(&self) -> bool {
        self.settings.is_some()
    }

    fn on_trip(&mut self, _world: &World, message: &TripMessage, _now: Timestamp) {
        if self.settings.is_some() && !message.deleted {
            let reset = self.rolls.chance(self.faults.telematics_reset);
            self.fleet.moved(message, reset);
        }
    }

    fn rate(&self) -> f64 {
        self.settings.as_ref().map_or(0.0, |settings| settings.rate)
    }

    fn act(&mut self, _world: &World, _now: Timestamp) {
        self.say();
        self.release_late(false);
    }

    fn finish(&mut self, _world: &World, _now: Timestamp) {
        while self.say() {}
        self.release_late(true);
    }

    fn settled(&self) -> bool {
        true
    }

    fn rows(&self, _world: &World, report: &mut Report<'_>) {
        let mut heard = BTreeSet::new();
        for ((index, _), readings) in self.readings() {
            let vehicle = &self.fleet.vehicles[index];
            for (reading, reason) in sampling::keep(readings) {
                heard.insert(index);
                report.row("rpt_vehicle_position", &vehicle.row(&reading, reason));
            }
        }
        for index in heard {
            let vehicle = &self.fleet.vehicles[index];
            if vehicle.gateway == Gateway::Samsara {
                let row = json!({"provider": "samsara", "vehicle_id": vehicle.id, "name": vehicle.name,
                    "vin": vehicle.vin, "plate": null});
                report.row("rpt_vehicle", &row);
            }
        }
        for vehicle in self.described_by_geotab() {
            let row = json!({"provider": "geotab", "vehicle_id": vehicle.id, "name": vehicle.name,
                "vin": vehicle.vin, "plate": vehicle.plate});
            report.row("rpt_vehicle", &row);
        }
    }

    fn dead_letters(&self) -> u64 {
        u64::try_from(self.dead.len()).unwrap_or(u64::MAX)
    }

    fn status(&self) -> Value {
        let entries: usize = self.logs.iter().map(|log| log.entries.len()).sum();
        let mut status = self.requests.status();
        status["changes"] = self.said.into();
        status["vehicles"] = self.fleet.vehicles.len().into();
        status["entries"] = entries.into();
        status["waiting"] = self.fleet.waiting().into();
        status["invalid"] = self.dead_letters().into();
        status
    }
}

/// The routes under `/samsara` and `/geotab`; and the same at the root, since clients know of origins only.
pub(crate) fn routes(sim: Arc<Sim>) -> Router {
    Router::new()
        .merge(samsara::routes(Arc::clone(&sim)))
        .merge(geotab::routes(Arc::clone(&sim)))
        .nest("/samsara", samsara::routes(Arc::clone(&sim)))
        .nest("/geotab", geotab::routes(sim))
}
