//! What is known about a rejection beside its bytes: the offending value, and what the source's contract says.

use std::{borrow::Cow, collections::HashMap};

use feed::Personal;
use serde_json::value::RawValue;

use crate::{Message, Rejection};

/// What an app knows about its source's format.
#[derive(Debug, Clone, Copy)]
pub struct Contract {
    /// Version of a message's format, part of the fingerprint of its letters: `dcsa-3.0`.
    pub schema_version: fn(&Message<'_>) -> &'static str,
    /// What holds something personal: of JSON, field paths without indexes, such as `$.data.driver.name`; of rows, the names
    /// of columns; of X12, segments and elements, such as `N3` and `N102`. Where there is any, the bytes of letters are
    /// sealed, and so are value and detail of a letter about such a field.
    pub personal: &'static [&'static str],
    /// Where in a unit of its kind a rejection is: one path without indexes for each thing that its detail tells. Letters
    /// are grouped by the first one.
    pub field_paths: fn(&Rejection<'_>) -> Vec<String>,
    /// Finds the offending value of a rejection; [`json_value`] for JSON.
    pub value_of: for<'a> fn(&Message<'_>, &'a Rejection<'_>) -> Option<Cow<'a, str>>,
}

impl Default for Contract {
    fn default() -> Self {
        Self {
            schema_version: |_| "1",
            personal: &[],
            field_paths,
            value_of: json_value,
        }
    }
}

/// A contract that names personal fields, and no key to seal them with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the contract names personal fields, and there is no key to seal them with")]
pub struct NoSealKey;

impl Contract {
    /// What of a letter is personal.
    pub(crate) fn personal(&self, rejection: &Rejection<'_>, field_paths: &[String]) -> Personal {
        let touch = field_paths.iter().map(|path| self.touch(path)).max();
        match touch.unwrap_or(Touch::Around) {
            _ if self.personal.is_empty() => Personal::Nothing,
            Touch::Inside => Personal::BytesAndValue,
            Touch::Around if quotes(&rejection.detail) => Personal::BytesAndValue,
            Touch::Around | Touch::Beside => Personal::Bytes,
        }
    }

    /// The offending value, as far as the letter may show or seal it. What is around a personal field is none by itself: it
    /// is in the bytes.
    pub(crate) fn value<'a>(
        &self,
        message: &Message<'_>,
        rejection: &'a Rejection<'_>,
        field_paths: &[String],
    ) -> Option<Cow<'a, str>> {
        let around = |path: &String| self.touch(path) == Touch::Around;
        let hidden = !self.personal.is_empty() && field_paths.iter().any(around);
        (!hidden).then(|| (self.value_of)(message, rejection))?
    }

    /// What is told of a rejection where nobody may read what is personal.
    pub(crate) fn told(&self, rejection: &Rejection<'_>) -> String {
        match self.personal(rejection, &(self.field_paths)(rejection)) {
            Personal::BytesAndValue => feed::SEALED.to_owned(),
            Personal::Nothing | Personal::Bytes => rejection.detail.clone(),
        }
    }

    fn touch(&self, field_path: &str) -> Touch {
        let within = |outer: &str, inner: &str| {
            let rest = inner.strip_prefix(outer);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[', '/']))
        };
        let touch = |personal: &&str| match personal.starts_with(['$', '/']) {
            true if within(personal, field_path) => Touch::Inside,
            true if field_path.is_empty() || within(field_path, personal) => Touch::Around,
            false
                if field_path
                    .split_whitespace()
                    .any(|word| is_of(personal, word)) =>
            {
                Touch::Inside
            }
            _ => Touch::Beside,
        };
        let touches = self.personal.iter().map(touch);
        touches.max().unwrap_or(Touch::Beside)
    }
}

/// How a field lies to the personal ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Touch {
    /// It is another one.
    Beside,
    /// There is a personal field in it.
    Around,
    /// It is one, or in one.
    Inside,
}

/// Whether a detail quotes what it is about, as all of them do between quotation marks or backticks.
fn quotes(detail: &str) -> bool {
    detail.contains(['"', '`']) && !detail.starts_with("missing field")
}

