//! The carriers: X12 interchanges, dropped as blobs.

mod answers;
mod edi;
mod invoices;
mod ledger;
mod mailbag;
mod partner;
mod place;
mod sets;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use self::answers::Answers;
use self::invoices::{Billing, invoice};
use self::ledger::Ledger;
use self::mailbag::Mailbag;
use self::partner::{PARTNERS, index_of};
use self::sets::{Status, View, acknowledgement};
use crate::faults::FaultProfile;
use crate::rolls::Rolls;
use crate::storage::{Account, Drops};
use crate::trip::{Kind, Stop, Trip};
use crate::truth::Report;
use crate::upstream::Upstream;
use crate::world::{TripMessage, World};

/// Container that the files are dropped into, and the queue that tells of them.
const CONTAINER: &str = "carrier";
const QUEUE: &str = "carrier-drops";

/// Where files go, and how many.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The storage account.
    pub account: Account,
    /// Files per second.
    pub rate: f64,
    /// Dates the events.
    pub now: fn() -> Timestamp,
}

/// What has been said of a stop.
#[derive(Debug, Default)]
struct Said {
    arrived: bool,
    left: bool,
    expected: bool,
    appointed: bool,
}

/// The carriers, and what goes wrong between them and us.
#[derive(Debug)]
pub(crate) struct Carrier {
    /// Without it the carriers stay silent.
    drops: Option<Arc<Drops>>,
    answers: Option<Arc<Answers>>,
    rate: f64,
    rolls: Rolls,
    mailbag: Mailbag,
    ledger: Ledger,
    stops: BTreeMap<(usize, Uuid), Said>,
    /// Loads whose tender was answered; `false` while it is declined.
    answered: BTreeMap<usize, bool>,
    billed: BTreeSet<usize>,
    files: u64,
    invoices: u64,
    tenders: u32,
}

impl Carrier {
    pub(crate) fn new(seed: u64, faults: FaultProfile, settings: Option<Settings>) -> Self {
        let rate = settings.as_ref().map_or(0.0, |settings| settings.rate);
        let drops =
            settings.map(|settings| Drops::new(settings.account, CONTAINER, QUEUE, settings.now));
        Self {
            answers: drops.clone().map(Answers::new),
            drops,
            rate,
            rolls: Rolls::new(seed, 50),
            mailbag: Mailbag::new(seed, faults),
            ledger: Ledger::default(),
            stops: BTreeMap::new(),
            answered: BTreeMap::new(),
            billed: BTreeSet::new(),
            files: 0,
            invoices: 558_200,
            tenders: 0,
        }
    }

    /// The tender is answered when it is seen, and once more when it was declined at first.
    fn answer(&mut self, load: usize, trip: &Trip) {
        let accepted = match self.answered.get(&load) {
            Some(true) => return,
            Some(false) => true,
            None => self.rolls.chance(0.9),
        };
        self.answered.insert(load, accepted);
        let view = View::of(trip);
        let told = view.answer(accepted, trip.created.ticks / 10_000_000);
        let partner = index_of(trip.carrier.0);
        self.mailbag.post(partner, told);
        self.tenders += 1;
        // They acknowledge what we sent to them: the tender.
        if self.tenders.is_multiple_of(10) {
            let status = *self.rolls.pick(&["A", "A", "A", "E", "R"]);
            let told = acknowledgement(&PARTNERS[partner], 5_000 + self.tenders, 1, status);
            self.mailbag.post(partner, told);
        }
    }

    /// What is new about the stops, one set for each stop.
    fn follow(&mut self, load: usize, trip: &Trip) {
        for (at, stop) in trip.stops.iter().enumerate() {
            if stop.kind == Kind::Other {
                continue;
            }
            let statuses = self.news(load, trip, stop);
            if !statuses.is_empty() {
                let told = View::of(trip).status(at, &statuses);
                self.mailbag.post(index_of(trip.carrier.0), told);
            }
        }
    }

