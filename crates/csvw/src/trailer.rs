//! A last row that says how many came before it.

/// How a file states its own row count, for example `TRL;1234`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrailerRule {
    /// Text of the first cell of a trailer row (`TRL`).
    pub mark: String,
    /// Index of the cell that holds the count, from 0.
    pub count_cell: usize,
}

impl TrailerRule {
    /// A trailer whose first cell is `mark` and whose second is the count of data rows.
    pub fn new(mark: &str) -> Self {
        Self {
            mark: mark.to_owned(),
            count_cell: 1,
        }
    }
}
