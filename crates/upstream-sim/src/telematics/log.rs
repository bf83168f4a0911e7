//! What the providers have read so far, in the order in which it reached them, per feed.
//!
//! A feed begins when somebody follows it: what is read before the first call with a cursor is held back, and appears
//! then. So no reading is lost to a first call, which gives the last known values only, however late it comes; and what a
//! report must hold does not depend on when that was.

use std::collections::BTreeMap;

use super::reading::{Kind, Reading};

/// Each feed has a cursor of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Feed {
    SamsaraGps,
    SamsaraOdometer,
    LogRecord,
    StatusData,
}

impl Feed {
    pub(super) const ALL: [Self; 4] = [
        Self::SamsaraGps,
        Self::SamsaraOdometer,
        Self::LogRecord,
        Self::StatusData,
    ];

    /// Which of its feeds tells a reading of Samsara's; none for what Samsara does not read.
    pub(super) fn of_samsara(kind: Kind) -> Option<Self> {
        match kind {
            Kind::EngineState | Kind::Gps => Some(Self::SamsaraGps),
            Kind::Odometer | Kind::EngineTime => Some(Self::SamsaraOdometer),
            Kind::OdometerRaw | Kind::EngineTimeRaw | Kind::Fuel => None,
        }
    }

    pub(super) fn of_geotab(kind: Kind) -> Self {
        match kind {
            Kind::Gps => Self::LogRecord,
            _ => Self::StatusData,
        }
    }
}

/// Readings of one vehicle that stand on one page.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// Index of the vehicle in the fleet.
    pub(super) vehicle: usize,
    /// Start of the leg that the readings belong to, in epoch milliseconds: a history gives whole legs.
    pub(super) leg: i64,
    pub(super) readings: Vec<Reading>,
    /// The row says nothing of the vehicle beside its id and name.
    pub(super) bare: bool,
}

/// One feed.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) entries: Vec<Entry>,
    held: Vec<Entry>,
    pub(super) followed: bool,
    /// Grows when cursors are forgotten; one of an older age is refused.
    pub(super) age: u32,
    /// Where the first call after a refusal goes on, so that it leaves no gap.
    pub(super) resume: Option<usize>,
}

impl Log {
    pub(super) fn append(&mut self, entry: Entry) {
        if self.followed {
            self.entries.push(entry);
        } else {
            self.held.push(entry);
        }
    }

    /// Somebody has a cursor.
    pub(super) fn follow(&mut self) {
        self.followed = true;
        self.entries.append(&mut self.held);
    }

    /// Forgets all cursors; a reader at `position` is to find nothing missing when it begins anew.
    pub(super) fn forget(&mut self, position: usize) {
        self.age += 1;
        self.resume = Some(position);
    }

    /// All entries, seen by a reader or not yet.
    pub(super) fn all(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().chain(&self.held)
    }

    /// The newest reading of each vehicle and kind before `position`, as a first call gives it.
    pub(super) fn last_known(&self, position: usize) -> Vec<Entry> {
        let mut newest: BTreeMap<(usize, Kind), (&Entry, &Reading)> = BTreeMap::new();
        for entry in &self.entries[..position] {
            for reading in &entry.readings {
                let held = newest.get(&(entry.vehicle, reading.kind));
                if reading.broken.is_none() && held.is_none_or(|(_, held)| held.time < reading.time)
                {
                    newest.insert((entry.vehicle, reading.kind), (entry, reading));
                }
            }
        }
        newest
            .into_values()
            .map(|(entry, reading)| Entry {
                readings: vec![*reading],
                ..entry.clone()
            })
            .collect()
    }

    /// Entries before `position` of all legs that began at `from` or later, leg by leg.
    pub(super) fn history(&self, from: i64, position: usize) -> Vec<&Entry> {
        let mut history: Vec<&Entry> = self.entries[..position]
            .iter()
            .filter(|entry| entry.leg >= from)
            .collect();
        history.sort_by_key(|entry| (entry.vehicle, entry.leg));
        history
    }
}
