//! Single values: instants, texts, coordinates, keys.

use std::{borrow::Cow, fmt::Write as _};

use jiff::Timestamp;
use record::{Text, microdegrees};
use sha2::{Digest as _, Sha256};

use crate::wire::{Scalar, WireText};

/// Longest id that goes into a key as it is; the key's other parts need room too.
const KEY_PART_BYTES_MAX: usize = 120;

/// The text of a value without the blanks around it, unless nothing is left.
pub(super) fn trimmed<'a>(value: Option<&WireText<'a>>) -> Option<Cow<'a, str>> {
    let trimmed = match &value?.0 {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    };
    (!trimmed.is_empty()).then_some(trimmed)
}

/// As [`trimmed`], for a record.
pub(super) fn text<'a>(value: Option<&WireText<'a>>) -> Option<Text<'a>> {
    trimmed(value).map(Text::from)
}

/// The instant of a time, which must carry an offset. None where there is none.
pub(super) fn instant(value: Option<&WireText<'_>>) -> Result<Option<Timestamp>, jiff::Error> {
    match value.map(|text| text.trim()) {
        None | Some("") => Ok(None),
        Some(text) => text.parse().map(Some),
    }
}

/// A point in microdegrees. The flag says that one was given which is off the globe or no number.
pub(super) fn point(
    lat: Option<Scalar<'_>>,
    lon: Option<Scalar<'_>>,
) -> (Option<(i64, i64)>, bool) {
    let (Some(lat), Some(lon)) = (lat.and_then(Scalar::text), lon.and_then(Scalar::text)) else {
        return (None, false);
    };
    let degrees = |text: &str, limit| {
        let degrees: f64 = text.trim().parse().ok()?;
        microdegrees(degrees, limit)
    };
    match (degrees(&lat, 90.0), degrees(&lon, 180.0)) {
        (Some(lat), Some(lon)) => (Some((lat, lon)), false),
        _ => (None, true),
    }
}

/// An id as part of a key: itself, or its hash where it is long or holds what a key must not.
pub(super) fn key_part(id: &str) -> Cow<'_, str> {
    let plain = id.len() <= KEY_PART_BYTES_MAX
        && !id.trim().is_empty()
        && !id.chars().any(|c| c == '|' || c.is_control());
    if plain {
        Cow::Borrowed(id.trim())
    } else {
        Cow::Owned(format!(
            "sha256-{}",
            &hex(&Sha256::digest(id.as_bytes()))[..32]
        ))
    }
}

/// A part of a key that may be absent.
pub(super) fn key_part_or_dash<'a>(id: Option<&'a Cow<'_, str>>) -> Cow<'a, str> {
    id.map_or(Cow::Borrowed("-"), |id| key_part(id))
}

/// Lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        write!(hex, "{byte:02x}").expect("a String takes what is written");
    }
    hex
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_a_key_cannot_hold_is_hashed() {
        assert_eq!(key_part(" e-1 "), "e-1");
        for odd in ["a|b", "a\nb", &"x".repeat(500), " "] {
            assert!(key_part(odd).starts_with("sha256-"), "{odd}");
            assert_eq!(key_part(odd).len(), 7 + 32);
        }
    }

    #[test]
    fn a_time_needs_an_offset() {
        let wire = |text: &'static str| WireText(Cow::Borrowed(text));
        let utc: Timestamp = "2026-11-06T09:35:00Z".parse().unwrap();
        assert_eq!(
            instant(Some(&wire("2026-11-06T04:35:00-05:00"))).unwrap(),
            Some(utc)
        );
        assert_eq!(instant(None).unwrap(), None);
        for wrong in ["2026-11-06T04:35:00", "22-07-2026", "yesterday"] {
            assert!(instant(Some(&wire(wrong))).is_err(), "{wrong}");
        }
    }
}
