//! What earlier snapshots of a site looked like: the bases that a new one is compared with.
//!
//! A snapshot is split into groups by a hash of the place, each of which fits into memory. What a group holds is written
//! as a blob, and the blob is registered as a base, before anything of the group is published. So the bases cover all
//! that may be in the feed, also of a snapshot that was never finished.

use std::collections::HashMap;

use bytes::Bytes;
use drops::{DropError, Drops, TakeError};
use serde::{Deserialize, Serialize};

use super::STATE_FOLDER;
use crate::wire::{DropName, fingerprint};

/// All snapshots of a site that may be in the feed in part or whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SiteState {
    pub(super) bases: Vec<Base>,
}

/// One snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Base {
    /// The folder of its blobs: an id of the version of its file.
    pub(super) id: String,
    /// The file, for people.
    pub(super) file: String,
    /// Its age: cutoff in milliseconds, then the number in its name.
    pub(super) age: (i64, u32),
    /// Groups that it is split into.
    pub(super) groups: u32,
    /// Groups of which something may be published: the first so many.
    pub(super) started: u32,
    /// Whether what it does not list is gone.
    pub(super) is_full: bool,
}

impl SiteState {
    /// What is left to compare with when all of a full snapshot is published, and what is not needed any more.
    ///
    /// A file that was dropped twice is two snapshots of one age, which may be taken in side by side. Each stays until a newer
    /// one is whole: were each to remove the other, nothing would be left to tell what is gone by.
    pub(super) fn once_published(self, whole: &Base) -> (Self, Vec<Base>) {
        let of_all = self.bases.into_iter();
        let (bases, old) = of_all.partition(|base| base.age >= whole.age);
        (Self { bases }, old)
    }
}

/// How old a snapshot is.
pub(super) fn age(name: &DropName) -> (i64, u32) {
    (name.cutoff.as_millisecond(), name.seq)
}

/// The group of a place.
pub(super) fn group_of(place: &str, groups: u32) -> u32 {
    let scaled = u128::from(fingerprint(place.as_bytes())) * u128::from(groups);
    u32::try_from(scaled >> 64).unwrap_or(0)
}

impl Base {
    /// Whether something may be published of the group that the place is in.
    fn covers(&self, place: &str) -> bool {
        group_of(place, self.groups) < self.started
    }

    /// Name of the blob with one of its groups.
    pub(super) fn blob(&self, site: &str, group: u32) -> String {
        let Self { id, groups, .. } = self;
        format!("{STATE_FOLDER}{site}/{id}/{group}-of-{groups}.state")
    }

    /// Its groups that hold places of one group of another split.
    fn overlapping(&self, group: u32, groups: u32) -> impl Iterator<Item = u32> {
        let wide = |number: u32| u64::from(number);
        let (from, to) = (wide(group), wide(group) + 1);
        let (ours, theirs) = (wide(groups), wide(self.groups));
        (0..self.started).filter(move |&other| {
            wide(other) * ours < to * theirs && from * theirs < (wide(other) + 1) * ours
        })
    }
}

/// What a snapshot says about one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// So much, as a fingerprint.
    Stock(u64),
    /// The row about it cannot be read.
    Unknown,
}

/// The blob of a group.
pub(super) fn written<'p>(places: impl Iterator<Item = (&'p str, Seen)>) -> Bytes {
    let mut text = String::new();
    for (place, seen) in places {
        text.push_str(place);
        match seen {
            Seen::Stock(stock) => text.push_str(&format!("\t{stock:016x}\n")),
            Seen::Unknown => text.push_str("\t-\n"),
        }
    }
    Bytes::from(text)
}

