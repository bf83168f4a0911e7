//! Container events and scans: DCSA Track and Trace 3.0 and 2.2, EPCIS 2.0.
//!
//! A load that goes in a container has a publisher, which speaks one of the two versions; the pallets of a load's orders
//! are scanned. Events are collected for a moment and pushed together.

mod dcsa;
mod epcis;
mod event;
mod invalid;
mod ledger;
mod post;
mod seal;
mod story;

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use self::epcis::{Scan, Scanners};
use self::event::{Standard, Subject};
use self::ledger::Ledger;
use self::post::{Post, Unit, Wire};
pub use self::seal::Credentials;
use self::story::{Said, Stories};
use crate::courier::Courier;
use crate::faults::FaultProfile;
use crate::truth::Report;
use crate::upstream::Upstream;
use crate::world::{TripMessage, World};

/// Where pushes go, and how busy their senders are.
#[derive(Debug, Clone)]
pub struct Settings {
    /// To the app's address, sealed with [`Credentials`].
    pub courier: Arc<Courier>,
    /// Pushes per second and interface.
    pub rate: f64,
}

/// What was said of containers and pallets.
#[derive(Debug)]
pub(crate) struct Visibility {
    settings: Option<Settings>,
    stories: Stories,
    scanners: Scanners,
    ledger: Ledger,
    post: Post,
    changes: u64,
}

impl Visibility {
    pub(crate) fn new(
        seed: u64,
        faults: FaultProfile,
        settings: Option<Settings>,
        run: String,
    ) -> Self {
        Self {
            settings,
            stories: Stories::new(seed),
            scanners: Scanners::new(seed),
            ledger: Ledger::default(),
            post: Post::new(seed, faults, run),
            changes: 0,
        }
    }

    fn say_event(&mut self, subject: &Subject, said: &Said) {
        let wire = match subject.standard {
            Standard::Dcsa3 => Wire::Dcsa3,
            Standard::Dcsa2 => Wire::Dcsa2,
        };
        let (text, follows) = match said {
            Said::Event(event) | Said::Correction(event) => {
                self.ledger.event(subject, event);
                let follows = matches!(said, Said::Correction(_));
                (dcsa::event(subject, event), follows)
            }
            Said::Retraction { event, updated } => {
                let key = subject.key(event);
                let version = match updated {
                    Some(updated) => (0, updated * 1_000_000, 1),
                    // Without a time it is final.
                    None => (1, 0, 0),
                };
                self.ledger.milestone(key, version, None);
                (dcsa::retraction(subject, &event.id, *updated), true)
            }
        };
        self.add(wire, &text, follows);
    }

    fn say_scan(&mut self, scan: &Scan) {
        match scan.declared {
            None => {
                let version = scan.recorded.unwrap_or(scan.happened) * 1_000_000;
                let row = scan.milestone();
                self.ledger
                    .milestone(scan.key(), (0, version, 0), Some(row));
                let age = (scan.happened * 1_000_000, scan.recorded.unwrap_or(0));
                for unit in &scan.units {
                    self.ledger.unit(unit, age, scan.unit(unit));
                }
            }
            Some(declared) => {
                self.ledger
                    .milestone(scan.key(), (1, declared * 1_000_000, 0), None);
            }
        }
        self.add(Wire::Epcis, &scan.wire, scan.declared.is_some());
    }

    /// `follows`: it takes back or corrects what was said before.
    fn add(&mut self, wire: Wire, event: &Value, follows: bool) {
        self.changes += 1;
        self.post.add(
            wire,
            Unit {
                text: event.to_string(),
                follows,
            },
        );
    }
}

impl Upstream for Visibility {
    fn source(&self) -> &'static str {
        "visibility"
    }

    fn wants_trips(&self) -> bool {
        self.settings.is_some()
    }

    fn on_trip(&mut self, world: &World, message: &TripMessage, now: Timestamp) {
        if self.settings.is_none() {
            return;
        }
        let now = now.as_millisecond();
        for (subject, said) in self.stories.told(message, now) {
            self.say_event(&subject, &said);
        }
        for scan in self.scanners.seen(world, message, now) {
            self.say_scan(&scan);
        }
    }

    fn rate(&self) -> f64 {
        self.settings.as_ref().map_or(0.0, |settings| settings.rate)
    }

    fn act(&mut self, _world: &World, now: Timestamp) {
        if let Some(settings) = &self.settings {
            self.post
                .push(now.as_millisecond(), false)
                .into_iter()
                .for_each(|letter| settings.courier.post(letter));
        }
    }

    fn finish(&mut self, _world: &World, now: Timestamp) {
        if let Some(settings) = &self.settings {
            self.post
                .push(now.as_millisecond(), true)
                .into_iter()
                .for_each(|letter| settings.courier.post(letter));
        }
    }

    fn settled(&self) -> bool {
        self.settings
            .as_ref()
            .is_none_or(|settings| settings.courier.settled())
    }

    fn rows(&self, _world: &World, report: &mut Report<'_>) {
        self.ledger.rows(report);
    }

    fn dead_letters(&self) -> u64 {
        self.post.dead_letters()
    }

    fn status(&self) -> Value {
        let mut status = json!({"changes": self.changes, "invalid": self.dead_letters()});
        if let Some(settings) = &self.settings {
            settings.courier.figures.write(&mut status);
        }
        status
    }
}
