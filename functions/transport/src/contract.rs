//! What is known about the source's format, beside how it is read.

use ingest::{Contract, json_value};

/// The contract with the source.
pub const CONTRACT: Contract = Contract {
    schema_version: |_| "otm-5",
    personal: PERSONAL,
    field_paths: ingest::field_paths,
    value_of: json_value,
};

/// Who drives, and how to reach people: drivers among the actors, contacts at the stops.
const PERSONAL: &[&str] = &[
    "$.data.actors[].entity.name",
    "$.data.actors[].entity.contactDetails",
    "$.data.actors[].entity.externalAttributes",
    "$.data.actions[].entity.location.entity.contactDetails",
    "$.data.actions[].entity.remark",
];
