//! The TMS: loads as Open Trip Model 5 trips, pushed in signed webhooks.

mod invalid;
mod load;
mod trip_wire;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use self::invalid::BrokenTrips;
use self::load::LoadFold;
use crate::courier::{Courier, Letter};
use crate::faults::FaultProfile;
use crate::rolls::Rolls;
use crate::truth::Report;
use crate::upstream::Upstream;
use crate::world::{TripMessage, World};

/// What the TMS has said, and what goes wrong on the way.
#[derive(Debug)]
pub(crate) struct Transport {
    /// Without one, transport stays silent.
    courier: Option<Arc<Courier>>,
    faults: FaultProfile,
    rolls: Rolls,
    broken: BrokenTrips,
    loads: Vec<LoadFold>,
    /// Distinguishes the webhook ids of two runs with one seed.
    run: String,
    /// First messages of loads, to be pushed again at the end.
    stale: Vec<Letter>,
    changes: u64,
    dead: u64,
}

impl Transport {
    pub(crate) fn new(
        seed: u64,
        faults: FaultProfile,
        courier: Option<Arc<Courier>>,
        run: String,
    ) -> Self {
        Self {
            courier,
            faults,
            rolls: Rolls::new(seed, 12),
            broken: BrokenTrips::new(seed),
            loads: Vec::new(),
            run,
            stale: Vec::new(),
            changes: 0,
            dead: 0,
        }
    }

    /// Keeps the truth; the order of calls does not matter.
    fn fold(&mut self, message: &TripMessage) {
        if self.loads.len() <= message.load {
            self.loads.resize_with(message.load + 1, LoadFold::default);
        }
        self.loads[message.load].sent(message);
    }

    /// The deliveries one message causes. Every decision is drawn whatever the profile, so profiles do not shift each other.
    fn letters(&mut self, message: &TripMessage, now: Timestamp) -> Vec<Letter> {
        let faults = self.faults;
        let run = &self.run;
        let kind = if message.deleted {
            "trip.deleted"
        } else {
            "trip.updated"
        };
        let entity = message.trip.entity();
        let rolls = &mut self.rolls;
        let late = rolls.chance(faults.late);
        let delay = rolls.milliseconds(200, 3_000);
        let letter = Letter {
            id: webhook_id(rolls, run),
            body: envelope(kind, now, &entity),
            delay: if late { delay } else { Duration::ZERO },
            ..Letter::default()
        };
        let mut letters = Vec::with_capacity(1);
        let (twice, same_id) = (rolls.chance(faults.twice), rolls.chance(0.5));
        let (again, other_id) = (rolls.milliseconds(0, 1_500), webhook_id(rolls, run));
        if twice {
            let id = if same_id { letter.id.clone() } else { other_id };
            letters.push(Letter {
                id,
                delay: letter.delay + again,
                ..letter.clone()
            });
        }
        let (stale, stale_id) = (rolls.chance(faults.stale), webhook_id(rolls, run));
        if stale && message.trip.status == "requested" && !message.deleted {
            self.stale.push(Letter {
                id: stale_id,
                delay: Duration::ZERO,
                ..letter.clone()
            });
        }
        let (forged, forged_id) = (rolls.chance(faults.bad_signature), webhook_id(rolls, run));
        if forged {
            let mut lie = entity;
            lie["status"] = "cancelled".into();
            lie["lastModified"] = "2099-01-01T00:00:00Z".into();
            letters.push(Letter {
                id: forged_id,
                body: envelope(kind, now, &lie),
                forged,
                ..Letter::default()
            });
        }
        let (broken, broken_id) = (rolls.chance(faults.invalid_trip), webhook_id(rolls, run));
        if broken {
            let body = envelope("trip.updated", now, &self.broken.trip(now));
            self.dead += 1;
            let letter = Letter {
                id: broken_id,
                body,
                ..Letter::default()
            };
            letters.extend(twice.then(|| letter.clone()));
            letters.push(letter);
        }
        letters.push(letter);
        letters
    }
}

impl Upstream for Transport {
    fn source(&self) -> &'static str {
        "transport"
    }

    fn wants_trips(&self) -> bool {
        self.courier.is_some()
    }

    fn on_trip(&mut self, _world: &World, message: &TripMessage, now: Timestamp) {
        let Some(courier) = self.courier.clone() else {
            return;
        };
        self.changes += 1;
        self.fold(message);
        for letter in self.letters(message, now) {
            courier.post(letter);
        }
    }

    fn finish(&mut self, _world: &World, _now: Timestamp) {
        if let Some(courier) = &self.courier {
            self.stale.drain(..).for_each(|letter| courier.post(letter));
        }
    }

    fn settled(&self) -> bool {
        self.courier.as_deref().is_none_or(Courier::settled)
    }

    fn rows(&self, _world: &World, report: &mut Report<'_>) {
        for load in &self.loads {
            let Some(trip) = load.newest() else { continue };
            report.row("rpt_shipment", &load::shipment_row(trip));
            for row in load.stop_rows(trip) {
                report.row("rpt_stop", &row);
            }
            for row in load.milestone_rows(trip) {
                report.row("rpt_milestone", &row);
            }
        }
    }

    fn dead_letters(&self) -> u64 {
        self.dead
    }

    fn status(&self) -> Value {
        let mut status = json!({"changes": self.changes, "invalid": self.dead});
        if let Some(courier) = &self.courier {
            courier.figures.write(&mut status);
        }
        status
    }
}

fn webhook_id(rolls: &mut Rolls, run: &str) -> String {
    format!("msg_{run}{}", rolls.guid().simple())
}

fn envelope(kind: &str, now: Timestamp, entity: &Value) -> Arc<[u8]> {
    let at = crate::stamp::Stamp::new(now, 3, 0).text;
    format!(r#"{{"type":"{kind}","timestamp":"{at}","data":{entity}}}"#)
        .into_bytes()
        .into()
}
