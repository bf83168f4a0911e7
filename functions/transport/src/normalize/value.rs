//! Single values: instants, names of statuses and modes, texts.

use std::borrow::Cow;

use jiff::Timestamp;
use record::Text;

use crate::wire::{Scalar, WireText};

/// The instant of a time, which must carry an offset. None where there is none, and for durations and recurring times,
/// which are not instants.
pub(super) fn instant(text: Option<&WireText<'_>>) -> Result<Option<Timestamp>, jiff::Error> {
    match text.map(|text| text.trim()) {
        None | Some("") => Ok(None),
        Some(text) if text.starts_with(['P', 'R']) => Ok(None),
        Some(text) => text.parse().map(Some),
    }
}

/// A text unless it is absent or blank.
pub(super) fn text<'a>(text: Option<&WireText<'a>>) -> Option<Text<'a>> {
    text.and_then(|text| Text::non_blank(text.0.clone()))
}

/// The text of a free value unless it is absent or blank.
pub(super) fn scalar<'a>(value: Option<Scalar<'a>>) -> Option<Text<'a>> {
    value.and_then(Scalar::text).map(Text::from)
}

/// A text without the blanks around it, borrowing where the message allows.
pub(super) fn trimmed<'a>(text: Cow<'a, str>) -> Cow<'a, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) if text.trim().len() == text.len() => Cow::Owned(text),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

/// Names of the standard whose words run together, so that `INTRANSIT` is understood too.
const TWO_WORDS: [(&str, &str); 2] = [
    ("inTransit", "in_transit"),
    ("inlandWaterway", "inland_waterway"),
];

/// A name of the standard in lower snake case. Names that the standard does not have are kept.
pub(super) fn lower_snake<'a>(name: Option<&WireText<'a>>) -> Option<Text<'a>> {
    let name = trimmed(name?.0.clone());
    if name.is_empty() {
        return None;
    }
    if let Some((_, snake)) = TWO_WORDS
        .iter()
        .find(|(wire, _)| wire.eq_ignore_ascii_case(&name))
    {
        return Some(Text::from(*snake));
    }
    if !name
        .chars()
        .any(|c| c.is_uppercase() || c == ' ' || c == '-')
    {
        return Some(Text::from(name));
    }
    let mut snake = String::with_capacity(name.len() + 4);
    let mut after_lower = false;
    for c in name.chars() {
        if c == ' ' || c == '-' {
            snake.push('_');
        } else {
            if c.is_uppercase() && after_lower {
                snake.push('_');
            }
            snake.extend(c.to_lowercase());
        }
        after_lower = c.is_lowercase() || c.is_ascii_digit();
    }
    Some(Text::from(snake))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(text: &str) -> WireText<'_> {
        WireText(Cow::Borrowed(text))
    }

    #[test]
    fn a_time_needs_an_offset() {
        let utc: Timestamp = "2026-11-09T12:21:00Z".parse().unwrap();
        assert_eq!(
            instant(Some(&wire("2026-11-09T13:21:00.000+01:00"))).unwrap(),
            Some(utc)
        );
        assert_eq!(instant(Some(&wire("PT2H"))).unwrap(), None);
        assert_eq!(instant(None).unwrap(), None);
        for wrong in [
            "2026-11-09T12:21:00",
            "2026-11-09",
            "yesterday",
            "2026-13-01T00:00:00Z",
        ] {
            assert!(instant(Some(&wire(wrong))).is_err(), "{wrong}");
        }
    }

    #[test]
    fn names_become_lower_snake_case() {
        for (name, snake) in [
            ("inTransit", "in_transit"),
            ("INTRANSIT", "in_transit"),
            ("inlandWaterway", "inland_waterway"),
            ("Road", "road"),
            ("road", "road"),
            ("onHold", "on_hold"),
            ("ON-HOLD", "on_hold"),
            ("In Review", "in_review"),
        ] {
            assert_eq!(
                lower_snake(Some(&wire(name))).as_deref(),
                Some(snake),
                "{name}"
            );
        }
        assert_eq!(lower_snake(Some(&wire(" "))), None);
    }
}
