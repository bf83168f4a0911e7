//! The whole way: from an event to a line on stdout, and over HTTP to an ingestion endpoint.

mod correlation;
mod endpoint;
mod export;
mod lines;
mod startup;

use crate::Config;

/// A configuration without any setting.
fn silent() -> Config {
    Config::from_vars(|_| None, "orders", "1.2.3")
}
