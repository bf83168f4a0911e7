//! A row by itself: the smallest message that brings it in again, and how it is read then.
//!
//! The message is a header line with the titles of the file, then the row as it stands there. The titles are UTF-8 and the
//! row is in the encoding of the file, which the letter names among what is known of the arrival; a corrected row is UTF-8.

use std::sync::Arc;

use csvw::{FileError, Header, Position, Reader, Step};

use crate::wire::Contract;

/// Encoding of the file's rows, among what is kept of how a letter arrived.
pub const ENCODING: &str = "file_encoding";

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The header line.
#[must_use]
pub fn head(header: &Header) -> String {
    let mut head = String::new();
    for (index, title) in header.titles.iter().enumerate() {
        if index > 0 {
            head.push(header.delimiter);
        }
        let special = |c: char| c == header.delimiter || matches!(c, '"' | '\r' | '\n');
        if title.contains(special) {
            head.push('"');
            head.push_str(&title.replace('"', "\"\""));
            head.push('"');
        } else {
            head.push_str(title);
        }
    }
    head.push('\n');
    head
}

/// The message with which a row comes in again.
#[must_use]
pub fn within_head(row: &[u8], head: &str) -> Arc<[u8]> {
    [head.as_bytes(), row].concat().into()
}

/// Where in its file a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowPlace {
    /// Its number, from 1.
    pub row: u64,
    /// Its first byte.
    pub start: u64,
}

impl RowPlace {
    /// Reads the place of a letter about a row of the file with this path.
    #[must_use]
    pub fn parse(place: &str, path: &str) -> Option<Self> {
        let rest = place.strip_prefix(path)?.strip_prefix(", row ")?;
        let (row, rest) = rest.split_once(", bytes ")?;
        let (start, _) = rest.split_once("..")?;
        let (row, start) = (row.parse().ok()?, start.parse().ok()?);
        (row > 0).then_some(Self { row, start })
    }
}

/// Why a row by itself cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PartError {
    /// The message does not end with the unit.
    #[error("the message around the row is not a header line and the row")]
    NoHeader,
    /// The header line does not fit the contract.
    #[error(transparent)]
    File(#[from] FileError),
    /// A correction of several lines, or of none.
    #[error("exactly one row is to stand here")]
    NotOneRow,
}

/// Reads the row at the end of a message as it would be read in its file.
///
/// # Errors
/// A message that holds no header and exactly one row.
pub fn read<T>(
    contract: &Contract,
    (message, row): (&[u8], &[u8]),
    encoding: &str,
    at: RowPlace,
    each: impl FnOnce(&Step<'_>) -> T,
) -> Result<T, PartError> {
    let head = message.strip_suffix(row).ok_or(PartError::NoHeader)?;
    let header = Header {
        // Rows of UTF-16 are kept as UTF-8.
        encoding: match encoding.starts_with("UTF-16") {
            true => "UTF-8".to_owned(),
            false => encoding.to_owned(),
        },
        ..header(contract, head)?
    };
    let position = Position {
        byte_offset: at.start,
        row: at.row - 1,
    };
    let (schema, mut options) = contract.reader();
    options.trailer = None;
    let mut reader = Reader::resume(schema, header, position, options)?;
    reader.feed(row);
    reader.feed(b"\n");
    reader.finish();
    let read = match reader.step()? {
        step @ (Step::Row(_) | Step::BadRow(_)) => each(&step),
        Step::NeedInput | Step::End(_) => return Err(PartError::NotOneRow),
    };
    match reader.step()? {
        Step::End(_) => Ok(read),
        _ => Err(PartError::NotOneRow),
    }
}

fn header(contract: &Contract, head: &[u8]) -> Result<Header, PartError> {
    let (schema, mut options) = contract.reader();
    options.trailer = None;
    let mut reader = Reader::new(schema, options);
    reader.feed(BYTE_ORDER_MARK);
    reader.feed(head);
    reader.finish();
    reader.step()?;
    reader.header().cloned().ok_or(PartError::NoHeader)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Contracts, Kind};

    #[test]
    fn a_place_leads_to_its_row() {
        let at = RowPlace {
            row: 6,
            start: 1_020,
        };
        for place in [
            "c/in/a.csv, row 6, bytes 1020..1099, column qty",
            "c/in/a.csv, row 6, bytes 1020..1099",
        ] {
            assert_eq!(RowPlace::parse(place, "c/in/a.csv"), Some(at), "{place}");
        }
        for place in [
            "c/in/a.csv, bytes 3..9",
            "c/in/b.csv, row 6, bytes 1..2",
            "",
        ] {
            assert_eq!(RowPlace::parse(place, "c/in/a.csv"), None, "{place}");
        }
    }

    #[test]
    fn a_row_alone_has_its_number_its_offset_and_its_encoding() {
        let contracts = Contracts::embedded(None).unwrap();
        let contract = contracts.of(Kind::Stock);
        let header = Header {
            encoding: "windows-1252".to_owned(),
            delimiter: ';',
            titles: ["warehouse", "sku", "qty", "uom", "say \"hi\"; °C"]
                .map(str::to_owned)
                .into(),
            by_position: false,
            end: 90,
        };
        let head = head(&header);
        let row = b"DC3;CAF\xc9;12;EA;warm";
        let message = [head.as_bytes(), row].concat();
        let at = RowPlace { row: 7, start: 500 };
        let seen = |step: &Step<'_>| match step {
            Step::Row(row) => (row.number(), row.byte_range(), row.raw().to_vec()),
            other => panic!("{other:?}"),
        };
        let found = read(contract, (&message, row), "windows-1252", at, seen).unwrap();
        assert_eq!(found, (7, 500..500 + row.len() as u64, row.to_vec()));
        for rows in [&b"DC3;A;1;EA;\nDC3;B;1;EA;"[..], b"", b"\n"] {
            let message = [head.as_bytes(), rows].concat();
            let found = read(contract, (&message, rows), "UTF-8", at, |_| ());
            assert!(matches!(found, Err(PartError::NotOneRow)), "{found:?}");
        }
    }
}
