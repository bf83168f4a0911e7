//! What is known about a rejection beside its bytes: the offending value, and what the source's contract says.

use std::borrow::Cow;

use serde_json::value::RawValue;
use std::collections::HashMap;

use crate::{Message, Rejection};

/// What an app knows about its source's format.
#[derive(Debug, Clone, Copy)]
pub struct Contract {
    /// Version of the format, part of a letter's fingerprint: `5.3`.
    pub schema_version: &'static str,
    /// Finds the offending value of a rejection; [`json_value`] for JSON.
    pub value_of: for<'a> fn(&Message<'_>, &'a Rejection<'_>) -> Option<Cow<'a, str>>,
}

impl Default for Contract {
    fn default() -> Self {
        Self {
            schema_version: "1",
            value_of: json_value,
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
