#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod behaviour;
mod endpoint;
mod journey;
mod keep;
mod query;
mod rows;
mod track;

pub use endpoint::Endpoint;
