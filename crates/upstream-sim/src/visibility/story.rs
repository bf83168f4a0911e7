//! What a load's publisher says of it, step by step.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::event::{Event, Standard, Subject, What};
use crate::names::Place;
use crate::rolls::Rolls;
use crate::trip::{Stop, Trip};
use crate::world::TripMessage;

const fn what(
    kind: &'static str,
    code: &'static str,
    classifier: &'static str,
    milestone: &'static str,
) -> What {
    What {
        kind,
        code,
        classifier,
        milestone: Some(milestone),
    }
}

const CONFIRMED: What = what("SHIPMENT", "CONF", "ACT", "tender_accepted");
const DECLINED: What = what("SHIPMENT", "DECL", "ACT", "tender_declined");
const DRAFTED: What = what("SHIPMENT", "DRFT", "ACT", "other");
const SAILING: What = what("TRANSPORT", "DEPA", "PLN", "terminal_departed");
const LOADED: What = what("EQUIPMENT", "LOAD", "ACT", "loading_done");
const GATE_OUT: What = what("EQUIPMENT", "GTOT", "ACT", "gate_out");
const LEFT_DEPOT: What = what("EQUIPMENT", "GTOT", "ACT", "pickup_departed");
const EXPECTED: What = what("TRANSPORT", "ARRI", "EST", "eta_updated");
const ARRIVED: What = what("TRANSPORT", "ARRI", "ACT", "terminal_arrived");
const GATE_IN: What = what("EQUIPMENT", "GTIN", "ACT", "gate_in");
const DISCHARGED: What = what("EQUIPMENT", "DISC", "ACT", "container_discharged");
const CUSTOMS_HOLD: What = what("EQUIPMENT", "CUSS", "ACT", "customs_hold");
const CUSTOMS_RELEASED: What = what("EQUIPMENT", "CUSR", "ACT", "customs_released");
const DROPPED: What = what("EQUIPMENT", "DROP", "ACT", "delivered");
const MEASURED: What = What {
    kind: "IOT",
    code: "DETC",
    classifier: "ACT",
    milestone: None,
};

/// One thing said: an event in one version, or its retraction.
#[derive(Debug, Clone)]
pub(super) enum Said {
    Event(Event),
    /// A later version of an event.
    Correction(Event),
    /// The id, and the time if the retraction names one (epoch milliseconds).
    Retraction {
        event: Event,
        updated: Option<i64>,
    },
}

#[derive(Debug)]
struct Load {
    subject: Subject,
    /// By name, the newest version said.
    told: BTreeMap<&'static str, Event>,
    /// Times of the world that were told, to notice when they change.
    heard: BTreeMap<&'static str, i64>,
    over: HashSet<&'static str>,
}

/// All loads that somebody publishes.
#[derive(Debug)]
pub(super) struct Stories {
    rolls: Rolls,
    loads: HashMap<usize, Load>,
    /// Moments of a container that are taken: no two of its events happen at once.
    taken: HashSet<(String, i64)>,
}

/// A thing to tell now: its name in the story, what, when and where.
struct Step {
    name: &'static str,
    what: What,
    at: i64,
    place: &'static Place,
}

impl Stories {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            rolls: Rolls::new(seed, 30),
            loads: HashMap::new(),
            taken: HashSet::new(),
        }
    }

    /// What the publisher of a load says because of a message, in the order of its happening. `now` in milliseconds.
    pub(super) fn told(&mut self, message: &TripMessage, now: i64) -> Vec<(Subject, Said)> {
        let trip = &message.trip;
        if message.deleted || !self.loads.contains_key(&message.load) && !self.begin(message) {
            return Vec::new();
        }
        let mut said = Vec::new();
        for step in steps(trip) {
            self.step(message.load, &step, now, &mut said);
        }
        let Some(load) = self.loads.get(&message.load) else {
            return Vec::new();
        };
        said.into_iter()
            .map(|one| (load.subject.clone(), one))
            .collect()
    }

    fn begin(&mut self, message: &TripMessage) -> bool {
        let rolls = &mut self.rolls;
        let standard = if rolls.chance(0.3) {
            Standard::Dcsa2
        } else {
            Standard::Dcsa3
        };
        let named = rolls.chance(0.8);
        let iso_type = *rolls.pick(&["22G1", "45G1", "42R1"]);
        let Some(subject) = Subject::of(&message.trip, standard, named, iso_type) else {
            return false;
        };
        let load = Load {
            subject,
            told: BTreeMap::new(),
            heard: BTreeMap::new(),
            over: HashSet::new(),
        };
        self.loads.insert(message.load, load);
        true
    }

    /// Tells a step that is new, or that the world has changed since; now and then another version follows.
    fn step(&mut self, index: usize, step: &Step, now: i64, said: &mut Vec<Said>) {
        let Some(load) = self.loads.get_mut(&index) else {
            return;
        };
        let unknown = step.what == MEASURED && load.subject.standard == Standard::Dcsa2;
        if unknown || load.heard.get(step.name) == Some(&step.at) || load.over.contains(step.name) {
            return;
        }
        load.heard.insert(step.name, step.at);
        let rolls = &mut self.rolls;
        let (corrected, minutes) = (rolls.chance(0.08), rolls.between(-20, 40));
        let (retracted, timed) = (rolls.chance(0.05), rolls.chance(0.7));
        let container = load.subject.container_key().to_owned();
        let mut free = |at: i64| {
            (at..)
                .find(|at| self.taken.insert((container.clone(), *at)))
                .unwrap_or(at)
        };
        let corrects = load.told.contains_key(step.name);
        let event = match load.told.get(step.name) {
            Some(before) => Event {
                id: next_id(rolls, &load.subject, before),
                happens: free(step.at),
                updated: Some(now.max(before.updated.unwrap_or(0) + 1)),
                ..before.clone()
            },
            None => new_event(rolls, &load.subject, step, free(step.at), now),
        };
        said.push(match corrects {
            false => Said::Event(event.clone()),
            true => Said::Correction(event.clone()),
        });
        let Some(updated) = event.updated else {
            // It has no version, so nothing can follow it.
            load.over.insert(step.name);
            return;
        };
        let mut last = event;
        if corrected {
            last = Event {
                id: next_id(rolls, &load.subject, &last),
                happens: free(last.happens + minutes * 60),
                updated: Some(updated + 1),
                ..last
            };
            said.push(Said::Correction(last.clone()));
        }
        if retracted && load.subject.standard == Standard::Dcsa3 {
            load.over.insert(step.name);
            said.push(Said::Retraction {
                updated: timed.then_some(updated + 2),
                event: last.clone(),
            });
        }
        load.told.insert(step.name, last);
    }
}

