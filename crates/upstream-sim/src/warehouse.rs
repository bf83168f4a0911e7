//! The WMS: movements, stock and despatches as CSV files, dropped as blobs.

mod csv;
mod doings;
mod ledger;
mod movement;
mod rows;
mod sheet;
mod site;
mod trouble;

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use self::doings::Floor;
use self::ledger::Ledger;
use self::movement::Movement;
use self::sheet::{Sheet, Subject};
use self::site::{SITES, Site};
use self::trouble::Trouble;
use crate::faults::FaultProfile;
use crate::rolls::Rolls;
use crate::storage::{Account, Drops};
use crate::trip::{Kind as StopKind, Trip};
use crate::truth::Report;
use crate::upstream::Upstream;
use crate::world::{TripMessage, World};

/// Container that the files are dropped into, and the queue that tells of them.
const CONTAINER: &str = "warehouse";
const QUEUE: &str = "warehouse-drops";

/// Rows in a file at most. Sites report often, so files are small.
const ROWS_MAX: usize = 60;

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

/// The warehouses, and what goes wrong between them and us.
#[derive(Debug)]
pub(crate) struct Warehouse {
    /// Without it the warehouses stay silent.
    drops: Option<Arc<Drops>>,
    rate: f64,
    floor: Floor,
    sites: Vec<Site>,
    trouble: Trouble,
    ledger: Ledger,
    /// Loads and stops whose goods have moved.
    moved: BTreeSet<(usize, uuid::Uuid)>,
    turns: usize,
    files: u64,
    rows: u64,
}

impl Warehouse {
    pub(crate) fn new(seed: u64, faults: FaultProfile, settings: Option<Settings>) -> Self {
        let mut opening = Rolls::new(seed, 40);
        let sites = (0..SITES.len())
            .map(|site| Site::new(site, &mut opening))
            .collect();
        let rate = settings.as_ref().map_or(0.0, |settings| settings.rate);
        Self {
            drops: settings
                .map(|settings| Drops::new(settings.account, CONTAINER, QUEUE, settings.now)),
            rate,
            floor: Floor::new(Rolls::new(seed, 41)),
            sites,
            trouble: Trouble::new(seed, faults),
            ledger: Ledger::default(),
            moved: BTreeSet::new(),
            turns: 0,
            files: 0,
            rows: 0,
        }
    }

    /// Has the goods of stops move whose end was told for the first time.
    fn follow(&mut self, world: &World, load: usize, trip: &Trip) {
        for (at, stop) in trip.stops.iter().enumerate() {
            let over = stop.actual.is_some_and(|actual| actual.end.is_some());
            if !over || stop.kind == StopKind::Other || !self.moved.insert((load, stop.id)) {
                continue;
            }
            if stop.kind == StopKind::Pickup {
                self.floor.picked_up(&mut self.sites, world, trip, at);
            } else {
                self.floor.delivered(&mut self.sites, world, trip, at);
            }
        }
    }

    /// Reports up to a file's worth of what is pending at a site; nothing where nothing is.
    fn report(&mut self, site: usize, subject: Subject, now: Timestamp) -> bool {
        match subject {
            Subject::Stock => self.report_stock(site, now),
            Subject::Move | Subject::Ship => {
                let site_rows = &mut self.sites[site];
                let pending = if subject == Subject::Move {
                    &mut site_rows.moves
                } else {
                    &mut site_rows.despatches
                };
                let count = pending.len().min(ROWS_MAX);
                let movements: Vec<Movement> = pending.drain(..count).collect();
                if movements.is_empty() {
                    return false;
                }
                self.report_movements(site, movements, now);
            }
        }
        true
    }

    fn report_movements(&mut self, site: usize, movements: Vec<Movement>, now: Timestamp) {
        let plan = self
            .trouble
            .of_movements(&mut self.sites[site], movements, now);
        let sheet = Sheet::of_movements(&mut self.sites[site], &plan.movements, plan.dialect, now);
        let packed = self
            .trouble
            .pack(sheet, &plan, &mut self.sites[site], &mut self.ledger);
        self.rows += packed.rows;
        self.post(packed.drops);
    }

    fn report_stock(&mut self, site: usize, now: Timestamp) {
        let (dialect, stock) = self.trouble.of_stock(&self.sites[site]);
        let sheet = Sheet::of_stock(&mut self.sites[site], &stock, dialect, now);
        let version = (sheet.cutoff, sheet.sequence);
        self.ledger.snapshot(sheet.site, version, stock);
        self.rows += sheet.rows.len() as u64;
        let drops = self.trouble.pack_stock(&sheet);
        self.post(drops);
    }

    fn post(&mut self, drops: Vec<crate::storage::FileDrop>) {
        let Some(box_of_ours) = &self.drops else {
            return;
        };
        self.files += 1;
        drops.into_iter().for_each(|drop| box_of_ours.post(drop));
    }

    /// Subject and site of the next file: movements most often, stock now and then.
    fn next_turn(&mut self) -> (usize, Subject) {
        self.turns += 1;
        let subject = match self.turns % 6 {
            0 => Subject::Stock,
            2 | 4 => Subject::Ship,
            _ => Subject::Move,
        };
        (self.turns / 2 % self.sites.len(), subject)
    }
}

impl Upstream for Warehouse {
    fn source(&self) -> &'static str {
        "warehouse"
    }

    fn wants_trips(&self) -> bool {
        self.drops.is_some()
    }

    fn on_trip(&mut self, world: &World, message: &TripMessage, _now: Timestamp) {
        if self.drops.is_some() && !message.deleted {
            self.follow(world, message.load, &message.trip);
        }
    }

    fn rate(&self) -> f64 {
        self.rate
    }

    fn act(&mut self, _world: &World, now: Timestamp) {
        if self.drops.is_none() {
            return;
        }
        for _ in 0..3 {
            self.floor.own(&mut self.sites, now.as_second());
        }
        let (site, subject) = self.next_turn();
        let any = (0..self.sites.len()).any(|at| {
            let site = (site + at) % self.sites.len();
            self.report(site, subject, now)
        });
        if !any {
            (0..self.sites.len()).any(|site| self.report(site, Subject::Move, now));
        }
        let garbage = self.trouble.garbage();
        if let (Some(garbage), Some(drops)) = (garbage, &self.drops) {
            drops.post(garbage);
        }
    }

    fn finish(&mut self, _world: &World, now: Timestamp) {
        if self.drops.is_none() {
            return;
        }
        self.trouble.calm();
        for site in 0..self.sites.len() {
            for subject in [Subject::Move, Subject::Ship] {
                while self.report(site, subject, now) {}
            }
            self.report(site, Subject::Stock, now);
        }
    }

    fn settled(&self) -> bool {
        self.drops.as_deref().is_none_or(Drops::settled)
    }

    fn rows(&self, _world: &World, report: &mut Report<'_>) {
        rows::write(&self.ledger, report);
    }

    fn dead_letters(&self) -> u64 {
        self.trouble.dead
    }

    fn status(&self) -> Value {
        let mut status =
            json!({"changes": self.rows, "files": self.files, "invalid": self.trouble.dead});
        if let Some(drops) = &self.drops {
            drops.figures.write(&mut status);
        }
        status
    }
}
