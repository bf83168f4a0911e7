//! The rows of a file whose header is known.

use std::{ops::Range, sync::Arc};

use encoding_rs::{Encoding, UTF_8};

use super::Options;
use crate::{
    encoding::{fallback, is_utf16},
    ending::Ending,
    framer::{Framed, Framer, line_end},
    layout::Layout,
    position::Position,
    row::{Row, valid_text},
    row_error::{RowError, RowFault},
    schema::Schema,
    trailer::TrailerRule,
    window::Window,
};

/// Rows over the limit after which only one line is given up. A file that opens a quote in every line would otherwise
/// be read as often as it has lines.
const LINES_GIVEN_UP: u32 = 64;

#[derive(Debug)]
pub(super) enum Advance {
    NeedInput,
    /// The first `len` bytes of the window are a row; the framer has its cells.
    Row {
        len: usize,
    },
    Bad(RowError),
    End(Ending),
}

#[derive(Debug)]
pub(super) struct Rows {
    layout: Layout,
    framer: Framer,
    window: Window,
    /// Encoding of cells: UTF-8 for a UTF-16 file too.
    encoding: &'static Encoding,
    fallback: &'static Encoding,
    comment: Option<u8>,
    max_row_bytes: usize,
    trailer: Option<TrailerRule>,
    position: Position,
    /// Bytes of the window that the last step returned.
    returned: usize,
    /// Bytes of the row under way that the framer has seen; none when no row is under way.
    seen: Option<usize>,
    in_comment: bool,
    /// A line that is longer than a row may be, and is being dropped: its offset and its first bytes.
    dropping: Option<(u64, Box<[u8]>)>,
    overlong: u32,
    stated_count: Option<String>,
    /// Rows behind the trailer.
    late_rows: u64,
    /// The header, where it has no line end.
    cut_header: Option<Range<u64>>,
    unterminated: Option<Range<u64>>,
}

impl Rows {
    pub(super) fn new(
        schema: &Arc<Schema>,
        options: &Options,
        layout: Layout,
        window: Window,
        encoding: &'static Encoding,
        delimiter: u8,
        position: Position,
    ) -> Self {
        let dialect = schema.dialect();
        Self {
            framer: Framer::new(dialect, delimiter, layout.titles.len()),
            layout,
            window,
            encoding: if is_utf16(encoding) { UTF_8 } else { encoding },
            fallback: fallback(dialect.encoding.as_deref()),
            comment: dialect.comment,
            max_row_bytes: options.limits.max_row_bytes,
            trailer: options.trailer.clone(),
            position,
            returned: 0,
            seen: None,
            in_comment: false,
            dropping: None,
            overlong: 0,
            stated_count: None,
            late_rows: 0,
            cut_header: None,
            unterminated: None,
        }
    }

    pub(super) fn cut_header(&mut self, bytes: Range<u64>) {
        self.cut_header = Some(bytes);
    }

    pub(super) fn position(&self) -> Position {
        self.position
    }