/// What the bases say about the places of one group.
#[derive(Debug, Default)]
pub(super) struct Compared {
    /// Per place of the new snapshot: in how many bases it is as it is now.
    agreeing: HashMap<usize, Agreement>,
    /// Places of the bases that the new snapshot does not list, sorted.
    pub(super) unlisted: Vec<Box<str>>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Agreement {
    full: u32,
    any: u32,
    differs: bool,
}

impl Compared {
    /// Compares the places of a group, sorted, with every base that may hold something of it.
    pub(super) async fn with(
        bases: &[Base],
        at: &Blobs<'_>,
        (group, groups): (u32, u32),
        now: &[(&str, Seen)],
    ) -> Result<Self, TakeError> {
        let mut compared = Self::default();
        for base in bases {
            for other in base.overlapping(group, groups) {
                let mut lines = at.open(base, other).await?;
                while let Some((place, seen)) = lines.next().await? {
                    if group_of(&place, groups) == group {
                        compared.note(base, &place, seen, now);
                    }
                }
            }
        }
        compared.unlisted.sort_unstable();
        compared.unlisted.dedup();
        Ok(compared)
    }

    fn note(&mut self, base: &Base, place: &str, seen: Seen, now: &[(&str, Seen)]) {
        match now.binary_search_by_key(&place, |(place, _)| place) {
            Ok(index) => {
                let agreement = self.agreeing.entry(index).or_default();
                agreement.any += 1;
                agreement.full += u32::from(base.is_full);
                agreement.differs |= seen != now[index].1 || seen == Seen::Unknown;
            }
            Err(_) => self.unlisted.push(place.into()),
        }
    }

    /// Whether a place must be published: unless every base that may be in the feed says the same of it.
    pub(super) fn is_changed(&self, index: usize, place: &str, bases: &[Base]) -> bool {
        let agreement = self.agreeing.get(&index).copied().unwrap_or_default();
        let full = bases
            .iter()
            .filter(|base| base.is_full && base.covers(place));
        agreement.any == 0
            || agreement.differs
            || usize::try_from(agreement.full).unwrap_or(0) < full.count()
    }
}

/// Where the blobs of a site are.
pub(super) struct Blobs<'b> {
    pub(super) drops: &'b Drops,
    pub(super) container: &'b str,
    pub(super) site: &'b str,
}

impl Blobs<'_> {
    async fn open(&self, base: &Base, group: u32) -> Result<StateLines, TakeError> {
        let name = base.blob(self.site, group);
        let found = self.drops.find(self.container, &name).await?;
        // Whoever was faster has removed it; its own base is registered then.
        let file = found.ok_or(TakeError::Overtaken)?;
        let blob = self.drops.open(&file, 0).await.map_err(overtaken)?;
        Ok(StateLines {
            blob,
            bytes: Vec::new(),
            at: 0,
        })
    }

    /// Writes the blob of a group. It is the same however often it is written.
    pub(super) async fn write(
        &self,
        base: &Base,
        group: u32,
        content: Bytes,
    ) -> Result<(), DropError> {
        let name = base.blob(self.site, group);
        self.drops
            .create(self.container, &name, content)
            .await
            .map(drop)
    }

    /// Removes the blobs of a base that nothing is compared with any more. What cannot be removed now is only litter.
    pub(super) async fn remove(&self, base: &Base) {
        for group in 0..base.groups {
            let name = base.blob(self.site, group);
            if let Err(error) = self.drops.delete(self.container, &name).await {
                tracing::warn!(event = "state_not_removed", source = "warehouse", blob = name, error = %error);
                return;
            }
        }
    }
}

fn overtaken(error: DropError) -> TakeError {
    match error {
        DropError::Missing { .. } | DropError::Changed { .. } => TakeError::Overtaken,
        error => TakeError::Drop(error),
    }
}

/// The lines of a blob, one range in memory.
struct StateLines {
    blob: drops::BlobReader,
    bytes: Vec<u8>,
    at: usize,
}

impl StateLines {
    async fn next(&mut self) -> Result<Option<(String, Seen)>, TakeError> {
        loop {
            let rest = &self.bytes[self.at..];
            if let Some(length) = rest.iter().position(|byte| *byte == b'\n') {
                let line = String::from_utf8_lossy(&rest[..length]);
                let parsed = parsed(&line);
                self.at += length + 1;
                return Ok(Some(parsed));
            }
            self.bytes.drain(..self.at);
            self.at = 0;
            match self.blob.next().await.map_err(overtaken)? {
                Some(range) => self.bytes.extend_from_slice(&range),
                None => return Ok(None),
            }
        }
    }
}

