//! The whole way: from an event to a line on stdout, and over HTTP to an ingestion endpoint.

mod correlation;
mod endpoint;
mod export;
mod figures;
mod journey;
mod lines;
mod startup;
mod transport;
mod weights;

use serde_json::Value;

use crate::Config;

/// A configuration without any setting.
fn silent() -> Config {
    Config::from_vars(|_| None, "orders", "1.2.3")
}

fn of_type<'a>(items: &'a [Value], base_type: &str) -> Vec<&'a Value> {
    items
        .iter()
        .filter(|item| item["data"]["baseType"] == base_type)
        .collect()
}

fn properties(item: &Value) -> &Value {
    &item["data"]["baseData"]["properties"]
}
