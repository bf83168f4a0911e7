//! GS1 Digital Links: `https://id.gs1.org/00/106141412345678908`, of any domain, uncompressed.

use std::borrow::Cow;

use crate::gs1::{Gs1Key, InvalidGs1, by_ai, unescaped};

const KEYS: [&str; 5] = ["00", "01", "414", "8003", "8004"];

pub(crate) fn parse(link: &str) -> Result<Gs1Key<'_>, InvalidGs1> {
    let (scheme, rest) = link.split_once("://").ok_or(InvalidGs1::UnknownForm)?;
    if !scheme.eq_ignore_ascii_case("https") && !scheme.eq_ignore_ascii_case("http") {
        return Err(InvalidGs1::UnknownForm);
    }
    let path = rest.split(['?', '#']).next().unwrap_or_default();
    let (_, path) = path.split_once('/').ok_or(InvalidGs1::UnknownForm)?;
    let segments: Vec<&str> = path.trim_end_matches('/').split('/').collect();
    // A path of the owner's may stand before the key, and its segments may look like one: the key counts from the end.
    let key =
        |at: &usize| KEYS.contains(&ai(segments[*at])) && (segments.len() - at).is_multiple_of(2);
    let at = (0..segments.len().saturating_sub(1))
        .rev()
        .find(key)
        .ok_or(InvalidGs1::UnknownForm)?;
    let mut pairs = Vec::new();
    for pair in segments[at..].as_chunks::<2>().0 {
        pairs.push((ai(pair[0]), value(pair[1])?));
    }
    let (key, value) = pairs.remove(0);
    by_ai(key, value, &pairs)
}

fn value(segment: &str) -> Result<Cow<'_, str>, InvalidGs1> {
    unescaped(segment).ok_or(InvalidGs1::Part("value"))
}

/// The application identifier of a segment; the first edition of the standard allowed names.
fn ai(segment: &str) -> &str {
    match segment {
        "sscc" => "00",
        "gtin" => "01",
        "lot" => "10",
        "ser" => "21",
        "grai" => "8003",
        "giai" => "8004",
        other => other,
    }
}
