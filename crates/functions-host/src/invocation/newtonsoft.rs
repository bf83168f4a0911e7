//! What the real host's JSON library does to documents on their way to the function.
//!
//! Strings that look like dates are read as dates and printed again; non-integers pass through a double.

use std::fmt::Write as _;

use jiff::civil::DateTime;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// Whether documents are rewritten as in Azure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RewriteDates {
    /// As in Azure.
    On,
    /// As they were stored.
    Off,
}

/// Rewrites every date-like string of a document in place.
pub(crate) fn rewrite(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Some(rewritten) = date(text) {
                *text = rewritten;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(rewrite),
        Value::Object(fields) => fields.values_mut().for_each(rewrite),
        // Parsing has put every non-integer through a double already.
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The text that a date-like string becomes; `None` when it stays as it is.
fn date(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    if text.len() >= 9 && text.starts_with("/Date(") && text.ends_with(")/") {
        return microsoft(&text[6..text.len() - 2]);
    }
    let candidate =
        (19..=40).contains(&bytes.len()) && bytes[0].is_ascii_digit() && bytes[10] == b'T';
    if !candidate || !text.is_ascii() {
        return None;
    }
    iso(text)
}

/// What follows the seconds of an ISO date-time.
enum Zone {
    None,
    Utc,
    Offset(i64),
}

fn iso(text: &str) -> Option<String> {
    let civil: DateTime = shape(&text[..19])
        .then(|| text[..19].parse().ok())
        .flatten()?;
    let (ticks, rest) = fraction(&text[19..])?;
    match zone(rest)? {
        Zone::None => Some(print(civil, ticks, "")),
        Zone::Utc => Some(print(civil, ticks, "Z")),
        // Becomes local time; hosts in Azure run in UTC.
        Zone::Offset(seconds) => {
            let utc = civil.checked_sub(SignedDuration::from_secs(seconds)).ok()?;
            Some(print(utc, ticks, "+00:00"))
        }
    }
}

fn shape(text: &str) -> bool {
    text.bytes()
        .zip("dddd-dd-ddTdd:dd:dd".bytes())
        .all(|(byte, form)| match form {
            b'd' => byte.is_ascii_digit(),
            fixed => byte == fixed,
        })
}

/// Up to seven digits, in units of 100 ns; more are cut.
fn fraction(text: &str) -> Option<(u32, &str)> {
    let Some(digits) = text.strip_prefix('.') else {
        return Some((0, text));
    };
    let end = digits
        .bytes()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(digits.len());
    if end == 0 {
        return None;
    }
    let ticks = format!("{:0<7}", &digits[..end.min(7)]).parse().ok()?;
    Some((ticks, &digits[end..]))
}

fn zone(text: &str) -> Option<Zone> {
    let mut characters = text.chars();
    let sign = match characters.next() {
        None => return Some(Zone::None),
        Some('Z' | 'z') => return characters.next().is_none().then_some(Zone::Utc),
        Some('+') => 1,
        Some('-') => -1,
        Some(_) => return None,
    };
    let digits: String = characters.as_str().chars().filter(|c| *c != ':').collect();
    let colon_fits =
        !characters.as_str().contains(':') || characters.as_str().as_bytes().get(2) == Some(&b':');
    let number =
        |range: std::ops::Range<usize>| digits.get(range).and_then(|two| two.parse::<i64>().ok());
    let minutes = match digits.len() {
        2 => 0,
        4 => number(2..4)?,
        _ => return None,
    };
    let all_digits = colon_fits && digits.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then_some(Zone::Offset(sign * (number(0..2)? * 3_600 + minutes * 60)))
}

/// `/Date(n)/` and `/Date(n+hhmm)/`: milliseconds since 1970.
fn microsoft(text: &str) -> Option<String> {
    let offset = text.rfind(['+', '-']).filter(|position| *position > 0);
    let (millis, suffix) = match offset {
        Some(position) => (&text[..position], "+00:00"),
        None => (text, "Z"),
    };
    let instant = Timestamp::from_millisecond(millis.parse().ok()?).ok()?;
    let ticks = u32::try_from(instant.subsec_nanosecond().rem_euclid(1_000_000_000) / 100).ok()?;
    Some(print(Offset::UTC.to_datetime(instant), ticks, suffix))
}

fn print(civil: DateTime, ticks: u32, zone: &str) -> String {
    let mut text = civil.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    if ticks != 0 {
        let digits = format!("{ticks:07}");
        // Writing to a string cannot fail.
        write!(text, ".{}", digits.trim_end_matches('0')).ok();
    }
    text.push_str(zone);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dates_are_printed_again() {
        for (before, after) in [
            ("2026-01-05T02:15:00.120Z", "2026-01-05T02:15:00.12Z"),
            ("2026-01-05T02:15:00.000Z", "2026-01-05T02:15:00Z"),
            (
                "2026-01-05T02:15:00.123456789Z",
                "2026-01-05T02:15:00.1234567Z",
            ),
            ("2026-01-05T02:15:00.0010", "2026-01-05T02:15:00.001"),
            ("2026-01-05T01:15:00+02:00", "2026-01-04T23:15:00+00:00"),
            ("2026-01-05T01:15:00.50-0730", "2026-01-05T08:45:00.5+00:00"),
            ("2026-01-05T01:15:00+01", "2026-01-05T00:15:00+00:00"),
            ("/Date(1767579300120)/", "2026-01-05T02:15:00.12Z"),
            ("/Date(1767579300000+0200)/", "2026-01-05T02:15:00+00:00"),
        ] {
            assert_eq!(date(before).as_deref(), Some(after), "{before}");
        }
    }

    #[test]
    fn what_is_no_date_stays() {
        for text in [
            "2026-01-05",
            "2026-01-05 02:15:00Z",
            "2026-01-05T02:15Z",
            "2026-13-05T02:15:00Z",
            "2026-01-05T02:15:00.Z",
            "2026-01-05T02:15:00 UTC",
            "x026-01-05T02:15:00Z",
            "ä026-01-05T02:15:00Z",
            "1234567890Tabcdefghi",
            "/Date(x)/",
            "",
        ] {
            assert_eq!(date(text), None, "{text}");
        }
    }

    #[test]
    fn nested_values_are_reached() {
        let mut value = serde_json::json!({"a": [{"b": "2026-01-05T02:15:00.000Z"}], "n": 1_767_579_300_000_u64, "f": 1.50});
        rewrite(&mut value);
        assert_eq!(
            value.to_string(),
            r#"{"a":[{"b":"2026-01-05T02:15:00Z"}],"f":1.5,"n":1767579300000}"#
        );
    }

    proptest! {
        /// Rewriting twice changes nothing more, and no text makes it fail.
        #[test]
        fn rewriting_is_idempotent(text in "(2026-0[1-9]-[0-3][0-9]T[0-2][0-9]:15:00(\\.[0-9]{1,9})?(Z|[+-][01][0-9]:?[0-5][0-9])?)|\\PC{0,45}") {
            if let Some(once) = date(&text) {
                prop_assert_eq!(date(&once), Some(once));
            }
        }
    }
}
