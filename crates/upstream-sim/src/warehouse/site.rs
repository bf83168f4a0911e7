//! The warehouses: where they are, what lies in them, what they have not reported yet.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use crate::names::ITEMS;
use crate::rolls::Rolls;
use crate::stamp::Decimal;
use crate::warehouse::movement::{Kind, Movement};

/// Code and time zone of every warehouse, as the app is told them.
pub(super) const SITES: [(&str, &str); 4] = [
    ("DC3", "America/New_York"),
    ("OM1", "America/Chicago"),
    ("RT7", "Europe/Amsterdam"),
    ("GO2", "Europe/Stockholm"),
];

/// The warehouse that serves a place.
pub(super) fn site_of(place: &str) -> usize {
    match place {
        "PNCT" | "HG-DC3" | "ALB-RX" => 0,
        "OMA-1" => 1,
        "GOT-H" | "LDZ-2" | "WUE" | "IZM" => 3,
        _ => 2,
    }
}

/// What tells one stock from another within a site: item, lot, bin, status.
pub(super) type Place = (String, Option<String>, Option<String>, Option<&'static str>);

/// One warehouse.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) code: &'static str,
    pub(super) zone: TimeZone,
    /// Quantity by place, in the item's unit, and that unit.
    pub(super) stock: BTreeMap<Place, (i64, &'static str)>,
    next_id: u64,
    /// File sequence; one for all kinds.
    pub(super) sequence: u32,
    /// Reported with ids in the next `MOVE` file.
    pub(super) moves: Vec<Movement>,
    /// Reported without ids in the next `SHIP` file.
    pub(super) despatches: Vec<Movement>,
}

impl Site {
    pub(super) fn new(index: usize, rolls: &mut Rolls) -> Self {
        let (code, zone) = SITES[index];
        let mut site = Self {
            code,
            zone: TimeZone::get(zone).unwrap_or(TimeZone::UTC),
            stock: BTreeMap::new(),
            next_id: 884_120 + 100_000 * index as u64,
            sequence: 41,
            moves: Vec::new(),
            despatches: Vec::new(),
        };
        for item in ITEMS {
            let place = (
                item.sku.to_owned(),
                None,
                Some(bin(rolls)),
                Some("AVAILABLE"),
            );
            site.stock
                .insert(place, (rolls.between(500, 90_000) * 100_000, item.uom));
        }
        site
    }

    /// The next movement id.
    pub(super) fn id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    /// The next file sequence.
    pub(super) fn next_sequence(&mut self) -> u32 {
        self.sequence += 1;
        self.sequence
    }

    /// Has a movement take effect on the stock and reported with the next file.
    pub(super) fn book(&mut self, movement: Movement) {
        self.apply(&movement);
        self.pend(movement);
    }

    /// Reports a movement once more; it has had its effect already.
    pub(super) fn again(&mut self, movement: Movement) {
        self.pend(movement);
    }

    /// Takes the effect of a movement back.
    pub(super) fn unbook(&mut self, movement: &Movement) {
        let mut back = movement.clone();
        back.qty.units = -back.qty.units;
        self.apply(&back);
    }

    /// What a movement does to the stock.
    pub(super) fn apply(&mut self, movement: &Movement) {
        let units = movement.qty.units;
        let mut change = |bin: &Option<String>, units: i64| {
            let place = (
                movement.sku.clone(),
                movement.lot.clone(),
                bin.clone(),
                movement.status,
            );
            self.stock.entry(place).or_insert((0, movement.uom)).0 += units;
        };
        match movement.kind {
            Kind::Receipt | Kind::TransferIn | Kind::Return | Kind::Adjust => {
                change(&movement.bin_to, units)
            }
            Kind::Ship | Kind::TransferOut => change(&movement.bin_from, -units),
            Kind::Putaway | Kind::Pick => {
                change(&movement.bin_from, -units);
                change(&movement.bin_to, units);
            }
            Kind::Count => {}
        }
    }

    fn pend(&mut self, movement: Movement) {
        if movement.id.is_some() {
            self.moves.push(movement);
        } else {
            self.despatches.push(movement);
        }
    }

    /// What a stock-take finds now: one row for each place that is not empty, with the seeded variance.
    pub(super) fn counted(&self, rolls: &mut Rolls) -> Vec<(Place, Decimal, &'static str)> {
        self.stock
            .iter()
            .map(|(place, (units, uom))| {
                let off = if rolls.chance(0.02) {
                    rolls.between(-3, 3) * 100_000
                } else {
                    0
                };
                let counted = Decimal {
                    units: units + off,
                    padded: false,
                };
                (place.clone(), counted, *uom)
            })
            .filter(|(_, counted, _)| counted.units != 0)
            .collect()
    }
}

/// A bin in the racks.
pub(super) fn bin(rolls: &mut Rolls) -> String {
    format!(
        "A{}-{:02}-{}",
        rolls.between(1, 9),
        rolls.between(1, 40),
        rolls.between(1, 4)
    )
}
