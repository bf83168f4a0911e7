//! Places as carriers name them.

use crate::names::Place;

/// A place by its town, or only by where it is on the globe.
#[derive(Debug)]
pub(super) struct Town {
    city: &'static str,
    state: &'static str,
    country: &'static str,
    /// Zone of the clocks there, where a state tells it.
    pub(super) zone: Option<&'static str>,
    /// Hours from UTC in winter.
    pub(super) hours: i8,
}

/// The town of a place.
pub(super) fn town(place: &str) -> &'static Town {
    TOWNS
        .iter()
        .find(|(code, _)| *code == place)
        .map_or(&NOWHERE, |(_, town)| town)
}

const fn new(
    city: &'static str,
    state: &'static str,
    country: &'static str,
    zone: Option<&'static str>,
    hours: i8,
) -> Town {
    Town {
        city,
        state,
        country,
        zone,
        hours,
    }
}

const NOWHERE: Town = new("", "", "", None, 0);

const TOWNS: [(&str, Town); 11] = [
    (
        "PNCT",
        new("NEWARK", "NJ", "US", Some("America/New_York"), -5),
    ),
    (
        "HG-DC3",
        new("ALLENTOWN", "PA", "US", Some("America/New_York"), -5),
    ),
    (
        "OMA-1",
        new("OMAHA", "NE", "US", Some("America/Chicago"), -6),
    ),
    (
        "ALB-RX",
        new("ALBANY", "NY", "US", Some("America/New_York"), -5),
    ),
    ("RTM-W7", new("ROTTERDAM", "", "NL", None, 1)),
    ("GOT-H", new("GÖTEBORG", "", "SE", None, 1)),
    ("LDZ-2", new("ŁÓDŹ", "", "PL", None, 1)),
    ("WUE", new("WÜRZBURG", "BY", "DE", None, 1)),
    ("BSN", new("BESANÇON", "", "FR", None, 1)),
    ("FXT", new("FELIXSTOWE-QUAY", "", "GB", None, 0)),
    ("IZM", NOWHERE),
];

/// A place as a status names it: what is written, and what the report makes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    /// MS1, if there is one.
    pub(super) segment: Option<String>,
    /// The place as part of the milestone's key.
    pub(super) key: String,
    pub(super) lat_e6: Option<i64>,
    pub(super) lon_e6: Option<i64>,
}

/// Names a place by its town, else by its coordinates; the buoy at 0, 0 not at all.
pub(super) fn named(place: &Place) -> Named {
    let Town {
        city,
        state,
        country,
        ..
    } = town(place.code);
    if !city.is_empty() {
        let key: Vec<&str> = [*city, *state, *country]
            .into_iter()
            .flat_map(|part| part.split('-'))
            .filter(|part| !part.is_empty())
            .collect();
        return Named {
            segment: Some(format!("MS1*{city}*{state}*{country}")),
            key: key.join(" "),
            lat_e6: None,
            lon_e6: None,
        };
    }
    if place.lat_e6 == 0 {
        return Named {
            segment: None,
            key: "-".to_owned(),
            lat_e6: None,
            lon_e6: None,
        };
    }
    let (lat, lat_text) = sexagesimal(place.lat_e6, 'N', 'S');
    let (lon, lon_text) = sexagesimal(place.lon_e6, 'E', 'W');
    let (lon_code, lon_way) = lon_text;
    let (lat_code, lat_way) = lat_text;
    Named {
        segment: Some(format!("MS1****{lon_code}*{lat_code}*{lon_way}*{lat_way}")),
        key: format!("{lat} {lon}"),
        lat_e6: Some(lat),
        lon_e6: Some(lon),
    }
}

/// Microdegrees as degrees, minutes and seconds, and what these are in microdegrees again.
fn sexagesimal(e6: i64, positive: char, negative: char) -> (i64, (String, char)) {
    let seconds = e6.abs() * 3600 / 1_000_000;
    let (degrees, minutes) = (seconds / 3600, seconds / 60 % 60);
    let back = (seconds * 1_000_000 + 1_800) / 3600;
    let (sign, way) = if e6 < 0 {
        (-1, negative)
    } else {
        (1, positive)
    };
    (
        sign * back,
        (format!("{degrees:03}{minutes:02}{:02}", seconds % 60), way),
    )
}

/// The first ten characters of a container number whose last digit is right (ISO 6346).
pub(super) fn container_key(number: &str) -> Option<&str> {
    let (key, digit) = number.split_at_checked(10)?;
    let sum: u32 = key
        .chars()
        .zip(0..)
        .map(|(letter, at)| weight(letter) << at)
        .sum();
    (digit == (sum % 11 % 10).to_string()).then_some(key)
}

/// A letter counts from 10, leaving out multiples of 11.
fn weight(letter: char) -> u32 {
    letter.to_digit(10).unwrap_or_else(|| {
        let nth = u32::from(letter) - u32::from('A');
        nth + 10 + u32::from(nth >= 1) + u32::from(nth >= 11) + u32::from(nth >= 21)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::PLACES;

    #[test]
    fn a_container_is_known_by_ten_characters_if_its_digit_is_right() {
        assert_eq!(container_key("TSTU9044179"), Some("TSTU904417"));
        assert_eq!(container_key("CSQU3054383"), Some("CSQU305438"));
        assert_eq!(container_key("CSQU3054384"), None);
        assert_eq!(container_key("SHORT"), None);
    }

    #[test]
    fn a_place_without_a_town_is_on_the_globe() {
        let izmir = PLACES.iter().find(|place| place.code == "IZM").unwrap();
        let named = named(izmir);
        assert_eq!(named.segment.as_deref(), Some("MS1****0270900*0382624*E*N"));
        assert_eq!(
            (named.lat_e6, named.lon_e6),
            (Some(38_440_000), Some(27_150_000))
        );
        assert_eq!(named.key, "38440000 27150000");
    }
}
