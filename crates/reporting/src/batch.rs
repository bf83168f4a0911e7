//! A batch of changes, folded to one row per key.

use std::collections::{BTreeMap, HashMap};

use record::EpochMillis;

use crate::{
    Change, Outcome,
    row::{Row, Value, key_values},
    table::{Group, Table},
};

/// The part of a batch that goes into one table: one row per key, ascending by key.
///
/// A statement may not write one row twice, so the newest version of a key within the batch is found here, by the same
/// guards that the statement carries. Ascending keys make all transactions lock rows in one order.
#[derive(Debug)]
pub(crate) struct TableBatch<'a> {
    pub(crate) table: Table,
    pub(crate) rows: Vec<Row<'a>>,
    folded: Vec<Folded<'a>>,
}

/// Which changes a row was made of.
#[derive(Debug)]
struct Folded<'a> {
    key: &'a str,
    members: Vec<Member>,
    /// Whether the batch holds another content of the newest version.
    conflict: bool,
}

#[derive(Debug)]
struct Member {
    /// Position of the change in the batch.
    change: usize,
    part: Part,
}

/// What a change contributes to the row of its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// It is the newest version.
    Newest,
    /// It is the newest version once more.
    Again,
    /// It is older, but gives one of the groups of columns with a version of their own.
    Group,
    /// It gives nothing.
    Older,
}

/// What the store holds for the keys of a statement after it ran: version and content hash by record key.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    /// The rows that the statement wrote.
    pub(crate) written: HashMap<String, (String, String)>,
    /// The rows that it left alone.
    pub(crate) kept: HashMap<String, (String, String)>,
}

/// Folds a batch into its tables, parents first.
pub(crate) fn fold<'a>(changes: &'a [Change<'a>], applied_at: EpochMillis) -> Vec<TableBatch<'a>> {
    let mut tables: BTreeMap<Table, BTreeMap<&'a str, Vec<usize>>> = BTreeMap::new();
    for (index, change) in changes.iter().enumerate() {
        let key = change.record().key();
        tables
            .entry(Table::of(key.entity()))
            .or_default()
            .entry(key.as_str())
            .or_default()
            .push(index);
    }
    tables
        .into_iter()
        .map(|(table, keys)| TableBatch::of(table, keys, changes, applied_at))
        .collect()
}

impl<'a> TableBatch<'a> {
    fn of(
        table: Table,
        keys: BTreeMap<&'a str, Vec<usize>>,
        changes: &'a [Change<'a>],
        applied_at: EpochMillis,
    ) -> Self {
        let mut batch = Self {
            table,
            rows: Vec::with_capacity(keys.len()),
            folded: Vec::with_capacity(keys.len()),
        };
        for (key, mut members) in keys {
            members.sort_by_key(|&index| std::cmp::Reverse(age(&changes[index])));
            let conflict = members.iter().any(|&index| {
                let (newest, other) = (&changes[members[0]], &changes[index]);
                let versions = (newest.record().version(), other.record().version());
                versions.0 == versions.1 && newest.content_hash() != other.content_hash()
            });
            let (mut row, folded) = fold_key(table, &members, changes, applied_at);
            if conflict {
                row.flag_conflict(table, &changes[members[0]]);
            }
            batch.rows.push(row);
            batch.folded.push(Folded {
                key,
                members: folded,
                conflict,
            });
        }
        batch
    }

    /// Keys of the rows that the statement did not write.
    pub(crate) fn left_alone(&self, stored: &Stored) -> Vec<Vec<Value<'a>>> {
        let left = self
            .folded
            .iter()
            .filter(|row| !stored.written.contains_key(row.key));
        left.map(|row| key_values(self.table, row.key)).collect()
    }

    /// Keys of the rows whose version has another content than the one that is stored, which the statement could not flag.
    ///
    /// Whichever of two contents comes first: the larger hash is what is stored in the end, and it is flagged.
    pub(crate) fn conflicts(&self, stored: &Stored) -> Vec<Vec<Value<'a>>> {
        let rows = self.rows.iter().zip(&self.folded);
        let conflicts = rows.filter(|(row, folded)| {
            let now = stored
                .written
                .get(folded.key)
                .or(stored.kept.get(folded.key));
            let sent = row.guard(self.table, Group::Description);
            now.zip(sent).is_some_and(|((version, hash), sent)| {
                version == sent.0 && (hash != sent.1 || folded.conflict)
            })
        });
        conflicts
            .map(|(_, folded)| key_values(self.table, folded.key))
            .collect()
    }

    /// Positions of the changes that their rows now stand for, one for each such row: what was written just now, and what
    /// had been written before. A row of which only a group of columns was written stands for another record.
    pub(crate) fn standing(&self, stored: &Stored) -> impl Iterator<Item = usize> {
        let rows = self.rows.iter().zip(&self.folded);
        rows.filter_map(|(row, folded)| {
            let now = stored
                .written
                .get(folded.key)
                .or(stored.kept.get(folded.key));
            let (version, hash) = now?;
            let stands = row.guard(self.table, Group::Description) == Some((version, hash));
            let newest = folded.members.first()?;
            stands.then_some(newest.change)
        })
    }

    /// Writes the outcome of each change of this table into its place.
    pub(crate) fn settle(&self, stored: &Stored, outcomes: &mut [Outcome]) {
        for (row, folded) in self.rows.iter().zip(&self.folded) {
            let fate = fate(self.table, row, folded.key, stored);
            for member in &folded.members {
                outcomes[member.change] = match member.part {
                    Part::Newest => fate,
                    Part::Again => Outcome::Duplicate,
                    Part::Group if fate == Outcome::Applied => Outcome::Applied,
                    Part::Group | Part::Older => Outcome::Superseded,
                };
            }
        }
    }
}

/// What became of a row.
fn fate(table: Table, row: &Row<'_>, key: &str, stored: &Stored) -> Outcome {
    if stored.written.contains_key(key) {
        return Outcome::Applied;
    }
    let same = stored.kept.get(key).is_some_and(|(version, hash)| {
        row.guard(table, Group::Description) == Some((version, hash))
    });
    if same {
        Outcome::Duplicate
    } else {
        Outcome::Superseded
    }
}

/// The total order of the records of one key.
fn age<'c>(change: &'c Change<'_>) -> (record::SourceVersion, &'c str) {
    (change.record().version(), change.content_hash())
}

/// The one row that all versions of a key in this batch come to. `members` has the newest first and is never empty.
fn fold_key<'a>(
    table: Table,
    members: &[usize],
    changes: &'a [Change<'a>],
    applied_at: EpochMillis,
) -> (Row<'a>, Vec<Member>) {
    let newest = &changes[members[0]];
    let mut row = Row::of(newest, applied_at);
    let mut folded = vec![Member {
        change: members[0],
        part: Part::Newest,
    }];
    for &index in &members[1..] {
        let change = &changes[index];
        let part = if age(change) == age(newest) {
            Part::Again
        } else if table.own_groups().is_empty() {
            Part::Older
        } else {
            take_groups(table, &mut row, &Row::of(change, applied_at))
        };
        folded.push(Member {
            change: index,
            part,
        });
    }
    (row, folded)
}

/// Takes over from an older row the groups that outrank those of the newer one.
fn take_groups<'a>(table: Table, row: &mut Row<'a>, older: &Row<'a>) -> Part {
    let mut part = Part::Older;
    for &group in table.own_groups() {
        if older.guard(table, group) > row.guard(table, group) {
            row.take_group(table, group, older);
            part = Part::Group;
        }
    }
    part
}
