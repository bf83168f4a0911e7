//! The report made anew beside itself, and taken over from there in one transaction.
//!
//! A second set of the same tables lies beside the report: in a schema of its own on PostgreSQL, in a file of its own on
//! SQLite. It is filled as the report is, by [`Store::apply`](crate::Store::apply). What is different is then taken over, row by row, while
//! readers go on reading; see `docs/adr/0012-rebuilt-beside-and-merged.md`.

mod beside;
mod hold;
mod merge;

pub use self::{
    hold::Held,
    merge::{MergeError, Removals},
};
