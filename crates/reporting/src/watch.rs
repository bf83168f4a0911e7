//! What the pipeline notes about itself in the store: how fresh the reports are, and whether anything is missing.

mod freshness;
mod reconciliation;
mod statements;

pub use freshness::{Level, SourceState, WindowFigures};
pub use reconciliation::{ControlTotal, hour_of};
pub(crate) use statements::Statements;
