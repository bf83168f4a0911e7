//! What is known about a rejection beside its bytes: the offending value, and what the source's contract says.

use std::{borrow::Cow, collections::HashMap};

use feed::Personal;
use serde_json::value::RawValue;

use crate::{Message, Rejection};

/// What an app knows about its source's format.
#[derive(Debug, Clone, Copy)]
pub struct Contract {
    /// Version of the format, part of a letter's fingerprint: `5.3`.
    pub schema_version: &'static str,
    /// Field paths without indexes that hold something personal, such as `$.data.driver.name`. Where there are any, the
    /// bytes of letters are sealed, and so are value and detail of a letter about such a field.
    pub personal: &'static [&'static str],
    /// Finds the offending value of a rejection; [`json_value`] for JSON.
    pub value_of: for<'a> fn(&Message<'_>, &'a Rejection<'_>) -> Option<Cow<'a, str>>,
}

impl Default for Contract {
    fn default() -> Self {
        Self {
            schema_version: "1",
            personal: &[],
            value_of: json_value,
        }
    }
}

/// A contract that names personal fields, and no key to seal them with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the contract names personal fields, and there is no key to seal them with")]
pub struct NoSealKey;

impl Contract {
    /// What of a letter about this field is personal: the field itself, what is in it, and what it is in.
    pub(crate) fn personal(&self, field_path: &str) -> Personal {
        let within = |outer: &str, inner: &str| {
            let rest = inner.strip_prefix(outer);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[', '/']))
        };
        let touches = |personal: &str| within(personal, field_path) || within(field_path, personal);
        if self.personal.is_empty() {
            Personal::Nothing
        } else if field_path.is_empty() || self.personal.iter().any(|path| touches(path)) {
            Personal::BytesAndValue
        } else {
            Personal::Bytes
        }
    }
}

/// The value at the rejection's place, if the place is a JSON path or pointer and its end leads to a value in the unit.
///
/// The place counts from the root of the message and the unit is a part of it: of the ends of the place, the longest that
/// leads somewhere is taken. A missing field has no value.
#[must_use]
pub fn json_value<'a>(_: &Message<'_>, rejection: &'a Rejection<'_>) -> Option<Cow<'a, str>> {
    if rejection.detail.starts_with("missing field") {
        return None;
    }
    let unit = std::str::from_utf8(&rejection.raw).ok()?;
    find(unit, &rejection.place).map(Cow::Borrowed)
}

/// The JSON text in `unit` to which the longest possible end of `place` leads.
pub(crate) fn find<'a>(unit: &'a str, place: &str) -> Option<&'a str> {
    let steps = steps(place);
    let mut ends = (0..steps.len()).map(|begin| &steps[begin..]);
    ends.find_map(|end| descend(unit, end))
}

/// `$.data.stops[3].time` and `/data/stops/3/time` are `data`, `stops`, `3`, `time`.
fn steps(place: &str) -> Vec<&str> {
    let separators: &[char] = match place.as_bytes().first() {
        Some(b'$') => &['.', '[', ']'],
        Some(b'/') => &['/'],
        _ => return Vec::new(),
    };
    place[1..]
        .split(separators)
        .filter(|step| !step.is_empty())
        .collect()
}

fn descend<'a>(mut json: &'a str, steps: &[&str]) -> Option<&'a str> {
    for step in steps {
        json = match json.trim_start().as_bytes().first()? {
            b'{' => {
                let members: HashMap<Cow<'a, str>, &'a RawValue> =
                    serde_json::from_str(json).ok()?;
                members.get(*step)?.get()
            }
            b'[' => {
                let items: Vec<&'a RawValue> = serde_json::from_str(json).ok()?;
                items.get(step.parse::<usize>().ok()?)?.get()
            }
            _ => return None,
        };
    }
    Some(json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_about_a_personal_field_is_told_from_one_beside_it() {
        let contract = Contract {
            personal: &["$.data.driver.name", "$.value[].phone"],
            ..Contract::default()
        };
        for path in [
            "$.data.driver.name",
            "$.data.driver",
            "$",
            "",
            "$.data.driver.name.first",
            "$.value[]",
        ] {
            assert_eq!(contract.personal(path), Personal::BytesAndValue, "{path}");
        }
        for path in ["$.data.start", "$.data.driver.names", "$.value[].qty"] {
            assert_eq!(contract.personal(path), Personal::Bytes, "{path}");
        }
        assert_eq!(Contract::default().personal("$"), Personal::Nothing);
    }

    #[test]
    fn the_value_is_found_in_the_message_and_in_the_unit() {
        let message = r#"{"value":[{"number":"SO-1"},{"number":7,"lines":[{"qty":"x"}]}]}"#;
        let unit = r#"{"number":7,"lines":[{"qty":"x"}]}"#;
        for json in [message, unit] {
            assert_eq!(find(json, "$.value[1].number"), Some("7"));
            assert_eq!(find(json, "$.value[1].lines[0].qty"), Some("\"x\""));
            assert_eq!(find(json, "/value/1/lines/0/qty"), Some("\"x\""));
        }
        assert_eq!(find(message, "$.value[2].number"), None);
        assert_eq!(find(unit, "row 7"), None);
        assert_eq!(find("not json", "$.value[1].number"), None);
        assert_eq!(find(unit, "$"), None);
    }
}
