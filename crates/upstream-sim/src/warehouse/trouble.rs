//! What goes wrong with a file: odd tools, bad rows, repeated and restated ones, uploads that break off.

use std::collections::{HashMap, VecDeque};

use jiff::Timestamp;
use jiff::civil::DateTime;

use crate::faults::FaultProfile;
use crate::names::ITEMS;
use crate::rolls::Rolls;
use crate::stamp::Decimal;
use crate::storage::FileDrop;
use crate::storage::trouble::{File, drops, garbage};
use crate::warehouse::csv::Dialect;
use crate::warehouse::ledger::Ledger;
use crate::warehouse::movement::{Clock, Kind, Movement};
use crate::warehouse::rows::despatch_digest;
use crate::warehouse::sheet::{Sheet, Subject};
use crate::warehouse::site::{Place, Site};

/// Movements that may be restated.
const REMEMBERED: usize = 200;

/// What a file of movements will be.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) movements: Vec<Movement>,
    pub(super) dialect: Dialect,
    /// The upload ends within this row, for good. Counted in movements.
    cut_at: Option<usize>,
    /// Before which movement a bad row stands, and its cells.
    bad_rows: Vec<(usize, Vec<String>)>,
    bad_header: bool,
}

/// What comes of a plan.
#[derive(Debug)]
pub(super) struct Packed {
    pub(super) drops: Vec<FileDrop>,
    /// Movements that arrive.
    pub(super) rows: u64,
}

/// Decides what goes wrong.
#[derive(Debug)]
pub(super) struct Trouble {
    rolls: Rolls,
    faults: FaultProfile,
    sent: VecDeque<(&'static str, Movement)>,
    bad: u64,
    calm: bool,
    /// Units that must end as dead letters.
    pub(super) dead: u64,
}

impl Trouble {
    pub(super) fn new(seed: u64, faults: FaultProfile) -> Self {
        Self {
            rolls: Rolls::new(seed, 42),
            faults,
            sent: VecDeque::new(),
            bad: 0,
            calm: false,
            dead: 0,
        }
    }

    /// From now on every upload comes to its end.
    pub(super) fn calm(&mut self) {
        self.calm = true;
    }

    fn dialect(&mut self) -> Dialect {
        let odd = self.rolls.chance(self.faults.warehouse_odd_dialect);
        let (usual, strange) = (
            *self.rolls.pick(&Dialect::USUAL),
            *self.rolls.pick(&Dialect::ODD),
        );
        if odd { strange } else { usual }
    }

    /// Decides about a file of movements. Every decision is drawn whatever the profile.
    pub(super) fn of_movements(
        &mut self,
        site: &mut Site,
        mut movements: Vec<Movement>,
        now: Timestamp,
    ) -> Plan {
        let faults = self.faults;
        let dialect = self.dialect();
        let with_ids = movements
            .first()
            .is_some_and(|movement| movement.id.is_some());
        let repeated = self.rolls.chance(faults.warehouse_repeated_row);
        let which = self.rolls.index(movements.len());
        if repeated {
            movements.push(movements[which].clone());
        }
        let restated = self.rolls.chance(faults.warehouse_restated);
        let (which, more) = (self.rolls.between(0, 10_000), self.rolls.between(1, 9));
        if restated && with_ids {
            movements.extend(self.restated(site, which, more));
        }
        let ambiguous = self.rolls.chance(faults.warehouse_ambiguous_time);
        let second = self.rolls.between(0, 3_599);
        if ambiguous && with_ids {
            movements.push(ambiguous_movement(site, second));
        }
        let bad = self.rolls.chance(faults.warehouse_bad_row);
        let (before, kind) = (
            self.rolls.index(movements.len() + 1),
            self.rolls.between(0, 3),
        );
        let bad_rows = if bad {
            vec![(before, self.bad_row(site, &movements[0], kind, now))]
        } else {
            Vec::new()
        };
        let cut = self.rolls.chance(faults.drop_cut) && !self.calm && movements.len() > 3;
        let at = movements.len() - 1 - self.rolls.index(movements.len().div_ceil(3));
        Plan {
            movements,
            dialect,
            cut_at: cut.then_some(at),
            bad_rows,
            bad_header: self.rolls.chance(faults.warehouse_bad_header),
        }
    }

