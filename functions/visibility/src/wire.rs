//! What ocean carriers, terminals and scanners send, in the shapes of their three standards.
//!
//! None of the schemas requires anything, so every field is optional here; what must be there is checked later, event by
//! event. Texts are borrowed from the message. Events are raw, because each is a unit that fails alone.

pub mod dcsa2;
pub mod dcsa3;
pub mod epcis;

pub use ingest::wire::{Scalar, WireText};
