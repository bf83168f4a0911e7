//! What the report must say about the warehouses, folded from the rows that arrive whole.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::stamp::Decimal;
use crate::warehouse::movement::Movement;
use crate::warehouse::sheet::Version;
use crate::warehouse::site::Place;

/// Keeps the newest statement about each thing.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// By warehouse and movement id.
    pub(super) movements: BTreeMap<(&'static str, String), (Version, Movement)>,
    /// The last full snapshot of each warehouse: its version without the row, its cutoff, its rows.
    pub(super) stock: BTreeMap<&'static str, Snapshot>,
}

/// All stock of a warehouse, as the newest file of it says.
#[derive(Debug)]
pub(super) struct Snapshot {
    version: (i64, u32),
    /// Epoch seconds.
    pub(super) cutoff: i64,
    pub(super) rows: Vec<(Place, Decimal, &'static str)>,
}

impl Ledger {
    /// Takes in a row; the order of calls does not matter.
    pub(super) fn movement(
        &mut self,
        site: &'static str,
        id: String,
        version: Version,
        movement: Movement,
    ) {
        match self.movements.entry((site, id)) {
            Entry::Vacant(entry) => drop(entry.insert((version, movement))),
            Entry::Occupied(mut entry) if entry.get().0 < version => {
                drop(entry.insert((version, movement)))
            }
            Entry::Occupied(_) => {}
        }
    }

    /// Takes in a whole snapshot; the order of calls does not matter.
    pub(super) fn snapshot(
        &mut self,
        site: &'static str,
        version: (i64, u32),
        cutoff: i64,
        rows: Vec<(Place, Decimal, &'static str)>,
    ) {
        let held = self.stock.get(site).map(|held| held.version);
        if held.is_none_or(|held| held < version) {
            self.stock.insert(
                site,
                Snapshot {
                    version,
                    cutoff,
                    rows,
                },
            );
        }
    }
}
