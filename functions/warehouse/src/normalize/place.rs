//! Where in a file something is wrong, in words that lead there.

use std::{borrow::Cow, ops::Range};

use csvw::{FileError, RowError};
use feed::Reason;
use ingest::Rejection;

use super::Origin;

/// Place of a row within its file.
pub(super) fn of_row(row: u64, bytes: &Range<u64>) -> String {
    format!("row {row}, bytes {}..{}", bytes.start, bytes.end)
}

/// Place of a bad row: the file, the row, its bytes and, where one cell is at fault, the column.
pub(super) fn of_row_error(origin: &Origin<'_>, error: &RowError) -> String {
    let path = origin.file.path();
    let row = of_row(error.row, &error.bytes);
    match &error.column {
        Some(column) => format!("{path}, {row}, column {column}"),
        None => format!("{path}, {row}"),
    }
}

/// What is wrong with a row.
pub(super) fn detail(error: &RowError) -> String {
    match &error.value {
        Some(value) => format!("{}: {value:?}", error.fault),
        None => error.fault.to_string(),
    }
}

/// The rejection of what a file ends with, when that is no row.
#[must_use]
pub fn tail<'a>(
    origin: &Origin<'_>,
    bytes: &Range<u64>,
    raw: &'a [u8],
    detail: String,
) -> Rejection<'a> {
    let path = origin.file.path();
    Rejection {
        reason: Reason::InvalidUnit,
        place: format!("{path}, bytes {}..{}", bytes.start, bytes.end),
        detail,
        raw: Cow::Borrowed(raw),
        record_key: None,
        message: None,
    }
}

/// The rejection of a row in whose middle a file ends.
#[must_use]
pub fn torn_row<'a>(
    origin: &Origin<'_>,
    row: u64,
    bytes: &Range<u64>,
    raw: &'a [u8],
    detail: String,
) -> Rejection<'a> {
    let path = origin.file.path();
    Rejection {
        place: format!("{path}, {}", of_row(row, bytes)),
        ..tail(origin, bytes, raw, detail)
    }
}

/// The rejection of a file none of whose rows can be read. `head` is how it begins.
#[must_use]
pub fn unreadable<'a>(origin: &Origin<'_>, error: &FileError, head: &'a [u8]) -> Rejection<'a> {
    let reason = match error {
        FileError::NotText(_) => Reason::Unsupported,
        _ => Reason::MalformedMessage,
    };
    Rejection {
        reason,
        place: origin.file.path(),
        detail: error.to_string(),
        // Empty files are told apart by their names.
        raw: if head.is_empty() {
            Cow::Owned(origin.file.key().into_bytes())
        } else {
            Cow::Borrowed(head)
        },
        record_key: None,
        message: None,
    }
}
