//! What the providers of vehicle gateways send.
//!
//! Texts are borrowed from the page. Numbers stay the digits that were sent, until their unit is known. What fails alone
//! is raw by default; of a page on which nothing is wrong it is read in one go, as another type in the same place.

pub mod geotab;
pub mod samsara;

mod units;

pub use ingest::wire::{Scalar, WireText};
pub use units::Units;
