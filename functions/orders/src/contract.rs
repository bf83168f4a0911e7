//! What is known about the source's format, beside how it is read.

use ingest::{Contract, json_value};

/// The contract with the source.
pub const CONTRACT: Contract = Contract {
    schema_version: |_| "bc-2.0",
    personal: PERSONAL,
    field_paths: ingest::field_paths,
    value_of: json_value,
};

/// People and where they live: an order is often a person's. An order read by itself, after a page of changes, is the root.
const PERSONAL: &[&str] = &[
    "$.value[].customerName",
    "$.value[].shipToName",
    "$.value[].shipToContact",
    "$.value[].shipToAddressLine1",
    "$.value[].shipToAddressLine2",
    "$.value[].shipToCity",
    "$.value[].shipToPostCode",
    "$.value[].phoneNumber",
    "$.value[].email",
    "$.customerName",
    "$.shipToName",
    "$.shipToContact",
    "$.shipToAddressLine1",
    "$.shipToAddressLine2",
    "$.shipToCity",
    "$.shipToPostCode",
    "$.phoneNumber",
    "$.email",
];
