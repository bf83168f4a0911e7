//! A document survives what the Functions host does to it on its way to a Cosmos DB trigger.
//!
//! The host reads every document with a JSON library that turns texts of the form of a date-time into dates and writes
//! them back in another form, and sends numbers with a fraction through a binary float.

use jiff::{Timestamp, civil::DateTime};
use proptest::prelude::*;
use record::Record;
use serde_json::Value;

use crate::arbitrary::record;

/// What the host's reader takes for an ISO 8601 date-time: 19 to 40 characters, a digit first, `T` at place 10.
fn looks_like_a_date(text: &str) -> bool {
    let units: Vec<u16> = text.encode_utf16().collect();
    (19..=40).contains(&units.len())
        && text.starts_with(char::is_numeric)
        && units[10] == u16::from(b'T')
}

fn rewrite_date(text: &str) -> Option<String> {
    if let Some(milliseconds) = text
        .strip_prefix("/Date(")
        .and_then(|rest| rest.strip_suffix(")/"))
    {
        let instant = Timestamp::from_millisecond(milliseconds.parse().ok()?).ok()?;
        return Some(instant.to_string());
    }
    if !looks_like_a_date(text) {
        return None;
    }
    if let Ok(instant) = text.parse::<Timestamp>() {
        // Offsets become UTC, fractions lose trailing zeros and everything past seven digits.
        let cut = instant.as_nanosecond() / 100 * 100;
        return Some(Timestamp::from_nanosecond(cut).ok()?.to_string());
    }
    text.parse::<DateTime>().ok().map(|local| local.to_string())
}

fn rewrite(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(rewrite_date(&text).unwrap_or(text)),
        Value::Number(number) if number.is_f64() => {
            Value::from(number.as_f64().expect("asked one line above"))
        }
        Value::Array(values) => values.into_iter().map(rewrite).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (name, rewrite(value)))
            .collect(),
        other => other,
    }
}

fn through_the_host(json: &str) -> String {
    rewrite(serde_json::from_str(json).unwrap()).to_string()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_record_is_the_same_after_the_host(record in record()) {
        let document = record.to_document();
        let delivered = through_the_host(document.json());
        let read = Record::parse(&delivered).unwrap();
        prop_assert_eq!(&read, &record);
        prop_assert_eq!(read.content_hash(), record.content_hash());
        prop_assert_eq!(read.to_document().id(), document.id());
    }
}

#[test]
fn the_rewriting_of_this_test_does_rewrite() {
    let delivered = through_the_host(
        r#"{"a":"2026-11-02T09:15:22.1200000+01:00","b":"/Date(0)/","c":"2026-11-02"}"#,
    );
    assert_eq!(
        delivered,
        r#"{"a":"2026-11-02T08:15:22.12Z","b":"1970-01-01T00:00:00Z","c":"2026-11-02"}"#
    );
}

#[test]
fn a_document_of_a_newer_version_or_of_no_record_says_so() {
    let error = |json: &str| Record::parse(json).unwrap_err().to_string();
    assert!(error("{}").starts_with("the document is not a record: missing field `schema`"));
    let newer = r#"{"schema":9,"source":"orders","entity":"order","key":"C|1","version":"000.00000000000000000001.00000000000000000000","deleted":true,"body":null,"references":[],"quality":[],"provenance":{"message_id":"","correlation_id":"","raw":{"location":"","place":""},"event_time":null,"source_modified_at":0,"received_at":0}}"#;
    assert_eq!(
        error(newer),
        "the document has schema version 9, newer than 1"
    );
    let no_body = newer
        .replace("\"schema\":9", "\"schema\":1")
        .replace("true", "false");
    assert_eq!(error(&no_body), "the order has no body and is no tombstone");
}
