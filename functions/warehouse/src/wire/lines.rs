//! Rows of a movement file, read by their contract.

use std::{borrow::Cow, ops::Range};

use csvw::{Row, RowError, RowFault, Value};
use rust_decimal::Decimal;

use super::{Contract, Field, Moment, fingerprint};
use crate::config::Site;

/// Rows of a movement or despatch file: values read and checked, all texts in one buffer.
///
/// A row borrows from its reader until the next one is read; these stay, at no allocation per cell.
#[derive(Debug, Default)]
pub struct Lines {
    text: String,
    lines: Vec<Line>,
}

/// One row; its texts lie in the buffer.
#[derive(Debug)]
pub struct Line {
    row: u64,
    bytes: Range<u64>,
    fingerprint: u64,
    /// Where each text ends; it begins where the one before ends. Without a value it is empty.
    start: usize,
    ends: [usize; Field::ALL.len()],
    line_no: Option<i64>,
    qty: Decimal,
    moment: Moment,
    whole: bool,
}

/// One row with its texts.
#[derive(Debug, Clone, Copy)]
pub struct Movement<'a> {
    text: &'a str,
    line: &'a Line,
}

impl Lines {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The rows in their order.
    pub fn iter(&self) -> impl Iterator<Item = Movement<'_>> {
        self.lines.iter().map(|line| Movement {
            text: &self.text,
            line,
        })
    }

    /// Says that the last of them stands without its line end.
    pub(crate) fn last_is_cut(&mut self) {
        if let Some(line) = self.lines.last_mut() {
            line.whole = false;
        }
    }

    /// Forgets all rows and keeps the memory.
    pub fn clear(&mut self) {
        self.text.clear();
        self.lines.clear();
    }

    /// Adds a row.
    ///
    /// # Errors
    /// The first cell that breaks the contract. Nothing of the row is added then.
    pub fn push(
        &mut self,
        row: &Row<'_>,
        contract: &Contract,
        site: &Site,
    ) -> Result<(), RowError> {
        let start = self.text.len();
        match self.read(row, contract, site) {
            Ok(line) => {
                self.lines.push(line);
                Ok(())
            }
            Err(error) => {
                self.text.truncate(start);
                Err(error)
            }
        }
    }

    fn read(&mut self, row: &Row<'_>, contract: &Contract, site: &Site) -> Result<Line, RowError> {
        check_site(row, contract, site)?;
        let start = self.text.len();
        let mut ends = [start; Field::ALL.len()];
        for (field, end) in Field::ALL.into_iter().zip(&mut ends) {
            let column = contract.text(field);
            if let Some(text) = text(row, column)? {
                if field == Field::MovementId {
                    check_key(row, column, &text)?;
                }
                self.text.push_str(text.trim());
            }
            *end = self.text.len();
        }
        Ok(Line {
            row: row.number(),
            bytes: row.byte_range(),
            fingerprint: fingerprint(row.raw()),
            start,
            ends,
            line_no: line_no(row, contract.line_no)?,
            qty: quantity(row, contract.qty)?,
            moment: moment(row, contract.time, site)?,
            whole: true,
        })
    }
}

impl<'a> Movement<'a> {
    /// Number of the row, from 1.
    #[must_use]
    pub const fn row(self) -> u64 {
        self.line.row
    }

    /// Its bytes in the file.
    #[must_use]
    pub fn bytes(self) -> Range<u64> {
        self.line.bytes.clone()
    }

    /// The same for rows of the same bytes.
    #[must_use]
    pub const fn fingerprint(self) -> u64 {
        self.line.fingerprint
    }

    /// Text of a column; `None` for an empty one.
    #[must_use]
    pub fn text(self, field: Field) -> Option<&'a str> {
        let field = field as usize;
        let start = match field {
            0 => self.line.start,
            _ => self.line.ends[field - 1],
        };
        let text = &self.text[start..self.line.ends[field]];
        (!text.is_empty()).then_some(text)
    }

    /// The order's line.
    #[must_use]
    pub const fn line_no(self) -> Option<i64> {
        self.line.line_no
    }

    /// The quantity as written.
    #[must_use]
    pub const fn qty(self) -> Decimal {
        self.line.qty
    }

    /// When it happened.
    #[must_use]
    pub const fn moment(self) -> Moment {
        self.line.moment
    }

    /// Whether the row stands with its line end.
    #[must_use]
    pub const fn is_whole(self) -> bool {
        self.line.whole
    }
}

pub(super) fn text<'a>(row: &Row<'a>, column: usize) -> Result<Option<Cow<'a, str>>, RowError> {
    Ok(row.value(column)?.and_then(|value| match value {
        Value::Text(text) | Value::Integer(text) => Some(text),
        _ => None,
    }))
}

/// A row of another site would be read by the wrong clock, and would count as stock of the wrong place.
pub(super) fn check_site(row: &Row<'_>, contract: &Contract, site: &Site) -> Result<(), RowError> {
    let written = text(row, contract.warehouse)?.unwrap_or_default();
    if written.trim().eq_ignore_ascii_case(&site.code) {
        return Ok(());
    }
    let wanted = "the site in the name of the file";
    Err(row.error(contract.warehouse, RowFault::NotA { wanted }))
}

/// Most bytes of a part of a key, so that the whole is short enough too.
const KEY_PART_BYTES_MAX: usize = 55;

/// Parts of keys hold neither the separator nor control characters.
pub(super) fn check_key(row: &Row<'_>, column: usize, text: &str) -> Result<(), RowError> {
    if text.chars().any(|c| c == '|' || c.is_control()) {
        let wanted = "a text without | and control characters";
        return Err(row.error(column, RowFault::NotA { wanted }));
    }
    if text.len() > KEY_PART_BYTES_MAX {
        let found = text.chars().count();
        return Err(row.error(column, RowFault::Length { found }));
    }
    Ok(())
}

pub(super) fn quantity(row: &Row<'_>, column: usize) -> Result<Decimal, RowError> {
    let written = row
        .decimal(column)?
        .ok_or_else(|| row.error(column, RowFault::Required))?;
    Decimal::try_from_i128_with_scale(written.unscaled, written.scale).map_err(|_| {
        let wanted = "a decimal of at most 28 digits";
        row.error(column, RowFault::NotA { wanted })
    })
}

fn line_no(row: &Row<'_>, column: usize) -> Result<Option<i64>, RowError> {
    let Some(digits) = row.integer(column)? else {
        return Ok(None);
    };
    digits.parse().map(Some).map_err(|_| {
        let wanted = "an integer of at most 18 digits";
        row.error(column, RowFault::NotA { wanted })
    })
}

fn moment(row: &Row<'_>, column: usize, site: &Site) -> Result<Moment, RowError> {
    let written = row
        .date_time(column)?
        .ok_or_else(|| row.error(column, RowFault::Required))?;
    let wanted = "a date and time from 1970 on";
    Moment::of(&written, &site.zone)
        .filter(|moment| moment.at.0 >= 0)
        .ok_or_else(|| row.error(column, RowFault::NotA { wanted }))
}