    /// Dialect and rows of a snapshot.
    pub(super) fn of_stock(
        &mut self,
        site: &Site,
    ) -> (Dialect, Vec<(Place, Decimal, &'static str)>) {
        (self.dialect(), site.counted(&mut self.rolls))
    }

    /// A movement that was reported before, with another quantity.
    fn restated(&mut self, site: &mut Site, which: i64, more: i64) -> Option<Movement> {
        let own: Vec<usize> = (0..self.sent.len())
            .filter(|&at| self.sent[at].0 == site.code)
            .collect();
        let at = *own.get(usize::try_from(which).ok()? % own.len().max(1))?;
        let old = self.sent[at].1.clone();
        let mut new = old.clone();
        new.qty.units += more * 100_000 * old.qty.units.signum();
        site.unbook(&old);
        site.apply(&new);
        self.sent[at].1 = new.clone();
        Some(new)
    }

    /// A row that no reader can accept. It has an identity of its own that never appears validly.
    fn bad_row(
        &mut self,
        site: &mut Site,
        like: &Movement,
        kind: i64,
        now: Timestamp,
    ) -> Vec<String> {
        self.bad += 1;
        let with_id = like.id.is_some();
        let movement = Movement {
            id: with_id.then(|| site.id()),
            order_no: Some(format!("SO-W{:05}", self.bad)),
            at: now.as_second() - 7_200,
            ..like.clone()
        };
        let mut cells = movement.cells(site, with_id);
        let first = usize::from(with_id);
        match kind {
            0 => cells[first + 2] = "2026-13-45 25:61:00".to_owned(),
            1 => cells[first + 8] = "12O,5o".to_owned(),
            2 if with_id => cells[0].clear(),
            _ => cells[first + 5].clear(),
        }
        cells
    }

    /// Makes the drops of a file and tells the ledger what arrives.
    pub(super) fn pack(
        &mut self,
        mut sheet: Sheet,
        plan: &Plan,
        site: &mut Site,
        ledger: &mut Ledger,
    ) -> Packed {
        let mut stated: Vec<Option<&Movement>> = plan.movements.iter().map(Some).collect();
        for (before, cells) in &plan.bad_rows {
            sheet.rows.insert(*before, cells.clone());
            stated.insert(*before, None);
        }
        let text = sheet.text();
        let cut_row = plan.cut_at.map(|at| {
            let shift = plan
                .bad_rows
                .iter()
                .filter(|(before, _)| *before <= at)
                .count();
            at + shift
        });
        let whole = cut_row.unwrap_or(stated.len());
        let arrived: Vec<(usize, Option<&Movement>)> =
            stated[..whole].iter().copied().enumerate().collect();
        let rows = self.record(&sheet, &arrived, ledger);
        // What the cut took away is reported once more, with the next file.
        stated[whole..]
            .iter()
            .flatten()
            .rev()
            .for_each(|lost| site.again((*lost).clone()));
        let drops = match cut_row {
            None => self.deliver(&sheet, text.bytes, &text.lines),
            Some(row) => {
                self.dead += 1;
                let end = text.lines[row + 1] + (text.lines[row + 2] - text.lines[row + 1]) * 2 / 5;
                let bytes = text.bytes[..end].into();
                let id = self.rolls.guid();
                vec![FileDrop::whole(sheet.name(), bytes, id)]
            }
        };
        Packed {
            drops: self.with_bad_header(drops, plan.bad_header, &sheet, site),
            rows,
        }
    }

    /// Tells the ledger of the rows that arrive, and counts them.
    fn record(
        &mut self,
        sheet: &Sheet,
        arrived: &[(usize, Option<&Movement>)],
        ledger: &mut Ledger,
    ) -> u64 {
        let mut occurrences: HashMap<String, u64> = HashMap::new();
        let mut rows = 0;
        for (row, movement) in arrived {
            let Some(movement) = movement else {
                self.dead += 1;
                continue;
            };
            rows += 1;
            let id = match movement.id {
                Some(id) => {
                    self.remember(sheet.site, movement);
                    id.to_string()
                }
                None => {
                    let digest = despatch_digest(movement);
                    let seen = occurrences.entry(digest.clone()).or_default();
                    *seen += 1;
                    format!("c-{digest}-{}", *seen - 1)
                }
            };
            ledger.movement(sheet.site, id, sheet.version(*row), (*movement).clone());
        }
        rows
    }

    fn remember(&mut self, site: &'static str, movement: &Movement) {
        if movement.kind != Kind::Count {
            self.sent.push_back((site, movement.clone()));
        }
        if self.sent.len() > REMEMBERED {
            self.sent.pop_front();
        }
    }

    /// The drops of a snapshot, which always arrives whole in the end.
    pub(super) fn pack_stock(&mut self, sheet: &Sheet) -> Vec<FileDrop> {
        let text = sheet.text();
        self.deliver(sheet, text.bytes, &text.lines)
    }

    fn deliver(&mut self, sheet: &Sheet, bytes: Vec<u8>, lines: &[usize]) -> Vec<FileDrop> {
        // Within a row of the second half, where its first columns are.
        let row = lines.len() / 2;
        let torn_at = lines
            .get(row)
            .zip(lines.get(row + 1))
            .map_or(0, |(start, end)| start + (end - start) / 3);
        let other_name = format!("again/{}", sheet.name());
        let file = File {
            name: sheet.name(),
            other_name,
            bytes: bytes.into(),
            torn_at,
        };
        drops(&mut self.rolls, &self.faults, file)
    }

    /// Beside a file, another one whose header lacks a column that it must have.
    fn with_bad_header(
        &mut self,
        mut drops: Vec<FileDrop>,
        wanted: bool,
        like: &Sheet,
        site: &mut Site,
    ) -> Vec<FileDrop> {
        let id = self.rolls.guid();
        if wanted && like.subject == Subject::Move {
            let mut sheet = like.clone();
            sheet.sequence = site.next_sequence();
            sheet.dialect = Dialect::AGREED;
            for title in &mut sheet.titles {
                if *title == "sku" || *title == "item" {
                    *title = "artikelnummer";
                }
            }
            self.dead += 1;
            sheet
                .rows
                .push(vec![format!("{}", sheet.sequence); sheet.titles.len()]);
            drops.push(FileDrop::whole(sheet.name(), sheet.text().bytes.into(), id));
        }
        drops
    }

    /// Now and then, something in the queue that is no event.
    pub(super) fn garbage(&mut self) -> Option<FileDrop> {
        let wanted = self.rolls.chance(self.faults.drop_garbage);
        let drop = garbage(&mut self.rolls);
        self.dead += u64::from(wanted);
        wanted.then_some(drop)
    }
}

/// A movement in the hour that the site's clock shows twice; it is told to be the first of the two.
fn ambiguous_movement(site: &mut Site, second: i64) -> Movement {
    let local = if site.code == "DC3" || site.code == "OM1" {
        DateTime::constant(2026, 11, 1, 1, 0, 0, 0)
    } else {
        DateTime::constant(2026, 10, 25, 2, 0, 0, 0)
    };
    // Of the two instants that the clock shows as this, the earlier one.
    let earlier = site.zone.to_ambiguous_zoned(local).earlier();
    let at = earlier.map_or(0, |at| at.timestamp().as_second()) + second;
    let item = &ITEMS[0];
    Movement {
        id: Some(site.id()),
        kind: Kind::Count,
        at,
        clock: Clock::Local,
        order_no: None,
        line_no: None,
        sku: item.sku.to_owned(),
        lot: None,
        serial: None,
        qty: Decimal::whole(1),
        uom: item.uom,
        sscc: None,
        load_ref: None,
        reason: Some("CYCLE"),
        bin_from: None,
        bin_to: None,
        status: None,
        user: "ops1",
    }
}
