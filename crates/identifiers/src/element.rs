//! Element strings as a scanner or a person writes them: `(01)…(21)…`, or without brackets and with separators.

use std::borrow::Cow;

use crate::gs1::{Gs1Key, InvalidGs1, by_ai};

/// Application identifiers that are read, with the length of their value where it is fixed.
const AIS: [(&str, Option<usize>); 8] = [
    ("00", Some(18)),
    ("01", Some(14)),
    ("10", None),
    ("21", None),
    ("254", None),
    ("414", Some(13)),
    ("8003", None),
    ("8004", None),
];

/// The separator behind a value without a fixed length.
const GROUP_SEPARATOR: char = '\u{1d}';

pub(crate) fn parse(text: &str) -> Result<Gs1Key<'_>, InvalidGs1> {
    // A symbology identifier (`]C1`, `]d2`, `]Q3`) may come before.
    let text = if text.starts_with(']') {
        text.get(3..).unwrap_or_default()
    } else {
        text
    };
    let text = text.trim_start_matches(GROUP_SEPARATOR);
    let mut pairs = if text.starts_with('(') {
        bracketed(text)?
    } else {
        plain(text)?
    };
    if pairs.is_empty() {
        return Err(InvalidGs1::UnknownForm);
    }
    let (key, value) = pairs.remove(0);
    by_ai(key, value, &pairs)
}

fn bracketed(text: &str) -> Result<Vec<(&str, Cow<'_, str>)>, InvalidGs1> {
    let mut pairs = Vec::new();
    let mut rest = text;
    while let Some(inner) = rest.strip_prefix('(') {
        let (ai, behind) = inner.split_once(')').ok_or(InvalidGs1::UnknownForm)?;
        let end = next_bracket(behind);
        pairs.push((ai, Cow::Borrowed(behind[..end].trim())));
        rest = &behind[end..];
    }
    Ok(pairs)
}

/// Index of the next `(21)` or the like. A bracket may also be a character of a value.
fn next_bracket(text: &str) -> usize {
    let opens = |at: &usize| {
        AIS.iter().any(|(ai, _)| {
            text[at + 1..]
                .strip_prefix(ai)
                .is_some_and(|rest| rest.starts_with(')'))
        })
    };
    text.match_indices('(')
        .map(|(at, _)| at)
        .find(opens)
        .unwrap_or(text.len())
}

fn plain(text: &str) -> Result<Vec<(&str, Cow<'_, str>)>, InvalidGs1> {
    let mut pairs = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (ai, fixed) = AIS
            .iter()
            .find(|(ai, _)| rest.starts_with(ai))
            .ok_or(InvalidGs1::UnknownForm)?;
        let behind = &rest[ai.len()..];
        let end = match fixed {
            Some(length) => *length,
            None => behind.find(GROUP_SEPARATOR).unwrap_or(behind.len()),
        };
        let value = behind.get(..end).ok_or(InvalidGs1::Part("value"))?;
        pairs.push((*ai, Cow::Borrowed(value)));
        rest = behind[end..].trim_start_matches(GROUP_SEPARATOR);
    }
    Ok(pairs)
}
