//! Collects events, and makes pushes of them.

use std::collections::BTreeSet;
use std::time::Duration;

use super::seal::{CAPTURE, EVENTS, NOTIFICATIONS};
use super::{epcis, invalid};
use crate::courier::{Expected, Letter};
use crate::faults::FaultProfile;
use crate::rolls::Rolls;

/// Events in one push at most.
const EVENTS_MAX: usize = 50;

/// The three interfaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wire {
    Dcsa3,
    Dcsa2,
    Epcis,
}

impl Wire {
    const ALL: [Self; 3] = [Self::Dcsa3, Self::Dcsa2, Self::Epcis];

    fn path(self) -> &'static str {
        match self {
            Self::Dcsa3 => EVENTS,
            Self::Dcsa2 => NOTIFICATIONS,
            Self::Epcis => CAPTURE,
        }
    }

    fn body(self, events: &[String], now: i64) -> String {
        let events = events.join(",");
        match self {
            Self::Dcsa3 => format!(r#"{{"events":[{events}]}}"#),
            Self::Dcsa2 => format!("[{events}]"),
            Self::Epcis => epcis::document(&events, now),
        }
    }
}

/// An event as text.
#[derive(Debug, Clone)]
pub(super) struct Unit {
    pub(super) text: String,
    /// It takes back or corrects what was said before.
    pub(super) follows: bool,
}

/// What waits to be pushed, and what goes wrong with it.
#[derive(Debug)]
pub(super) struct Post {
    faults: FaultProfile,
    rolls: Rolls,
    run: String,
    waiting: [Vec<Unit>; 3],
    /// Events that something which follows them is to overtake: pushed one push later.
    overtaken: [Vec<Unit>; 3],
    stale: Vec<Letter>,
    /// The bytes of broken events and pushes: the same ones twice are one dead letter.
    dead: BTreeSet<Vec<u8>>,
}

impl Post {
    pub(super) fn new(seed: u64, faults: FaultProfile, run: String) -> Self {
        Self {
            faults,
            rolls: Rolls::new(seed, 32),
            run,
            waiting: Default::default(),
            overtaken: Default::default(),
            stale: Vec::new(),
            dead: BTreeSet::new(),
        }
    }

    pub(super) fn dead_letters(&self) -> u64 {
        u64::try_from(self.dead.len()).unwrap_or(u64::MAX)
    }

    /// Takes an event in. One that follows another may overtake it.
    pub(super) fn add(&mut self, wire: Wire, unit: Unit) {
        let overtakes = self.rolls.chance(self.faults.visibility_first);
        let waiting = &mut self.waiting[wire as usize];
        if overtakes
            && unit.follows
            && let Some(before) = waiting.pop()
        {
            self.overtaken[wire as usize].push(before);
        }
        waiting.push(unit);
    }

    /// The pushes that are due; at the end all of them. `now` in milliseconds.
    pub(super) fn push(&mut self, now: i64, all: bool) -> Vec<Letter> {
        let mut letters = Vec::new();
        for wire in Wire::ALL {
            loop {
                let waiting = &mut self.waiting[wire as usize];
                let size = waiting.len().min(EVENTS_MAX);
                let units: Vec<Unit> = waiting.drain(..size).collect();
                waiting.append(&mut self.overtaken[wire as usize]);
                if units.is_empty() && self.waiting[wire as usize].is_empty() {
                    break;
                }
                if !units.is_empty() {
                    self.letters(wire, units, now, &mut letters);
                }
                if !all {
                    break;
                }
            }
        }
        if all {
            letters.append(&mut self.stale);
        }
        letters
    }

    /// The deliveries of one push. Every decision is drawn whatever the profile.
    fn letters(&mut self, wire: Wire, units: Vec<Unit>, now: i64, into: &mut Vec<Letter>) {
        let faults = self.faults;
        let disordered = self.rolls.chance(faults.visibility_disordered);
        let broken = self.rolls.chance(faults.visibility_invalid);
        let at = self.rolls.index(units.len() + 1);
        let wrong = invalid::event(&mut self.rolls, wire, now).to_string();
        let mut events: Vec<String> = units.into_iter().map(|unit| unit.text).collect();
        if disordered {
            events.reverse();
        }
        let mut places = Vec::new();
        if broken {
            self.dead.insert(wrong.clone().into_bytes());
            events.insert(at, wrong);
            places.push(format!("$.events[{at}]"));
        }
        let body = wire.body(&events, now);
        let letter = self.letter(wire, body.clone(), places);
        let (twice, again) = (
            self.rolls.chance(faults.visibility_twice),
            self.rolls.milliseconds(0, 1_500),
        );
        let (late, delay) = (
            self.rolls.chance(faults.visibility_late),
            self.rolls.milliseconds(200, 3_000),
        );
        let delay = if late { delay } else { Duration::ZERO };
        if twice {
            into.push(Letter {
                delay: delay + again,
                ..letter.clone()
            });
        }
        if self.rolls.chance(faults.visibility_stale) {
            let again = self.letter(wire, body.clone(), Vec::new());
            self.stale.push(Letter {
                expected: letter.expected.clone(),
                ..again
            });
        }
        let (torn, cut) = (
            self.rolls.chance(faults.visibility_torn),
            self.rolls.index(20),
        );
        if torn {
            into.push(self.torn(wire, &body, cut));
        }
        if self.rolls.chance(faults.visibility_bad_signature) {
            into.push(self.forged(wire, now));
        }
        into.push(Letter { delay, ..letter });
    }

    fn letter(&mut self, wire: Wire, body: String, places: Vec<String>) -> Letter {
        let success = places.is_empty();
        Letter {
            id: format!("msg_{}{}", self.run, self.rolls.guid().simple()),
            path: wire.path(),
            headers: match wire {
                Wire::Dcsa3 => vec![("api-version", "3.0.0".to_owned())],
                Wire::Dcsa2 | Wire::Epcis => Vec::new(),
            },
            body: body.into_bytes().into(),
            expected: match wire {
                Wire::Dcsa3 => Expected::Errors(places),
                Wire::Dcsa2 => Expected::NoContent,
                Wire::Epcis => Expected::Job { success },
            },
            ..Letter::default()
        }
    }

    /// A push that ends in the middle; nothing of it can be taken.
    fn torn(&mut self, wire: Wire, body: &str, cut: usize) -> Letter {
        let mut end = body.len() - 1 - cut.min(body.len() / 4);
        while !body.is_char_boundary(end) {
            end -= 1;
        }
        let body = body[..end].to_owned();
        self.dead.insert(body.clone().into_bytes());
        self.letter(wire, body, vec!["$".to_owned()])
    }

    /// A push from somebody else, about something that never was.
    fn forged(&mut self, wire: Wire, now: i64) -> Letter {
        let lie = invalid::event(&mut self.rolls, wire, now).to_string();
        let body = wire.body(&[lie], now);
        Letter {
            forged: true,
            ..self.letter(wire, body, Vec::new())
        }
    }
}
