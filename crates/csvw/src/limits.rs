//! How much of a file may be held at once.

/// Bounds on one row. Memory of a reader is bounded by them, not by the size of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest row in bytes, without its line end (default 1 MiB). A longer one is a row error, and reading goes on
    /// after its first line: a stray quote costs one line, not the rest of the file.
    pub max_row_bytes: usize,
    /// Most cells in a header (default 1,024). A wider file is refused.
    pub max_columns: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_row_bytes: 1 << 20,
            max_columns: 1_024,
        }
    }
}
