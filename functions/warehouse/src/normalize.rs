//! From the wire to records. Pure: no clock, no environment, nothing awaited.
//!
//! The unit that fails alone is the row.

mod movement;
mod part;
mod place;
mod repeats;
mod snapshot;
mod version;

use std::borrow::Cow;

use csvw::{Row, RowError, Step};
use drops::DroppedFile;
use feed::Reason;
use ingest::{Message, Rejection};
use record::{EpochMillis, Provenance, RawReference, Text};

use crate::{
    config::{Site, Units},
    wire::{Contract, DropName, Lines},
};

pub use movement::movements;
pub use part::{ENCODING, PartError, RowPlace, head, read as read_part, within_head};
pub use place::{tail, torn_row, unreadable};
pub use repeats::{CONTENT_KEYS_MAX, Repeats};
pub use snapshot::{Stock, gone, stock};
pub use version::version;

/// Where rows come from.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// The file as a message.
    pub message: &'a Message<'a>,
    /// The file.
    pub file: &'a DroppedFile,
    /// What its name says.
    pub name: &'a DropName,
    /// Whose it is.
    pub site: &'a Site,
    /// The factors between units of measure.
    pub units: &'a Units,
}

impl<'a> Origin<'a> {
    /// Where a record comes from that is found at `place` of the file.
    fn provenance(&self, place: String, happened: Option<EpochMillis>) -> Provenance<'a> {
        let message = self.message;
        Provenance {
            message_id: Text::from(&*message.message_id),
            correlation_id: Text::from(&*message.correlation_id),
            traceparent: message.traceparent.as_deref().map(Text::from),
            raw: RawReference {
                location: Text::from(self.file.path()),
                place: Text::from(place),
            },
            event_time: happened,
            // The site says what it says when it drops the file. The cutoff in the name has no seconds.
            source_modified_at: EpochMillis::from(self.file.written_at),
            received_at: message.received_at,
        }
    }
}

/// Rows that are taken in together, read but not yet normalized.
#[derive(Debug, Default)]
pub struct Batch {
    /// Rows that keep the contract.
    pub lines: Lines,
    /// Rows that break it.
    pub bad: Vec<RowError>,
    /// Number of the last row; 0 while there is none.
    pub last_row: u64,
    /// Offset of its end.
    pub end: u64,
}

impl Batch {
    /// Adds what a reader stepped on. False for a step that is no row.
    pub fn add(&mut self, step: &Step<'_>, contract: &Contract, site: &Site) -> bool {
        match step {
            Step::Row(row) => {
                self.add_row(row, contract, site);
                true
            }
            Step::BadRow(error) => {
                self.passed(error.row, error.bytes.end);
                self.bad.push(error.clone());
                true
            }
            Step::NeedInput | Step::End(_) => false,
        }
    }

    fn add_row(&mut self, row: &Row<'_>, contract: &Contract, site: &Site) {
        self.passed(row.number(), row.byte_range().end);
        if let Err(error) = self.lines.push(row, contract, site) {
            self.bad.push(error);
        }
    }

    fn passed(&mut self, row: u64, end: u64) {
        self.last_row = row;
        self.end = end;
    }

    /// Says that the last row stands without a line end, so that its last cell may have been cut.
    pub fn last_is_cut(&mut self) {
        let last_row = self.last_row;
        // A bad row is no record whose version could matter.
        if self.bad.last().is_none_or(|bad| bad.row < last_row) {
            self.lines.last_is_cut();
        }
    }

    /// Rows in it, good and bad.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.lines.len() + self.bad.len()
    }

    /// Forgets all rows and keeps the memory.
    pub fn clear(&mut self) {
        self.lines.clear();
        self.bad.clear();
    }
}

/// The rejection of a row that breaks the contract.
#[must_use]
pub fn bad_row<'a>(origin: &Origin<'_>, error: &'a RowError) -> Rejection<'a> {
    Rejection {
        reason: Reason::InvalidUnit,
        place: place::of_row_error(origin, error),
        detail: place::detail(error),
        raw: Cow::Borrowed(&error.raw),
        record_key: None,
        message: None,
    }
}
