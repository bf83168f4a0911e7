#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod class;
pub mod http;
mod policy;
mod retry_after;
mod run;
mod sink;

pub use class::{Away, Class, Classify};
pub use policy::{Delays, FRESHNESS_PROMISE, InvalidPolicy, Policy, Waits};
pub use retry_after::parse_retry_after;
pub use run::{Exhausted, GaveUp};
pub use sink::{FAILURES_MAX, Guard, RESERVE, Sink, TENTHS_PER_CALL};
