//! What is known about the sources' formats, beside how they are read.

use ingest::{Contract, Message, json_value};

use crate::normalize::Standard;

/// The contract with the senders. Events are about containers and pallets: there are no people in them.
pub const CONTRACT: Contract = Contract {
    schema_version,
    personal: &[],
    field_paths: ingest::field_paths,
    value_of: json_value,
};

fn schema_version(message: &Message<'_>) -> &'static str {
    Standard::of_arrival(&message.arrival).map_or("1", Standard::as_str)
}