/// 3.0 corrects an event under its id, 2.2 says another one that means the same.
fn next_id(rolls: &mut Rolls, subject: &Subject, before: &Event) -> String {
    match subject.standard {
        Standard::Dcsa3 => before.id.clone(),
        Standard::Dcsa2 => rolls.guid().to_string(),
    }
}

fn new_event(rolls: &mut Rolls, subject: &Subject, step: &Step, happens: i64, now: i64) -> Event {
    let odd = rolls.chance(0.03);
    let unversioned = rolls.chance(0.03);
    let delayed = rolls.chance(0.3);
    let transport = step.what.kind == "TRANSPORT";
    let export_depot = step.what == LEFT_DEPOT && subject.standard == Standard::Dcsa3;
    Event {
        what: match step.what {
            LEFT_DEPOT if !export_depot => GATE_OUT,
            what => what,
        },
        id: match (subject.standard, odd) {
            (Standard::Dcsa2, _) => rolls.guid().to_string(),
            (Standard::Dcsa3, true) => format!("{}|{}", subject.load, step.name),
            (Standard::Dcsa3, false) => format!("e-{}-{}", subject.load, step.name),
        },
        happens,
        updated: (!unversioned).then_some(now),
        place: step.place,
        with_point: rolls.chance(0.6),
        reason: (transport && delayed).then_some("WEA"),
        laden: *rolls.pick(&[Some(step.what != DROPPED), None]),
        with_type: rolls.chance(0.5),
        export_depot,
        local: rolls.chance(0.5),
    }
}

/// Everything that can be said of a load as it is, in the order of its happening.
fn steps(trip: &Trip) -> Vec<Step> {
    let (Some(first), Some(last)) = (trip.stops.first(), trip.stops.last()) else {
        return Vec::new();
    };
    let created = trip.created.ticks / 10_000_000;
    let mut steps = Vec::new();
    let mut push = |name, what, at: Option<i64>, stop: &Stop| {
        if let Some(at) = at {
            let place = stop.place;
            steps.push(Step {
                name,
                what,
                at,
                place,
            });
        }
    };
    push("draft", DRAFTED, Some(created), first);
    match trip.status {
        "requested" => {}
        "cancelled" => push("decline", DECLINED, Some(created + 120), first),
        _ => {
            push("confirm", CONFIRMED, Some(created + 60), first);
            let plan = first.planned.and_then(|planned| planned.times);
            push("sailing", SAILING, plan.map(|(_, end)| end), first);
        }
    }
    let left = |stop: &Stop| stop.actual.and_then(|actual| actual.end);
    let out = if trip.nested_everywhere {
        LEFT_DEPOT
    } else {
        GATE_OUT
    };
    push("load", LOADED, left(first).map(|at| at - 600), first);
    push("out", out, left(first), first);
    if last.id == first.id {
        return steps;
    }
    push("eta", EXPECTED, last.projected, last);
    let came = last.actual.map(|actual| actual.start);
    push("arrive", ARRIVED, came, last);
    push("in", GATE_IN, came.map(|at| at + 60), last);
    push("discharge", DISCHARGED, came.map(|at| at + 300), last);
    push("hold", CUSTOMS_HOLD, came.map(|at| at + 330), last);
    push("measure", MEASURED, came.map(|at| at + 360), last);
    push(
        "release",
        CUSTOMS_RELEASED,
        left(last).map(|at| at - 120),
        last,
    );
    push("drop", DROPPED, left(last), last);
    steps
}
