//! Reasons to refuse a whole file.

use thiserror::Error;

/// A file of another kind, known by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binary {
    /// ZIP archive, which office documents are too.
    Zip,
    /// gzip stream.
    Gzip,
    /// PDF document.
    Pdf,
    /// Compound file of older office programs.
    CompoundFile,
}

impl Binary {
    /// The kind that the first bytes give away.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        const MAGIC: [(&[u8], Binary); 6] = [
            (b"PK\x03\x04", Binary::Zip),
            (b"PK\x05\x06", Binary::Zip),
            (b"PK\x07\x08", Binary::Zip),
            (b"\x1f\x8b\x08", Binary::Gzip),
            (b"%PDF-", Binary::Pdf),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Binary::CompoundFile),
        ];
        MAGIC
            .iter()
            .find(|(magic, _)| bytes.starts_with(magic))
            .map(|(_, kind)| *kind)
    }

    /// Its everyday name.
    pub fn name(self) -> &'static str {
        match self {
            Binary::Zip => "ZIP archive",
            Binary::Gzip => "gzip stream",
            Binary::Pdf => "PDF document",
            Binary::CompoundFile => "compound office document",
        }
    }
}

/// The file cannot be read by this schema at all. No row is returned after it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FileError {
    /// No text: zero bytes, or nothing but a byte order mark and line ends.
    #[error("the file is empty ({bytes} bytes)")]
    Empty {
        /// Size of the file.
        bytes: u64,
    },
    /// Too short to hold a header.
    #[error("a file of {bytes} byte cannot hold a header")]
    TooShort {
        /// Size of the file.
        bytes: u64,
    },
    /// The bytes are not text.
    #[error("the bytes are a {}, not text", .0.name())]
    NotText(Binary),
    /// No line near the start has all required columns.
    #[error("required columns {missing:?} are missing in the header {header:?}{}", if *.cut { " (the file ends inside it)" } else { "" })]
    MissingColumns {
        /// Names of the columns, in the order of the schema.
        missing: Vec<String>,
        /// The line nearest to a header, at most 1,000 characters of it.
        header: String,
        /// The file ends in this line, so it may still be growing.
        cut: bool,
    },
    /// Two titles of the header mean the same column.
    #[error("column {column:?} is there twice in the header, as {first:?} and as {second:?}")]
    AmbiguousColumn {
        /// Name in the schema.
        column: String,
        /// Title that comes first.
        first: String,
        /// Title that comes second.
        second: String,
    },
    /// More columns than the limit allows.
    #[error("the header has {found} columns, over the limit of {max_columns}")]
    TooManyColumns {
        /// Cells in the header.
        found: usize,
        /// The limit in force.
        max_columns: usize,
    },
    /// A header state that does not fit, given to `Reader::resume`.
    #[error("the header state names {what}, which cannot be resumed")]
    BadHeaderState {
        /// The part that does not fit.
        what: String,
    },
}
