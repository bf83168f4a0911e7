//! How a file ended.

use std::ops::Range;

/// What the end of the bytes says about the file being whole. Waiting or salvaging is the caller's decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The last row has its line end, and the trailer, where one is configured, agrees.
    Complete,
    /// The last row has all its cells but no line end. It was returned; its last cell may have been cut.
    Unterminated {
        /// Bytes of that row.
        bytes: Range<u64>,
    },
    /// The file stops inside a row: no line end and cells missing, or inside quotes, or inside the header line. That
    /// row was not returned.
    Partial {
        /// Bytes of the incomplete row, to the end of the file.
        bytes: Range<u64>,
    },
    /// A trailer row is configured and none came.
    TrailerMissing {
        /// Data rows read, bad ones included.
        rows: u64,
    },
    /// The trailer states another number of rows than were there.
    CountMismatch {
        /// The trailer's number, as written.
        stated: String,
        /// Data rows read, bad ones included.
        rows: u64,
    },
}

impl Ending {
    /// True when nothing suggests that more bytes are to come.
    pub fn is_complete(&self) -> bool {
        *self == Ending::Complete
    }
}
