//! How six sources become one story: which records are about the same shipment.
//!
//! Every record leaves edges to the numbers that it carries, in the transaction of its row, and marks them as touched.
//! A serialized step drains the marks: it reads what hangs together with them, decides, and writes the rows that changed.
//! See `docs/adr/0010-resolution-by-marks.md`.

mod edges;
mod normalize;
mod statements;
mod tables;
mod write;

mod conflicts;
mod drain;
mod graph;
mod groups;
mod links;
mod load;
mod orders;
mod resolve;

pub(crate) use self::{
    drain::drain,
    statements::{Statement, Statements},
    tables::{KEPT, Kept},
    write::write,
};
pub use drain::Drained;