    fn news(&mut self, load: usize, trip: &Trip, stop: &Stop) -> Vec<Status> {
        let said = self.stops.entry((load, stop.id)).or_default();
        let rolls = &mut self.rolls;
        let pickup = stop.kind == Kind::Pickup;
        let mut news = Vec::new();
        if let (Some((start, _)), false, true) = (
            stop.window,
            said.appointed,
            pickup && trip.status == "confirmed",
        ) {
            said.appointed = true;
            news.push(Status {
                appointment: true,
                reason: "NA",
                ..Status::normal("AA", start)
            });
        }
        if let (Some(projected), false, false) = (stop.projected, said.expected, pickup) {
            said.expected = true;
            news.push(Status::normal("AG", projected));
        }
        let Some(actual) = stop.actual else {
            return news;
        };
        if !said.arrived {
            said.arrived = true;
            let token = *rolls.pick(if pickup {
                &["X3", "X3", "X8"]
            } else {
                &["X1", "X1", "X5"]
            });
            news.push(Status::normal(token, actual.start));
            let late = stop
                .window
                .is_some_and(|(_, end)| actual.start > end - 3_000);
            if late {
                news.push(Status {
                    reason: "AI",
                    ..Status::normal("SD", actual.start)
                });
            }
        }
        if let (Some(end), false) = (actual.end, said.left) {
            said.left = true;
            if pickup {
                if rolls.chance(0.3) {
                    news.push(Status::normal("CP", end - 300));
                }
                news.push(Status::normal("AF", end));
                if rolls.chance(0.6) {
                    news.push(Status::normal("X6", end + 5_400));
                }
            } else {
                news.push(Status::normal("D1", end));
                if rolls.chance(0.2) {
                    news.push(Status {
                        reason: "A2",
                        ..Status::normal("A7", end)
                    });
                }
                if rolls.chance(0.3) {
                    news.push(Status::normal("CD", end + 600));
                }
                if rolls.chance(0.05) {
                    // A code that nobody here has a word for.
                    news.push(Status::normal("ZZ", end + 60));
                }
            }
        }
        news
    }

    /// A load that is over is billed; some bills are followed by others.
    fn bill(&mut self, load: usize, trip: &Trip) {
        if trip.status != "completed" || !self.billed.insert(load) {
            return;
        }
        let at = index_of(trip.carrier.0);
        let partner = &PARTNERS[at];
        self.invoices += 1;
        let mut billings = vec![Billing::Original];
        billings.extend(match self.rolls.between(0, 19) {
            0 => Some(Billing::Rebill),
            1 | 2 => Some(Billing::BalanceDue),
            3 => Some(Billing::Adjustment),
            _ => None,
        });
        for billing in billings {
            let told = invoice(&mut self.rolls, partner, trip, self.invoices, billing);
            self.mailbag.post(at, told);
        }
    }

    /// What partners find of ours.
    pub(crate) fn answers(&self) -> Option<Arc<Answers>> {
        self.answers.clone()
    }

    fn send(&mut self, now: Timestamp) -> bool {
        let (Some(drops), Some(answers)) = (&self.drops, &self.answers) else {
            return false;
        };
        let Some(file) = self.mailbag.file(now, &mut self.ledger, answers) else {
            return false;
        };
        self.files += 1;
        file.into_iter().for_each(|drop| drops.post(drop));
        true
    }
}

impl Upstream for Carrier {
    fn source(&self) -> &'static str {
        "carrier"
    }

    fn wants_trips(&self) -> bool {
        self.drops.is_some()
    }

    fn on_trip(&mut self, _world: &World, message: &TripMessage, _now: Timestamp) {
        if self.drops.is_none() || message.deleted {
            return;
        }
        let (load, trip) = (message.load, &message.trip);
        self.answer(load, trip);
        self.follow(load, trip);
        self.bill(load, trip);
    }

    fn rate(&self) -> f64 {
        self.rate
    }

    fn act(&mut self, _world: &World, now: Timestamp) {
        if self.drops.is_none() {
            return;
        }
        self.send(now);
        if let Some(answers) = self.answers.clone() {
            tokio::spawn(async move { answers.look().await });
        }
        let garbage = self.mailbag.garbage();
        if let (Some(garbage), Some(drops)) = (garbage, &self.drops) {
            drops.post(garbage);
        }
    }

    fn finish(&mut self, _world: &World, now: Timestamp) {
        self.mailbag.calm();
        while self.send(now) {}
        if let Some(answers) = &self.answers {
            answers.finish();
        }
    }

    fn settled(&self) -> bool {
        self.drops.as_deref().is_none_or(Drops::settled)
            && self.answers.as_deref().is_none_or(Answers::settled)
    }

    fn rows(&self, _world: &World, report: &mut Report<'_>) {
        self.ledger.write(report, self.answers.as_deref());
    }

    fn dead_letters(&self) -> u64 {
        self.mailbag.dead
    }

    fn status(&self) -> Value {
        let mut status = json!({
            "changes": self.mailbag.sets,
            "files": self.files,
            "groups": self.mailbag.groups,
            "invalid": self.mailbag.dead,
        });
        if let Some(drops) = &self.drops {
            drops.figures.write(&mut status);
        }
        if let Some(answers) = &self.answers {
            answers.write(&mut status);
        }
        status
    }
}
