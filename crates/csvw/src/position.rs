//! Where a reader stands in a file.

use serde::{Deserialize, Serialize};

/// The place to read on from: everything before it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    /// Bytes of the file (byte order mark included) up to the end of the last row's text. Its line end follows and is
    /// skipped on resuming.
    pub byte_offset: u64,
    /// Number of the last data row; the first after the header is 1, and blank lines and comments are not counted.
    pub row: u64,
}
