//! Single values: texts, names, dates, instants, amounts.

use std::borrow::Cow;

use jiff::{Timestamp, civil::Date};
use record::{ExactDecimal, Text, to_minor_units};

use crate::wire::{Scalar, WireText};
use ingest::Problem;

/// How the upstream writes an id that is not there.
const NO_GUID: &str = "00000000-0000-0000-0000-000000000000";

/// A text unless it is absent or blank.
pub(super) fn text<'a>(text: Option<&WireText<'a>>) -> Option<Text<'a>> {
    text.and_then(|text| Text::non_blank(text.0.clone()))
}

/// A text without the blanks around it; those make no other key.
pub(super) fn trimmed<'a>(text: Option<&WireText<'a>>) -> Cow<'a, str> {
    match text.map(|text| &text.0) {
        None => Cow::Borrowed(""),
        Some(Cow::Borrowed(text)) => Cow::Borrowed(text.trim()),
        Some(Cow::Owned(text)) => Cow::Owned(text.trim().to_owned()),
    }
}

/// An id, unless it is absent or all zeros. Otherwise opaque: real ones are not always valid GUIDs.
pub(super) fn id<'a>(id: Option<&WireText<'a>>) -> Option<Text<'a>> {
    text(id).filter(|id| id.as_str() != NO_GUID)
}

/// A name from a list of the upstream, in lower snake case: `In_x0020_Review` becomes `in_review`.
pub(super) fn name<'a>(name: Option<&WireText<'a>>) -> Option<Text<'a>> {
    let decoded = decode_xml_name(&name?.0);
    if decoded.is_ascii() {
        let mut snake = decoded.trim().to_ascii_lowercase();
        if snake.contains(' ') {
            snake = snake.replace(' ', "_");
        }
        return (!snake.is_empty()).then(|| Text::from(snake));
    }
    let mut snake = String::with_capacity(decoded.len());
    for c in decoded.trim().chars() {
        if c == ' ' {
            snake.push('_');
        } else {
            snake.extend(c.to_lowercase());
        }
    }
    (!snake.is_empty()).then(|| Text::from(snake))
}

/// Names are written as if they were names of XML elements: a character that those cannot have is `_xHHHH_`.
fn decode_xml_name(text: &str) -> Cow<'_, str> {
    if !text.contains("_x") {
        return Cow::Borrowed(text);
    }
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("_x") {
        decoded.push_str(&rest[..start]);
        rest = &rest[start..];
        match escaped_char(rest) {
            Some(c) => {
                decoded.push(c);
                rest = &rest[ESCAPE_BYTES..];
            }
            None => {
                decoded.push_str("_x");
                rest = &rest[2..];
            }
        }
    }
    decoded.push_str(rest);
    Cow::Owned(decoded)
}

/// Length of `_x0020_`.
const ESCAPE_BYTES: usize = 7;

fn escaped_char(text: &str) -> Option<char> {
    let escape = text.get(..ESCAPE_BYTES)?;
    let digits = escape.strip_prefix("_x")?.strip_suffix('_')?;
    let hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    hex.then(|| {
        u32::from_str_radix(digits, 16)
            .ok()
            .and_then(char::from_u32)
    })
    .flatten()
}

/// A day; `0001-01-01` is how the upstream writes none. Of a date-time the day counts as written.
pub(super) fn date(text: Option<&WireText<'_>>) -> Result<Option<Date>, jiff::Error> {
    let Some(text) = text.map(|text| text.trim()).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let day = text.split_once('T').map_or(text, |(day, _)| day);
    let date: Date = day.parse()?;
    Ok((date.year() > 1).then_some(date))
}

/// An instant, with a fraction of any number of digits. A day alone is its midnight in UTC.
pub(super) fn instant(text: &str) -> Result<Timestamp, jiff::Error> {
    let text = text.trim();
    if text.len() == "2026-11-02".len() {
        let day: Date = text.parse()?;
        return Ok(day.to_zoned(jiff::tz::TimeZone::UTC)?.timestamp());
    }
    text.parse()
}

/// A decimal, from its own digits.
pub(super) fn decimal(value: Option<Scalar<'_>>) -> Result<Option<ExactDecimal>, String> {
    let Some(value) = value else {
        return Ok(None);
    };
    match value.text() {
        Some(text) => text
            .trim()
            .parse()
            .map(Some)
            .map_err(|error| format!("`{text}`: {error}")),
        // An empty string is an empty column; an object is not a number.
        None if value.0.get().starts_with('"') => Ok(None),
        None => Err(format!("`{}` is not a number", value.0.get())),
    }
}

/// An amount in minor units of its currency.
pub(super) fn minor_units(
    value: Option<Scalar<'_>>,
    currency: Option<&str>,
    place: impl Fn() -> String,
) -> Result<Option<i64>, Problem> {
    let amount = decimal(value).map_err(|error| Problem::new(place(), error))?;
    amount
        .map(|amount| to_minor_units(amount.into(), currency))
        .transpose()
        .map_err(|error| Problem::new(place(), error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(text: &str) -> WireText<'_> {
        WireText(Cow::Borrowed(text))
    }

    #[test]
    fn names_are_decoded() {
        for (written, read) in [
            ("In_x0020_Review", Some("in_review")),
            ("In Review", Some("in_review")),
            ("Open", Some("open")),
            ("Positive_x0020_Adjmt_x002E_", Some("positive_adjmt.")),
            ("_x0020_", None),
            ("", None),
            ("a_xb", Some("a_xb")),
            ("_x00e9_é_x12", Some("éé_x12")),
            ("_xD800_", Some("_xd800_")),
            ("_x+020_", Some("_x+020_")),
        ] {
            assert_eq!(name(Some(&wire(written))).as_deref(), read, "{written}");
        }
    }

    #[test]
    fn the_fraction_has_any_number_of_digits() {
        for digits in 0..=7 {
            let fraction = if digits == 0 {
                String::new()
            } else {
                format!(".{}", "1".repeat(digits))
            };
            let text = format!("2026-11-02T09:15:22{fraction}Z");
            assert_eq!(instant(&text).unwrap().to_string(), text);
        }
        assert_eq!(
            instant("2026-11-02").unwrap().to_string(),
            "2026-11-02T00:00:00Z"
        );
        assert!(instant("2026-11-02T09:15:22").is_err());
    }

    #[test]
    fn what_stands_for_nothing_is_nothing() {
        assert_eq!(date(Some(&wire("0001-01-01"))).unwrap(), None);
        assert_eq!(date(Some(&wire(""))).unwrap(), None);
        assert_eq!(
            date(Some(&wire("2026-11-02T00:00:00Z")))
                .unwrap()
                .unwrap()
                .to_string(),
            "2026-11-02"
        );
        assert!(date(Some(&wire("02.11.2026"))).is_err());
        assert_eq!(id(Some(&wire(NO_GUID))), None);
        assert_eq!(
            id(Some(&wire("5f0d8a1e-short"))).as_deref(),
            Some("5f0d8a1e-short")
        );
    }

    #[test]
    fn decimals_are_exact() {
        let read = |json: &str| decimal(Some(serde_json::from_str(json).unwrap()));
        assert_eq!(read("6.00002").unwrap().unwrap().to_string(), "6.00002");
        assert_eq!(read("240.0").unwrap().unwrap().to_string(), "240");
        assert_eq!(read("1.5e2").unwrap().unwrap().to_string(), "150");
        assert_eq!(read("\"0.1\"").unwrap().unwrap().to_string(), "0.1");
        assert!(read("true").is_err() && read("{}").is_err() && read("1e400").is_err());
    }
}
