//! Cutting long text at whole characters, where Application Insights would cut it anyway.

use std::borrow::Cow;

use opentelemetry::{Array, Key, KeyValue, Value, logs::AnyValue};
use opentelemetry_sdk::{logs::SdkLogRecord, trace::SpanData};

/// The lengths in bytes at which one text may be cut: it can end up in several fields.
type Limits = &'static [usize];

const NAME: Limits = &[1024];
const KEY: Limits = &[150];
const PROPERTY: Limits = &[8192];
pub(super) const MESSAGE: Limits = &[32768];
/// Every limit of the fields and tags that some attributes are copied to, under some other name.
const COPIED: Limits = &[5, 46, 64, 128, 256, 512, 1024, 2048, 8192];
/// What the names of such attributes begin with. All of them are technical, so ASCII in practice.
const COPIED_NAMES: [&str; 12] = [
    "ai.",
    "client.",
    "db.",
    "device.",
    "enduser.",
    "http.",
    "messaging.",
    "net",
    "rpc.",
    "server.",
    "url.",
    "user.",
];

/// Where the value of the attribute `key` may be cut.
pub(super) fn limits_of(key: &str) -> Limits {
    match key {
        "exception.message" | "exception.stacktrace" => MESSAGE,
        "exception.type" => NAME,
        _ if COPIED_NAMES.iter().any(|name| key.starts_with(name)) => COPIED,
        _ => PROPERTY,
    }
}

/// The part of `text` up to the first limit that falls inside a character; `None` when there is no such limit.
pub(super) fn cut_at(text: &str, limits: Limits) -> Option<&str> {
    let limit = limits
        .iter()
        .find(|limit| !text.is_char_boundary(**limit) && text.len() > **limit)?;
    Some(&text[..text.floor_char_boundary(*limit)])
}

/// Cuts every text of a span.
pub(super) fn cut_span(span: &mut SpanData) {
    if let Some(name) = cut_at(&span.name, NAME) {
        span.name = Cow::Owned(name.to_owned());
    }
    span.attributes.iter_mut().for_each(cut_attribute);
    for event in &mut span.events.events {
        if let Some(name) = cut_at(&event.name, MESSAGE) {
            event.name = Cow::Owned(name.to_owned());
        }
        event.attributes.iter_mut().for_each(cut_attribute);
    }
}

fn cut_attribute(attribute: &mut KeyValue) {
    let limits = limits_of(attribute.key.as_str());
    if let Some(key) = cut_at(attribute.key.as_str(), KEY) {
        attribute.key = Key::from(key.to_owned());
    }
    if let Value::String(_) | Value::Array(Array::String(_)) = &attribute.value {
        let text = attribute.value.as_str();
        if let Some(cut) = cut_at(&text, limits).map(ToOwned::to_owned) {
            attribute.value = Value::from(cut);
        }
    }
}

/// The text of a value that is one.
pub(super) fn text(value: &AnyValue) -> Option<&str> {
    match value {
        AnyValue::String(text) => Some(text.as_str()),
        _ => None,
    }
}

/// Whether a text of the event would be cut inside a character.
pub(super) fn is_too_long(record: &SdkLogRecord) -> bool {
    let body = record
        .body()
        .and_then(text)
        .is_some_and(|body| cut_at(body, MESSAGE).is_some());
    body || record.attributes_iter().any(|(key, value)| {
        text(value).is_some_and(|value| cut_at(value, limits_of(key.as_str())).is_some())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_is_cut_before_the_character_that_does_not_fit() {
        let long = format!("{}é", "x".repeat(8191));
        assert_eq!(cut_at(&long, PROPERTY).map(str::len), Some(8191));
    }

    #[test]
    fn text_that_may_be_cut_by_bytes_is_left_alone() {
        for text in [
            "short é".to_owned(),
            "x".repeat(9000),
            format!("{}é", "x".repeat(8190)),
            "é".repeat(5000),
        ] {
            assert_eq!(cut_at(&text, PROPERTY), None);
        }
    }

    proptest! {
        #[test]
        fn no_limit_falls_inside_a_character(text in "\\PC{0,2000}", key in prop::sample::select(vec!["url.full", "x"])) {
            let limits = limits_of(key);
            let kept = cut_at(&text, limits).unwrap_or(&text);
            prop_assert!(text.starts_with(kept));
            for limit in limits {
                prop_assert!(kept.len() <= *limit || kept.is_char_boundary(*limit));
            }
        }
    }
}
