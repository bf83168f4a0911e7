#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

pub mod config;
pub mod contract;
pub mod normalize;
pub mod upstream;
pub mod wire;

pub use upstream::{Deps, app, pull};

/// The app's name: of its role in telemetry, and of the app in its dead letters.
pub const APP: &str = "orders";
/// The app's version, noted in its dead letters.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