/// Whether a word of a place is this column, or this segment or element of X12: `N301` is of `N3`.
fn is_of(named: &str, word: &str) -> bool {
    let rest = word.strip_prefix(named);
    let is_element = |rest: &str| rest.len() == 2 && rest.bytes().all(|b| b.is_ascii_digit());
    rest.is_some_and(|rest| rest.is_empty() || is_element(rest))
}

/// The one path that a rejection's place leads to.
#[must_use]
pub fn field_paths(rejection: &Rejection<'_>) -> Vec<String> {
    vec![feed::field_path(&rejection.place, &rejection.detail)]
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
    use crate::Problem;

    #[test]
    fn a_letter_about_a_personal_field_is_told_from_one_beside_it() {
        let contract = Contract {
            personal: &["$.data.driver.name", "$.value[].phone"],
            ..Contract::default()
        };
        for path in ["$.data.driver.name", "$.data.driver.name.first"] {
            for detail in [QUOTING, PLAIN] {
                assert_eq!(
                    of(&contract, path, detail),
                    Personal::BytesAndValue,
                    "{path}"
                );
            }
        }
        for path in ["$.data.driver", "$", "", "$.value[]"] {
            assert_eq!(
                of(&contract, path, QUOTING),
                Personal::BytesAndValue,
                "{path}"
            );
            assert_eq!(of(&contract, path, PLAIN), Personal::Bytes, "{path}");
        }
        for path in ["$.data.start", "$.data.driver.names", "$.value[].qty"] {
            assert_eq!(of(&contract, path, QUOTING), Personal::Bytes, "{path}");
        }
        assert_eq!(of(&Contract::default(), "$", QUOTING), Personal::Nothing);
    }

    const QUOTING: &str = "invalid type: string \"Erika\", expected a map";
    const PLAIN: &str = "EOF while parsing a list at line 1 column 10";

    fn of(contract: &Contract, path: &str, detail: &str) -> Personal {
        let rejection = Problem::new(path, detail).of_unit(b"{}");
        contract.personal(&rejection, &[path.to_owned()])
    }

    #[test]
    fn a_value_around_a_personal_field_is_in_the_bytes_only() {
        let contract = Contract {
            personal: &["$.driver.name"],
            ..Contract::default()
        };
        let unit = br#"{"driver":{"name":"Erika"},"start":"soon"}"#;
        let message = Message {
            source: record::Source::Transport,
            message_id: "m".into(),
            correlation_id: "c".into(),
            traceparent: None,
            received_at: record::EpochMillis(0),
            raw: unit,
            arrival: Vec::new(),
        };
        let value = |place: &str| {
            let rejection = Problem::new(place, PLAIN).of_unit(unit);
            let value = contract.value(&message, &rejection, &[place.to_owned()]);
            value.map(Cow::into_owned)
        };
        assert_eq!(value("$.start").as_deref(), Some("\"soon\""));
        assert_eq!(value("$.driver"), None);
        assert_eq!(value("$.driver.name").as_deref(), Some("\"Erika\""));
    }

    #[test]
    fn columns_and_elements_are_named_by_themselves() {
        let contract = Contract {
            personal: &["user", "N102", "N3"],
            ..Contract::default()
        };
        for path in [
            "# row # bytes # column user",
            "set # segment # N102",
            "set # segment # N301",
        ] {
            assert_eq!(
                of(&contract, path, PLAIN),
                Personal::BytesAndValue,
                "{path}"
            );
        }
        for path in [
            "# row # bytes # column username",
            "# row # bytes #",
            "segment # N104",
            "segment # N30",
            "segment # AT705",
        ] {
            assert_eq!(of(&contract, path, QUOTING), Personal::Bytes, "{path}");
        }
        let several = ["set # AT705".to_owned(), "set # N301".to_owned()];
        let rejection = Problem::new("", PLAIN).of_unit(b"");
        assert_eq!(
            contract.personal(&rejection, &several),
            Personal::BytesAndValue
        );
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
