#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod class;
mod policy;
mod retry_after;
mod run;

pub use class::{Class, Classify};
pub use policy::{Delays, InvalidPolicy, Policy, Waits};
pub use retry_after::parse_retry_after;
pub use run::{Exhausted, GaveUp};
