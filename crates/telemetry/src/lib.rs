#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod config;
mod filter;
mod guard;
mod ingestion;
mod init;
mod measures;
mod recorder;
mod sampling;

pub mod correlation;
pub mod steps;

pub use config::Config;
pub use guard::Guard;
pub use ingestion::IngestionError;
pub use init::{InitError, init, subscribe};

#[cfg(test)]
mod tests;
