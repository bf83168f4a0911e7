//! Which place a status is about.

use record::Text;

use super::vocabulary::Side;
use crate::{
    config::Region,
    wire::{Party, Place, Status},
};

/// Stands for a place that nobody names.
const NOWHERE: &str = "-";

/// The place as part of a key: the stop if it is numbered, else the city, written in one way.
pub(super) fn key_place(stop: Option<&str>, place: &Place<'_>) -> String {
    if let Some(stop) = stop {
        return format!("STOP {}", folded([Some(stop)]));
    }
    let named = folded([
        place.city.as_deref(),
        place.state.as_deref(),
        place.country.as_deref(),
    ]);
    match (named.is_empty(), place.lat_e6, place.lon_e6) {
        (false, _, _) => named,
        (true, Some(lat), Some(lon)) => format!("{lat} {lon}"),
        _ => NOWHERE.to_owned(),
    }
}

/// Upper-case letters and digits, with one blank for whatever stands between.
fn folded<const N: usize>(parts: [Option<&str>; N]) -> String {
    let mut text = String::new();
    for part in parts.into_iter().flatten() {
        for word in part.split(|c: char| !c.is_alphanumeric()) {
            if word.is_empty() {
                continue;
            }
            if !text.is_empty() {
                text.push(' ');
            }
            text.extend(word.chars().flat_map(char::to_uppercase));
        }
    }
    text
}

/// A part of a key, which has no `|` and no control characters of its own.
pub(super) fn key_part(part: &str) -> String {
    let kept = part.trim().chars();
    kept.map(|c| if c == '|' || c.is_control() { ' ' } else { c })
        .collect()
}

/// The code of the one party at this end of the way, by which the stop is found.
pub(super) fn party_code<'a>(parties: &[Party<'a>], side: Side) -> Option<Text<'a>> {
    let codes = at(parties, side).filter_map(|party| party.code.clone());
    let mut codes: Vec<_> = codes.collect();
    codes.dedup();
    match codes.len() {
        1 => codes.pop().map(Text::from),
        _ => None,
    }
}

/// Where the clock hangs that `LT` means: at the place of the status, else at the party on its side.
pub(super) fn region(status: &Status<'_>, parties: &[Party<'_>], side: Side) -> Option<Region> {
    let of = |place: &Place<'_>| {
        let state = place.state.as_deref()?.trim().to_ascii_uppercase();
        let country = place.country.as_deref().map(str::to_ascii_uppercase);
        Region::of_state(&state, country.as_deref())
    };
    of(&status.place).or_else(|| at(parties, side).find_map(|party| of(&party.place)))
}

fn at<'p, 'a>(parties: &'p [Party<'a>], side: Side) -> impl Iterator<Item = &'p Party<'a>> {
    parties.iter().filter(move |party| match side {
        Side::Origin => party.is_origin(),
        Side::Destination => party.is_destination(),
        Side::Between => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_one_however_it_is_written() {
        let place = |city, state| Place {
            city: Some(std::borrow::Cow::Borrowed(city)),
            state: Some(std::borrow::Cow::Borrowed(state)),
            ..Place::default()
        };
        assert_eq!(key_place(None, &place("St. Louis", "MO")), "ST LOUIS MO");
        assert_eq!(key_place(None, &place(" ST  LOUIS", "mo ")), "ST LOUIS MO");
        assert_eq!(key_place(Some("2"), &place("X", "Y")), "STOP 2");
        assert_eq!(key_place(None, &Place::default()), "-");
    }
}
