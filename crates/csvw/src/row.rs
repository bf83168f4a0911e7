//! One row.

use std::{borrow::Cow, ops::Range};

use encoding_rs::Encoding;

use crate::{
    civil::{Date, DateTime},
    datatype::Base,
    decimal::Decimal,
    layout::Layout,
    row_error::{RowError, RowFault},
    schema::{Column, Schema},
    value::{self, Value},
};

/// Characters of an offending value that an error shows.
const SHOWN_CHARS: usize = 200;

/// One data row, borrowed from the reader until the next step.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) layout: &'a Layout,
    pub(crate) number: u64,
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) raw: &'a [u8],
    /// Unquoted bytes of all cells, and where each ends.
    pub(crate) bytes: &'a [u8],
    pub(crate) ends: &'a [usize],
    /// The same as text, where it is valid UTF-8 cell by cell.
    pub(crate) text: Option<&'a str>,
    /// Encoding of cells where it is not.
    pub(crate) encoding: &'static Encoding,
    pub(crate) recoded: bool,
}

impl<'a> Row<'a> {
    /// Number of the row; the first after the header is 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Its bytes in the file, without the line end.
    pub fn byte_range(&self) -> Range<u64> {
        self.start..self.end
    }

    /// Those bytes, as UTF-8 when the file is UTF-16.
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// The encoding that this row alone was read in, because it is not valid UTF-8 in a UTF-8 file.
    pub fn recoded(&self) -> Option<&'static Encoding> {
        self.recoded.then_some(self.encoding)
    }

    /// Number of cells, the same for every row of a file.
    pub fn cell_count(&self) -> usize {
        self.ends.len()
    }

    /// A cell by its place in the row, as it stands (trimmed where the dialect says so).
    pub fn cell(&self, cell: usize) -> Option<Cow<'a, str>> {
        let end = *self.ends.get(cell)?;
        let start = if cell == 0 { 0 } else { self.ends[cell - 1] };
        let text = match self.text {
            Some(text) => Cow::Borrowed(&text[start..end]),
            None => {
                self.encoding
                    .decode_without_bom_handling(&self.bytes[start..end])
                    .0
            }
        };
        let trim = self.schema.dialect.trim;
        Some(trimmed(text, trim.start(), trim.end()))
    }

    /// The text of a column: `None` where the file does not have the column or the cell means nothing.
    pub fn text(&self, column: usize) -> Option<Cow<'a, str>> {
        let contract = self.schema.columns.get(column)?;
        let text = match self.layout.cells.get(column).copied().flatten() {
            Some(cell) => self.cell(cell)?,
            None => Cow::Borrowed(""),
        };
        let blank_counts = contract.datatype.base == Base::Text;
        let text = trimmed(text, !blank_counts, !blank_counts);
        match contract.value_of(&text) {
            // Most values are the cell itself; only a default is another text.
            Some(value) if value.len() == text.len() => Some(text),
            Some(_) => contract.default.as_deref().map(Cow::Borrowed),
            None => None,
        }
    }

    /// The value of a column by its datatype, every constraint checked.
    ///
    /// # Errors
    /// A required value that is missing, or a text that breaks the datatype.
    pub fn value(&self, column: usize) -> Result<Option<Value<'a>>, RowError> {
        let Some(contract) = self.schema.columns.get(column) else {
            return Ok(None);
        };
        match self.text(column) {
            Some(text) => value::read(&contract.datatype, self.schema.dialect.decimal_char, text)
                .map(Some)
                .map_err(|fault| self.error(column, fault)),
            None if contract.required => Err(self.error(column, RowFault::Required)),
            None => Ok(None),
        }
    }

    /// The exact number of a decimal or integer column.
    ///
    /// # Errors
    /// As [`Row::value`]; also when the column is of another kind.
    pub fn decimal(&self, column: usize) -> Result<Option<Decimal>, RowError> {
        self.convert(column, "a decimal", |value| match value {
            Value::Decimal(number) => Some(number),
            Value::Integer(text) => Decimal::parse(&text).ok(),
            _ => None,
        })
    }

    /// The digits of an integer column, leading zeros kept.
    ///
    /// # Errors
    /// As [`Row::value`]; also when the column is of another kind.
    pub fn integer(&self, column: usize) -> Result<Option<Cow<'a, str>>, RowError> {
        self.convert(column, "an integer", |value| {
            if let Value::Integer(text) = value {
                Some(text)
            } else {
                None
            }
        })
    }

    /// Yes or no.
    ///
    /// # Errors
    /// As [`Row::value`]; also when the column is of another kind.
    pub fn boolean(&self, column: usize) -> Result<Option<bool>, RowError> {
        self.convert(column, "a boolean", |value| {
            if let Value::Boolean(yes) = value {
                Some(yes)
            } else {
                None
            }
        })
    }

    /// A day.
    ///
    /// # Errors
    /// As [`Row::value`]; also when the column is of another kind.
    pub fn date(&self, column: usize) -> Result<Option<Date>, RowError> {
        self.convert(column, "a date", |value| {
            if let Value::Date(date) = value {
                Some(date)
            } else {
                None
            }
        })
    }

    /// A day and a time, local or with its offset.
    ///
    /// # Errors
    /// As [`Row::value`]; also when the column is of another kind.
    pub fn date_time(&self, column: usize) -> Result<Option<DateTime<'a>>, RowError> {
        self.convert(column, "a date and time", |value| {
            if let Value::DateTime(time) = value {
                Some(time)
            } else {
                None
            }
        })
    }

    /// Checks every column of the schema.
    ///
    /// # Errors
    /// The first cell at fault.
    pub fn check(&self) -> Result<(), RowError> {
        (0..self.schema.columns.len()).try_for_each(|column| self.value(column).map(drop))
    }

    /// Title and text of every cell that the schema does not know.
    pub fn extras(&self) -> impl Iterator<Item = (&'a str, Cow<'a, str>)> {
        let layout = self.layout;
        let row = *self;
        layout
            .extras
            .iter()
            .filter_map(move |&cell| Some((layout.titles.get(cell)?.as_str(), row.cell(cell)?)))
    }

    /// An error of the caller's own about a column of this row.
    pub fn error(&self, column: usize, fault: RowFault) -> RowError {
        let cell = self.layout.cells.get(column).copied().flatten();
        let value = cell
            .and_then(|cell| self.cell(cell))
            .filter(|text| !text.is_empty());
        RowError {
            row: self.number,
            bytes: self.byte_range(),
            column: self
                .schema
                .columns
                .get(column)
                .map(|column: &Column| column.name.clone()),
            value: value.map(|text| {
                text.chars()
                    .take(SHOWN_CHARS)
                    .collect::<String>()
                    .into_boxed_str()
            }),
            fault,
            raw: self.raw.into(),
        }
    }

    fn convert<T>(
        &self,
        column: usize,
        wanted: &'static str,
        pick: impl FnOnce(Value<'a>) -> Option<T>,
    ) -> Result<Option<T>, RowError> {
        match self.value(column)? {
            Some(value) => pick(value)
                .map(Some)
                .ok_or_else(|| self.error(column, RowFault::NotA { wanted })),
            None => Ok(None),
        }
    }
}

