#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

pub mod config;
mod feed_trigger;
mod front_door;
mod operate;
pub mod reports;

pub use feed_trigger::{Deps, app};

/// The app's name: of its role in telemetry, and of the app in its dead letters.
pub const APP: &str = "consolidator";
/// The app's version, noted in its dead letters.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
