//! The places of one group of a snapshot.

use std::borrow::Cow;

use bytes::Bytes;
use csvw::{Header, RowError, Step};
use drops::TakeError;
use feed::Reason;
use ingest::{Message, Normalized, Rejection};
use record::{InvalidKey, Record, Source};

use super::super::{
    BATCH_ROWS, Work,
    rows::{Rows, Stop, with_head},
    state::{Base, Blobs, Compared, Seen, group_of, written},
};
use crate::{
    normalize::{Origin, Stock, bad_row, gone, stock},
    wire::{Contract, fingerprint, stock_line},
};

/// Bad rows that are made dead letters together.
const BAD_ROWS_MAX: usize = 1_000;

/// A place, and what a row says about it; none where that cannot be read.
type Entry = (Box<str>, Option<Stock>);

/// The places of one group, all in memory.
pub(super) struct Group<'w> {
    work: &'w Work<'w>,
    group: u32,
    groups: u32,
    /// Whether bad rows become dead letters: once per file.
    buries: bool,
    entries: Vec<Entry>,
    bad: Vec<RowError>,
    /// A row's place cannot be read.
    hidden: bool,
    /// The head of the file, once it is read.
    header: Option<Header>,
    /// Number of the last row.
    last_row: u64,
}

impl<'w> Group<'w> {
    pub(super) const fn new(work: &'w Work<'w>, group: u32, groups: u32, buries: bool) -> Self {
        Self {
            work,
            group,
            groups,
            buries,
            entries: Vec::new(),
            bad: Vec::new(),
            hidden: false,
            header: None,
            last_row: 0,
        }
    }

    /// Reads the whole file for the places of the group.
    pub(super) async fn read(&mut self) -> Result<Stop, TakeError> {
        let (deps, file) = (&self.work.deps, &self.work.delivery.file);
        let contract = deps.contracts.of(self.work.name.kind);
        let mut rows = Rows::open(&deps.drops, file, contract).await?;
        loop {
            let message = self.work.message(rows.header());
            let origin = self.work.origin(&message);
            let stop = rows
                .read(|step| {
                    self.add(step, contract, &origin);
                    self.bad.len() < BAD_ROWS_MAX
                })
                .await?;
            self.header = rows.header().cloned();
            let message = self.work.message(self.header.as_ref());
            self.bury(&message).await?;
            if !matches!(stop, Stop::Enough) {
                return Ok(stop);
            }
        }
    }

    fn add(&mut self, step: &Step<'_>, contract: &Contract, origin: &Origin<'_>) {
        match step {
            Step::Row(row) => {
                self.last_row = row.number();
                match stock_line(row, contract, origin.site) {
                    Ok(line) if group_of(&line.place, self.groups) == self.group => {
                        let stock = Stock::of(&line, origin);
                        self.entries.push((line.place.into(), Some(stock)));
                    }
                    Ok(_) => {}
                    Err(problem) => {
                        match problem.place {
                            Some(place) if group_of(&place, self.groups) == self.group => {
                                self.entries.push((place.into(), None));
                            }
                            Some(_) => {}
                            None => self.hidden = true,
                        }
                        self.note_bad(problem.error);
                    }
                }
            }
            Step::BadRow(error) => {
                self.last_row = error.row;
                self.hidden = true;
                self.note_bad(error.clone());
            }
            Step::NeedInput | Step::End(_) => {}
        }
    }

    fn note_bad(&mut self, error: RowError) {
        if self.buries {
            self.bad.push(error);
        }
    }

    async fn bury(&mut self, message: &Message<'_>) -> Result<(), TakeError> {
        let bad = std::mem::take(&mut self.bad);
        if bad.is_empty() {
            return Ok(());
        }
        let origin = self.work.origin(message);
        let bad = bad.iter().map(|error| bad_row(&origin, error));
        let mut normalized = Normalized {
            records: Vec::new(),
            rejections: bad.collect(),
        };
        with_head(&mut normalized.rejections, self.header.as_ref());
        self.work.deps.ingest.take(message, normalized).await?;
        Ok(())
    }

