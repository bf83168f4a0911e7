//! What the pipeline notes about itself in the store: how fresh the reports are, whether anything is missing,
//! and when they were made anew.

mod freshness;
mod rebuild;
mod reconciliation;
mod statements;

pub use freshness::{Level, SourceState, WindowFigures};
pub use rebuild::{Merged, Rebuild, RebuildState};
pub use reconciliation::{ControlTotal, hour_of};
pub(crate) use statements::Statements;
