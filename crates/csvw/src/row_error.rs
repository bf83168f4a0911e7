//! One row, or one of its cells, that breaks the contract.

use std::{fmt, ops::Range};

use thiserror::Error;

use crate::decimal::NumberFault;

/// A bad row: where it is and what is wrong with it. The rows after it are not affected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowError {
    /// Number of the data row; the first after the header is 1.
    pub row: u64,
    /// Its bytes in the file, without the line end.
    pub bytes: Range<u64>,
    /// Name of the column in the schema, where one cell is at fault.
    pub column: Option<Box<str>>,
    /// The offending text as it stands in the file, at most 200 characters of it.
    pub value: Option<Box<str>>,
    /// What is wrong.
    pub fault: RowFault,
    /// The row's bytes for a dead letter (as UTF-8 when the file is UTF-16), at most `Limits::max_row_bytes`.
    pub raw: Box<[u8]>,
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "row {} (bytes {}..{})",
            self.row, self.bytes.start, self.bytes.end
        )?;
        if let Some(column) = &self.column {
            write!(f, ", column {column}")?;
        }
        write!(f, ": {}", self.fault)?;
        match &self.value {
            Some(value) => write!(f, ", value {value:?}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for RowError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.fault)
    }
}

/// What is wrong with a row or a cell.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RowFault {
    /// Fewer cells than titles.
    #[error("{found} cells where the header has {expected}")]
    TooFewCells {
        /// Cells in the row.
        found: usize,
        /// Cells in the header.
        expected: usize,
    },
    /// More cells than titles.
    #[error("{found} cells where the header has {expected}")]
    TooManyCells {
        /// Cells in the row.
        found: usize,
        /// Cells in the header.
        expected: usize,
    },
    /// The row does not end within the limit, mostly because a quote is never closed.
    #[error("the row does not end within {max_row_bytes} bytes")]
    TooLong {
        /// The limit in force.
        max_row_bytes: usize,
    },
    /// A row behind the trailer row.
    #[error("a row after the trailer row")]
    AfterTrailer,
    /// A required cell is empty or one of the column's null texts.
    #[error("a value is required")]
    Required,
    /// Not of the column's datatype.
    #[error("not {wanted}")]
    NotA {
        /// The datatype, with an article.
        wanted: &'static str,
    },
    /// Not a number in the column's notation.
    #[error(transparent)]
    Number(#[from] NumberFault),
    /// Not in the pattern or in the list of the column's format.
    #[error("does not match the format of its column")]
    Format,
    /// Outside the minimum or maximum.
    #[error("out of range: the schema says {bound}")]
    OutOfRange {
        /// The bound that is broken, as `minimum 0`.
        bound: Box<str>,
    },
    /// Shorter or longer than the schema allows.
    #[error("{found} characters long")]
    Length {
        /// Characters in the cell.
        found: usize,
    },
}
