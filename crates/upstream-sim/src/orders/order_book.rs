//! What the ERP shows at a moment: versions become visible when their transaction commits.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use uuid::Uuid;

/// One version of one order, ready to be served.
#[derive(Debug)]
pub(crate) struct Version {
    pub(crate) id: Uuid,
    /// `lastModifiedDateTime` in ticks; the sort key even where the text served is impossible.
    pub(crate) ticks: i64,
    /// The entity without its closing brace.
    pub(crate) header: String,
    /// The JSON array of lines.
    pub(crate) lines: String,
    pub(crate) invalid: bool,
    pub(crate) deleted: bool,
}

/// Position of an order in the sort order of the collection.
pub(crate) type Position = (i64, Uuid);

/// Orders as the ERP stores them, with the log that delta links read.
#[derive(Debug, Default)]
pub(crate) struct OrderBook {
    current: HashMap<Uuid, Arc<Version>>,
    index: BTreeMap<Position, Arc<Version>>,
    pending: BTreeMap<(i64, u64), Version>,
    committed: u64,
    log: Vec<Uuid>,
    served: HashMap<Uuid, i64>,
    /// Distinct valid versions handed out at least once.
    pub(crate) distinct_served: u64,
    /// Entities handed out, repeats included.
    pub(crate) rows_served: u64,
}

impl OrderBook {
    /// Takes a version in; nobody sees it before `visible_at` (ticks).
    pub(crate) fn commit(&mut self, version: Version, visible_at: i64) {
        self.committed += 1;
        self.pending.insert((visible_at, self.committed), version);
    }

    /// Makes visible what is due at `now` (ticks).
    pub(crate) fn advance(&mut self, now: i64) {
        while let Some(first) = self.pending.first_entry() {
            if first.key().0 > now {
                break;
            }
            let version = first.remove();
            self.show(version);
        }
    }

    fn show(&mut self, version: Version) {
        let id = version.id;
        if let Some(current) = self.current.get(&id) {
            if current.ticks >= version.ticks {
                return;
            }
            self.index.remove(&(current.ticks, id));
        }
        let version = Arc::new(version);
        if !version.deleted {
            self.index.insert((version.ticks, id), Arc::clone(&version));
        }
        self.current.insert(id, version);
        self.log.push(id);
    }

    /// True when every version is visible.
    pub(crate) fn settled(&self) -> bool {
        self.pending.is_empty()
    }

    pub(crate) fn get(&mut self, id: Uuid) -> Option<Arc<Version>> {
        let version = self
            .current
            .get(&id)
            .filter(|version| !version.deleted)
            .cloned()?;
        self.count(&version);
        Some(version)
    }

    /// Up to `size` visible orders modified at or after `from`, after a position.
    pub(crate) fn page(
        &mut self,
        from: i64,
        after: Option<Position>,
        size: usize,
    ) -> Vec<Arc<Version>> {
        let start = match after {
            Some(position) if position.0 >= from => Bound::Excluded(position),
            _ => Bound::Included((from, Uuid::nil())),
        };
        let page: Vec<_> = self
            .index
            .range((start, Bound::Unbounded))
            .take(size)
            .map(|(_, v)| Arc::clone(v))
            .collect();
        for version in &page {
            self.count(version);
        }
        page
    }

    /// Length of the change log so far.
    pub(crate) fn log_end(&self) -> usize {
        self.log.len()
    }

    /// Orders changed between two ends of the log, each once, live ones before deleted ones.
    pub(crate) fn changed(&mut self, from: usize, to: usize) -> Vec<Arc<Version>> {
        let mut ids: Vec<Uuid> =
            self.log[from.min(self.log.len())..to.min(self.log.len())].to_vec();
        ids.sort_unstable();
        ids.dedup();
        let mut changed: Vec<_> = ids
            .iter()
            .filter_map(|id| self.current.get(id).cloned())
            .collect();
        changed.sort_by_key(|version| (version.deleted, version.ticks, version.id));
        changed
    }

    pub(crate) fn count(&mut self, version: &Version) {
        self.rows_served += 1;
        let before = self.served.insert(version.id, version.ticks);
        if before != Some(version.ticks) && !version.invalid {
            self.distinct_served += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(id: u128, ticks: i64) -> Version {
        let id = Uuid::from_u128(id);
        Version {
            id,
            ticks,
            header: String::new(),
            lines: String::new(),
            invalid: false,
            deleted: false,
        }
    }

    #[test]
    fn an_older_version_that_commits_late_does_not_replace_a_newer_one() {
        let mut book = OrderBook::default();
        book.commit(version(1, 10), 50);
        book.commit(version(1, 20), 20);
        book.advance(20);
        assert!(!book.settled());
        book.advance(50);
        assert!(book.settled());
        let page = book.page(0, None, 10);
        assert_eq!(page.iter().map(|v| v.ticks).collect::<Vec<_>>(), [20]);
    }

    #[test]
    fn a_version_in_the_overlap_is_found_behind_the_watermark() {
        let mut book = OrderBook::default();
        book.commit(version(1, 10), 30);
        book.commit(version(2, 20), 20);
        book.advance(20);
        assert_eq!(book.page(0, None, 10).len(), 1);
        book.advance(30);
        assert_eq!(book.page(20, None, 10).len(), 1);
        assert_eq!(book.page(5, None, 10).len(), 2);
    }

    #[test]
    fn changes_are_listed_once_with_deletions_last() {
        let mut book = OrderBook::default();
        book.commit(version(1, 1), 1);
        book.commit(version(2, 2), 2);
        book.commit(version(2, 3), 3);
        book.commit(
            Version {
                deleted: true,
                ..version(1, 4)
            },
            4,
        );
        book.advance(9);
        let changed = book.changed(0, book.log_end());
        assert_eq!(
            changed
                .iter()
                .map(|v| (v.id.as_u128(), v.deleted))
                .collect::<Vec<_>>(),
            [(2, false), (1, true)]
        );
        assert!(book.get(Uuid::from_u128(1)).is_none());
    }
}
