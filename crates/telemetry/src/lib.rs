#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod config;
mod filter;
mod guard;
mod ingestion;
mod init;

pub mod correlation;

pub use config::Config;
pub use guard::Guard;
pub use ingestion::IngestionError;
pub use init::{InitError, init};

#[cfg(test)]
mod tests;