fn parsed(line: &str) -> (String, Seen) {
    let (place, stock) = line.rsplit_once('\t').unwrap_or((line, "-"));
    let stock = u64::from_str_radix(stock, 16);
    (place.to_owned(), stock.map_or(Seen::Unknown, Seen::Stock))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_file_dropped_twice_neither_version_removes_the_other() {
        let of = |id: &str, seq| Base {
            id: id.to_owned(),
            age: (7, seq),
            ..base(1, 1, true)
        };
        let (older, first, second) = (of("older", 1), of("first", 2), of("second", 2));
        let state = SiteState {
            bases: vec![older.clone(), first.clone(), second.clone()],
        };
        let (state, removed) = state.once_published(&first);
        assert_eq!(removed, [older]);
        let (state, removed) = state.once_published(&second);
        assert_eq!(
            (&state.bases[..], removed),
            (&[first, second][..], Vec::new())
        );
        let newer = of("newer", 3);
        let mut state = state;
        state.bases.push(newer.clone());
        let (state, removed) = state.once_published(&newer);
        assert_eq!((state.bases, removed.len()), (vec![newer], 2));
    }

    fn base(groups: u32, started: u32, is_full: bool) -> Base {
        Base {
            id: "b".to_owned(),
            file: String::new(),
            age: (0, 0),
            groups,
            started,
            is_full,
        }
    }

    #[test]
    fn groups_of_two_splits_overlap_where_they_share_places() {
        let eight = base(8, 8, true);
        assert_eq!(eight.overlapping(1, 2).collect::<Vec<_>>(), [4, 5, 6, 7]);
        assert_eq!(eight.overlapping(0, 3).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(
            base(8, 6, true).overlapping(1, 2).collect::<Vec<_>>(),
            [4, 5]
        );
        assert_eq!(base(1, 1, true).overlapping(5, 8).collect::<Vec<_>>(), [0]);
        for number in 0..2_000 {
            let place = format!("SKU-{number}|-|A|-");
            let (three, eight_of) = (group_of(&place, 3), group_of(&place, 8));
            assert!(eight.overlapping(three, 3).any(|other| other == eight_of));
        }
    }

    #[test]
    fn a_place_is_changed_unless_all_that_may_be_published_agrees() {
        let now = [("a|-|-|-", Seen::Stock(1)), ("b|-|-|-", Seen::Stock(2))];
        let full = base(1, 1, true);
        let partial = base(1, 1, false);
        let changed = |noted: &[(&Base, &str, Seen)], bases: &[Base]| {
            let mut compared = Compared::default();
            for (base, place, seen) in noted {
                compared.note(base, place, *seen, &now);
            }
            compared.is_changed(0, now[0].0, bases)
        };
        let same = ("a|-|-|-", Seen::Stock(1));
        let bases = [full.clone(), full.clone()];
        assert!(changed(&[], &[]));
        assert!(!changed(&[(&full, same.0, same.1)], &bases[..1]));
        assert!(changed(&[(&full, same.0, Seen::Stock(9))], &bases[..1]));
        assert!(changed(&[(&full, same.0, Seen::Unknown)], &bases[..1]));
        // A second full snapshot may have removed it.
        assert!(changed(&[(&full, same.0, same.1)], &bases));
        // One that lists only a part says nothing about the rest.
        let bases = [full.clone(), partial.clone()];
        assert!(!changed(&[(&full, same.0, same.1)], &bases));
        assert!(changed(
            &[(&full, same.0, same.1), (&partial, same.0, Seen::Stock(9))],
            &bases
        ));
        // One that did not come that far neither.
        assert!(!changed(
            &[(&full, same.0, same.1)],
            &[full.clone(), base(4, 0, true)]
        ));
    }

    #[test]
    fn a_blob_is_read_as_it_was_written() {
        let places = [
            ("a|-|-|-", Seen::Stock(0x1f)),
            ("b|L 1|A-01|-", Seen::Unknown),
        ];
        let written = written(places.into_iter());
        let text = std::str::from_utf8(&written).unwrap();
        let read: Vec<_> = text.lines().map(parsed).collect();
        let expected = places.map(|(place, seen)| (place.to_owned(), seen));
        assert_eq!(read, expected);
    }
}