    /// The head of the file, once it is read.
    pub(super) const fn header(&self) -> Option<&Header> {
        self.header.as_ref()
    }

    /// Rows in the file, once it is read.
    pub(super) const fn rows(&self) -> u64 {
        self.last_row
    }

    /// Whether a place may be in the file that cannot be read.
    pub(super) const fn hides_places(&self) -> bool {
        self.hidden
    }

    /// By place; of a place that is listed twice, the later row counts.
    pub(super) fn sort(&mut self) {
        self.entries.sort_by(|(one, _), (other, _)| one.cmp(other));
        self.entries.reverse();
        // The sort is stable, so that of equal places the last one comes first now.
        self.entries.dedup_by(|(one, _), (other, _)| one == other);
        self.entries.reverse();
    }

    /// What later snapshots are compared with.
    pub(super) fn content(&self) -> Bytes {
        written(
            self.entries
                .iter()
                .map(|(place, stock)| (&**place, seen(stock.as_ref()))),
        )
    }

    /// Publishes what differs from the bases.
    pub(super) async fn publish(
        &self,
        bases: &[Base],
        blobs: &Blobs<'_>,
        is_full: bool,
    ) -> Result<(), TakeError> {
        let now: Vec<(&str, Seen)> = self
            .entries
            .iter()
            .map(|(place, stock)| (&**place, seen(stock.as_ref())))
            .collect();
        let split = (self.group, self.groups);
        let compared = Compared::with(bases, blobs, split, &now).await?;
        let changed: Vec<&Entry> = self
            .entries
            .iter()
            .enumerate()
            .filter(|(index, (place, _))| compared.is_changed(*index, place, bases))
            .map(|(_, entry)| entry)
            .collect();
        let batch = usize::try_from(BATCH_ROWS).unwrap_or(usize::MAX);
        let message = self.work.delivery.message(Source::Warehouse, &[]);
        let origin = self.work.origin(&message);
        for entries in changed.chunks(batch) {
            let known = entries
                .iter()
                .filter_map(|(place, known)| Some((place, known.as_ref()?)));
            let records = known.map(|(place, known)| (&**place, stock(place, known, &origin)));
            self.take(&message, records.collect()).await?;
        }
        if is_full {
            for places in compared.unlisted.chunks(batch) {
                let records = places.iter().map(|place| (&**place, gone(place, &origin)));
                self.take(&message, records.collect()).await?;
            }
        }
        let (listed, changed) = (self.entries.len(), changed.len());
        let gone = if is_full { compared.unlisted.len() } else { 0 };
        tracing::info!(
            event = "snapshot_compared",
            source = "warehouse",
            file = self.work.delivery.file.key(),
            group = self.group,
            groups = self.groups,
            listed,
            changed,
            gone,
            is_full
        );
        Ok(())
    }

    async fn take<'a>(
        &self,
        message: &Message<'_>,
        made: Vec<(&'a str, Result<Record<'a>, InvalidKey>)>,
    ) -> Result<(), TakeError> {
        let mut normalized = Normalized::default();
        for (place, record) in made {
            match record {
                Ok(record) => normalized.records.push(record),
                Err(error) => normalized.rejections.push(Rejection {
                    reason: Reason::InvalidUnit,
                    place: format!("{}, {place}", self.work.delivery.file.path()),
                    detail: error.to_string(),
                    raw: Cow::Borrowed(place.as_bytes()),
                    record_key: None,
                    message: None,
                }),
            }
        }
        self.work.deps.ingest.take(message, normalized).await?;
        Ok(())
    }
}

pub(super) fn seen(stock: Option<&Stock>) -> Seen {
    match stock {
        Some(stock) => {
            let text = format!("{}\u{1f}{}", stock.qty_base, stock.uom_base);
            Seen::Stock(fingerprint(text.as_bytes()))
        }
        None => Seen::Unknown,
    }
}
