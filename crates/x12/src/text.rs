//! Bytes as text.

use std::borrow::Cow;

/// Without the padding at either end.
pub(crate) fn trimmed(bytes: &[u8]) -> &[u8] {
    bytes.trim_ascii()
}

/// UTF-8 if it is, else each byte as its Latin-1 character: never fails, never loses a byte.
pub(crate) fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    match str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().map(|byte| char::from(*byte)).collect()),
    }
}

/// What an error quotes: the first 60 characters.
pub(crate) fn quoted(bytes: &[u8]) -> String {
    let start = &bytes[..bytes.len().min(240)];
    decoded(start).chars().take(60).collect()
}

/// A count as a trailer gives it, zero padding allowed.
pub(crate) fn count(bytes: &[u8]) -> Option<u64> {
    let digits = trimmed(bytes);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    str::from_utf8(digits).ok()?.parse().ok()
}

/// How the control number of a trailer relates to that of its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Agreement {
    Same,
    /// The same number, padded with zeros in one of them only.
    Padding,
    Different,
}

impl Agreement {
    pub(crate) fn of(header: &[u8], trailer: &[u8]) -> Self {
        let (header, trailer) = (trimmed(header), trimmed(trailer));
        if header == trailer {
            return Self::Same;
        }
        let numbers = [header, trailer].map(significant_digits);
        match numbers {
            [Some(header), Some(trailer)] if header == trailer => Self::Padding,
            _ => Self::Different,
        }
    }
}

fn significant_digits(bytes: &[u8]) -> Option<&[u8]> {
    if bytes.is_empty() || !bytes.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let zeros = bytes.iter().take_while(|byte| **byte == b'0').count();
    Some(&bytes[zeros..])
}
