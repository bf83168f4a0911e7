//! What letters have in common that have one cause.

use std::fmt;

use record::Source;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Reason, raw::hex};

/// Between the parts of the hash, so that `a`+`bc` and `ab`+`c` differ.
const UNIT_SEPARATOR: [u8; 1] = [0x1f];
/// Most characters of a field path; what is longer is a sentence and no path.
const FIELD_PATH_CHARS_MAX: usize = 256;

/// Fingerprint of a cause: 32 hex digits over class, reason, rule, field path, source and schema version.
///
/// Nothing in it is a value that a sender chooses, so that one cause has one fingerprint however many letters it makes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

/// What a fingerprint is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cause<'a> {
    /// Why, and with it the class.
    pub reason: Reason,
    /// Which rule was broken, where a reason has several: an SQLSTATE, a constraint's name.
    pub rule: Option<&'a str>,
    /// Where in a unit of this kind, without indexes.
    pub field_path: &'a str,
    /// Whose format.
    pub source: Option<Source>,
    /// Which version of the format.
    pub schema_version: &'a str,
}

impl Cause<'_> {
    /// The fingerprint.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let parts = [
            self.reason.class().as_str(),
            self.reason.code(),
            self.rule.unwrap_or_default(),
            self.field_path,
            self.source.map_or("", Source::as_str),
            self.schema_version,
        ];
        let digest = parts
            .iter()
            .fold(Sha256::new(), |hash, part| {
                hash.chain_update(part).chain_update(UNIT_SEPARATOR)
            })
            .finalize();
        Fingerprint(hex(&digest[..16]))
    }
}

impl Fingerprint {
    /// The hex digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads 32 lower-case hex digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_hex(text).then(|| Self(text.to_owned()))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a text is 32 lower-case hex digits.
pub(crate) fn is_hex(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// The place without what differs from unit to unit: `$.data.stops[3].time` becomes `$.data.stops[].time`.
///
/// A field that is missing is part of the path, as the detail of our JSON readers names it.
#[must_use]
pub fn field_path(place: &str, detail: &str) -> String {
    let path = if place.starts_with('$') {
        without_json_indexes(place)
    } else if place.starts_with('/') {
        without_pointer_indexes(place)
    } else {
        without_names(place)
    };
    let path: String = path.chars().take(FIELD_PATH_CHARS_MAX).collect();
    match missing_field(detail) {
        Some(name) if place.starts_with('$') => format!("{path}.{name}"),
        _ => path,
    }
}

fn missing_field(detail: &str) -> Option<&str> {
    let (name, _) = detail.strip_prefix("missing field `")?.split_once('`')?;
    Some(name)
}

fn without_json_indexes(path: &str) -> String {
    let mut kept = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('[') {
        kept.push_str(before);
        kept.push('[');
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        rest = &after[digits..];
    }
    kept.push_str(rest);
    kept
}

fn without_pointer_indexes(pointer: &str) -> String {
    let is_index = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let parts: Vec<&str> = pointer
        .split('/')
        .map(|part| if is_index(part) { "*" } else { part })
        .collect();
    parts.join("/")
}

/// Of rows, segments and files: a word with a digit in it tells which one, except for an element of X12, such as `N104`.
fn without_names(place: &str) -> String {
    let words: Vec<&str> = place
        .split_whitespace()
        .map(|word| {
            let bare = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
            let numbered = word.bytes().any(|b| b.is_ascii_digit());
            if numbered && !is_x12_element(bare) {
                "#"
            } else {
                word
            }
        })
        .collect();
    words.join(" ")
}

/// Two or three capitals or digits, a capital first, then two digits: `ST01`, `N104`, `B1001`.
fn is_x12_element(word: &str) -> bool {
    let bytes = word.as_bytes();
    matches!(bytes.len(), 4 | 5)
        && bytes[0].is_ascii_uppercase()
        && bytes
            .iter()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        && bytes[bytes.len() - 2..].iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_loses_what_differs_from_unit_to_unit() {
        for (place, detail, expected) in [
            ("$", "expected value", "$"),
            (
                "$.data.actions[2].entity.startTime",
                "x",
                "$.data.actions[].entity.startTime",
            ),
            (
                "$.value[17]",
                "missing field `number` at line 1",
                "$.value[].number",
            ),
            ("/value/3/lines/11/sku", "x", "/value/*/lines/*/sku"),
            ("row 17, column qty", "x", "row # column qty"),
            ("ST 0007 segment 12 N104", "x", "ST # segment # N104"),
            ("inbound/acme/2026-11-22.csv@0x8DC", "x", "#"),
            ("", "missing field `a`", ""),
        ] {
            assert_eq!(field_path(place, detail), expected, "{place}");
        }
    }

    #[test]
    fn each_part_tells_causes_apart() {
        let cause = Cause {
            reason: Reason::InvalidUnit,
            rule: None,
            field_path: "$.a",
            source: Some(Source::Orders),
            schema_version: "1",
        };
        let others = [
            Cause {
                reason: Reason::Unsupported,
                ..cause
            },
            Cause {
                rule: Some("22003"),
                ..cause
            },
            Cause {
                field_path: "$.b",
                ..cause
            },
            Cause {
                source: Some(Source::Transport),
                ..cause
            },
            Cause {
                source: None,
                ..cause
            },
            Cause {
                schema_version: "2",
                ..cause
            },
        ];
        for other in others {
            assert_ne!(other.fingerprint(), cause.fingerprint(), "{other:?}");
        }
        let text = cause.fingerprint().to_string();
        assert_eq!(Fingerprint::parse(&text), Some(cause.fingerprint()));
        assert_eq!(Fingerprint::parse("x"), None);
    }
}