    /// Bytes of memory that grow with rows and chunks.
    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.window.capacity() + self.framer.capacity()
    }

    pub(super) fn feed(&mut self, chunk: &[u8], last: bool) {
        self.drop_returned();
        self.window.feed(chunk, last);
    }

    /// The row that the last advance found.
    pub(super) fn row<'a>(&'a self, schema: &'a Schema, len: usize) -> Row<'a> {
        let (bytes, ends) = self.framer.cells();
        let utf8 = self.encoding == UTF_8;
        let text = if utf8 || bytes.is_ascii() {
            valid_text(bytes, ends)
        } else {
            None
        };
        let recoded = utf8 && text.is_none();
        Row {
            schema,
            layout: &self.layout,
            number: self.position.row,
            start: self.window.offset(),
            end: self.position.byte_offset,
            raw: &self.window.rest()[..len],
            bytes,
            ends,
            text,
            encoding: if recoded {
                self.fallback
            } else {
                self.encoding
            },
            recoded,
        }
    }

    pub(super) fn advance(&mut self, finished: bool) -> Advance {
        self.drop_returned();
        loop {
            if self.dropping.is_some() {
                return self.drop_line(finished);
            }
            if self.seen.is_none() {
                if !self.find_row() {
                    return if finished {
                        Advance::End(self.ending())
                    } else {
                        Advance::NeedInput
                    };
                }
                self.framer.begin();
                self.seen = Some(0);
            }
            let seen = self.seen.unwrap_or(0);
            let limit = self.max_row_bytes.saturating_add(1);
            let rest = self.window.rest();
            let (framed, taken) = self.framer.take(&rest[seen..rest.len().min(limit)]);
            self.seen = Some(seen + taken);
            if framed == Framed::Row {
                match self.complete(seen + taken - 1) {
                    Some(advance) => return advance,
                    None => self.drop_returned(),
                }
            } else if seen + taken == limit {
                if let Some(advance) = self.overlong(limit) {
                    return advance;
                }
            } else if finished {
                match self.tail() {
                    Some(advance) => return advance,
                    None => self.drop_returned(),
                }
            } else {
                return Advance::NeedInput;
            }
        }
    }

    fn drop_returned(&mut self) {
        if self.returned > 0 {
            self.window.advance(self.returned);
            self.returned = 0;
            self.seen = None;
        }
    }

    /// Skips line ends and comments; false when no row has begun yet.
    fn find_row(&mut self) -> bool {
        let rest = self.window.rest();
        let mut at = 0;
        let found = loop {
            if self.in_comment {
                let Some(end) = line_end(&rest[at..]) else {
                    at = rest.len();
                    break false;
                };
                at += end;
                self.in_comment = false;
            }
            match rest.get(at) {
                None => break false,
                Some(b'\r' | b'\n') => at += 1,
                Some(&byte) if self.comment == Some(byte) => self.in_comment = true,
                Some(_) => break true,
            }
        };
        self.window.advance(at);
        found
    }

    /// A row of `len` bytes has its line end. `None` for a trailer row, which is not returned.
    fn complete(&mut self, len: usize) -> Option<Advance> {
        self.returned = len;
        if let Some(stated) = self.trailer_count() {
            self.stated_count = Some(stated);
            return None;
        }
        let (found, expected) = (self.framer.cell_count(), self.layout.titles.len());
        if self.stated_count.is_some() {
            return Some(Advance::Bad(self.after_trailer(len)));
        }
        self.position = Position {
            byte_offset: self.window.offset_after(len),
            row: self.position.row + 1,
        };
        let fault = if found < expected {
            RowFault::TooFewCells { found, expected }
        } else if found > expected {
            RowFault::TooManyCells { found, expected }
        } else {
            return Some(Advance::Row { len });
        };
        Some(Advance::Bad(self.error(
            self.window.offset(),
            fault,
            self.window.rest()[..len].into(),
        )))
    }

    /// A row behind the trailer. The position stays before the trailer, so that a resumed reader meets it again.
    fn after_trailer(&mut self, len: usize) -> RowError {
        self.late_rows += 1;
        RowError {
            row: self.position.row + self.late_rows,
            bytes: self.window.offset()..self.window.offset_after(len),
            column: None,
            value: None,
            fault: RowFault::AfterTrailer,
            raw: self.window.rest()[..len].into(),
        }
    }

    /// What a trailer row states, when the row under way is one.
    fn trailer_count(&self) -> Option<String> {
        let rule = self.trailer.as_ref()?;
        let (bytes, ends) = self.framer.cells();
        let cell = |index: usize| {
            let start = if index == 0 { 0 } else { *ends.get(index - 1)? };
            bytes.get(start..*ends.get(index)?)
        };
        let is_trailer = cell(0)?.trim_ascii() == rule.mark.as_bytes();
        is_trailer.then(|| {
            String::from_utf8_lossy(cell(rule.count_cell).unwrap_or_default().trim_ascii())
                .into_owned()
        })
    }

    /// The file ends inside a row. `None` for a trailer row without a line end.
    fn tail(&mut self) -> Option<Advance> {
        let len = self.window.rest().len();
        let bytes = self.window.offset()..self.window.offset_after(len);
        // A line end that is not there tells whether the row could be over, or is inside quotes.
        let over = self.framer.take(b"\n").0 == Framed::Row;
        if !over
            || self.framer.cell_count() < self.layout.titles.len() && self.trailer_count().is_none()
        {
            return Some(Advance::End(Ending::Partial { bytes }));
        }
        let advance = self.complete(len);
        self.unterminated = advance.is_some().then_some(bytes);
        advance
    }

    /// The row under way is longer than a row may be. Its first line is given up, and reading goes on behind it.
    fn overlong(&mut self, limit: usize) -> Option<Advance> {
        self.framer.reset();
        self.overlong += 1;
        let seen = &self.window.rest()[..limit];
        let line = if self.overlong <= LINES_GIVEN_UP {
            line_end(seen)
        } else {
            seen.iter().rposition(|byte| matches!(byte, b'\r' | b'\n'))
        };
        let start = self.window.offset();
        let Some(len) = line else {
            self.dropping = Some((start, seen[..self.max_row_bytes].into()));
            self.window.advance(limit);
            self.seen = None;
            return None;
        };
        self.returned = len;
        self.position = Position {
            byte_offset: self.window.offset_after(len),
            row: self.position.row + 1,
        };
        let fault = RowFault::TooLong {
            max_row_bytes: self.max_row_bytes,
        };
        Some(Advance::Bad(self.error(
            start,
            fault,
            self.window.rest()[..len].into(),
        )))
    }

    /// Drops bytes up to the end of an overlong line.
    fn drop_line(&mut self, finished: bool) -> Advance {
        let end = line_end(self.window.rest());
        self.window.advance(end.unwrap_or(self.window.rest().len()));
        if end.is_none() && !finished {
            return Advance::NeedInput;
        }
        let Some((start, raw)) = self.dropping.take() else {
            return Advance::NeedInput;
        };
        self.position = Position {
            byte_offset: self.window.offset(),
            row: self.position.row + 1,
        };
        if end.is_none() {
            self.unterminated = Some(start..self.window.offset());
        }
        Advance::Bad(self.error(
            start,
            RowFault::TooLong {
                max_row_bytes: self.max_row_bytes,
            },
            raw,
        ))
    }

    /// An error of the row that ends at the position.
    fn error(&self, start: u64, fault: RowFault, raw: Box<[u8]>) -> RowError {
        RowError {
            row: self.position.row,
            bytes: start..self.position.byte_offset,
            column: None,
            value: None,
            fault,
            raw,
        }
    }

    fn ending(&self) -> Ending {
        let rows = self.position.row;
        match (&self.trailer, &self.stated_count) {
            (Some(_), None) => Ending::TrailerMissing { rows },
            (Some(_), Some(stated)) if stated.parse() != Ok(rows) => Ending::CountMismatch {
                stated: stated.clone(),
                rows,
            },
            _ => match (&self.cut_header, &self.unterminated) {
                (Some(bytes), _) => Ending::Partial {
                    bytes: bytes.clone(),
                },
                (None, Some(bytes)) => Ending::Unterminated {
                    bytes: bytes.clone(),
                },
                (None, None) => Ending::Complete,
            },
        }
    }
}
