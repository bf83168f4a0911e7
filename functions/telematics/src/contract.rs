//! What is known about the sources' formats, beside how they are read.

use ingest::{Contract, Message, json_value};

use crate::config::{Provider, Stream};

/// The contract with the providers.
pub const CONTRACT: Contract = Contract {
    schema_version,
    personal: PERSONAL,
    field_paths: ingest::field_paths,
    value_of: json_value,
};

/// Who drives. It is not read, but it is in the bytes.
const PERSONAL: &[&str] = &["$.data[].driver", "$.result.data[].driver"];

/// Of the provider whose stream the page belongs to.
fn schema_version(message: &Message<'_>) -> &'static str {
    match Stream::of_message(&message.message_id).map(Stream::provider) {
        Some(Provider::Samsara) => "samsara-stats",
        Some(Provider::Geotab) => "geotab-1",
        None => "1",
    }
}
