//! What the providers of vehicle gateways send.
//!
//! Texts are borrowed from the page. Numbers stay the digits that were sent, until their unit is known.

pub mod geotab;
pub mod samsara;

pub use ingest::wire::{Scalar, WireText};
