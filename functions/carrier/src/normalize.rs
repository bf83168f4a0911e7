//! From the wire to records. Pure: no clock, no environment, nothing awaited.
//!
//! The unit that fails alone is the transaction set; of a 214 whose other statuses can be read, the single AT7. What is
//! wrong is told to the sender in a 997, which says exactly what was taken: a set that it rejects has left no record.

mod answer;
mod envelope;
mod invoice;
mod made;
mod parked;
mod place;
mod receipt;
mod references;
mod sent;
mod status;
mod stray;
mod tender;
mod time;
mod units;
mod vocabulary;

pub use answer::Outgoing;
pub use envelope::seamed;
pub use stray::{Window, unframed};
pub use units::Units;
