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
    /// The last full snapshot of each warehouse, by the version of its file.
    stock: BTreeMap<&'static str, ((i64, u32), Rows)>,
}

/// Place, quantity and unit of all stock of a warehouse.
pub(super) type Rows = Vec<(Place, Decimal, &'static str)>;

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
    pub(super) fn snapshot(&mut self, site: &'static str, version: (i64, u32), rows: Rows) {
        let held = self.stock.get(site).map(|(held, _)| *held);
        if held.is_none_or(|held| held < version) {
            self.stock.insert(site, (version, rows));
        }
    }

    /// What lies in each warehouse, by the newest file about it.
    pub(super) fn stock(&self) -> impl Iterator<Item = (&'static str, &Rows)> {
        self.stock.iter().map(|(site, (_, rows))| (*site, rows))
    }
}