fn trimmed(text: Cow<'_, str>, start: bool, end: bool) -> Cow<'_, str> {
    let blank = |byte: Option<&u8>| byte.is_some_and(|&byte| byte <= b' ' || byte >= 0x80);
    // Hardly any cell has blanks around it, and those that might are told by their first and last byte.
    if !(start && blank(text.as_bytes().first()) || end && blank(text.as_bytes().last())) {
        return text;
    }
    let cut = |text: &str| -> Range<usize> {
        let from = if start {
            text.len() - text.trim_start().len()
        } else {
            0
        };
        let to = if end {
            text.trim_end().len()
        } else {
            text.len()
        };
        from..to.max(from)
    };
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[cut(text)]),
        Cow::Owned(text) => {
            let range = cut(&text);
            if range.len() == text.len() {
                Cow::Owned(text)
            } else {
                Cow::Owned(text[range].to_owned())
            }
        }
    }
}

/// The text of all cells, where it is valid UTF-8 and no cell starts or ends inside a character.
pub(crate) fn valid_text<'a>(bytes: &'a [u8], ends: &[usize]) -> Option<&'a str> {
    let text = std::str::from_utf8(bytes).ok()?;
    ends.iter()
        .all(|&end| text.is_char_boundary(end))
        .then_some(text)
}
