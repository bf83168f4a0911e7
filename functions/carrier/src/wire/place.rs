//! Where: MS1, or the N4 of a party.

use std::borrow::Cow;

use x12::Segment;

/// A place as a carrier writes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place<'a> {
    /// MS101 or N401.
    pub city: Option<Cow<'a, str>>,
    /// MS102 or N402, state or province.
    pub state: Option<Cow<'a, str>>,
    /// MS103 or N404.
    pub country: Option<Cow<'a, str>>,
    /// MS105 and MS107 as microdegrees.
    pub lat_e6: Option<i64>,
    /// MS104 and MS106 as microdegrees.
    pub lon_e6: Option<i64>,
    /// There were coordinates, and they are none on the globe.
    pub coordinates_invalid: bool,
}

impl<'a> Place<'a> {
    /// Reads an MS1.
    #[must_use]
    pub fn of_shipment(ms1: &Segment<'a>) -> Self {
        let given = !ms1.element(4).is_empty() || !ms1.element(5).is_empty();
        let (longitude, latitude) = (ms1.element(4).text(), ms1.element(5).text());
        let lon_e6 = microdegrees(&longitude, &ms1.element(6).text(), ("E", "W"), 180);
        let lat_e6 = microdegrees(&latitude, &ms1.element(7).text(), ("N", "S"), 90);
        let both = lat_e6.zip(lon_e6);
        Self {
            city: ms1.text(1),
            state: ms1.text(2),
            country: ms1.text(3),
            lat_e6: both.map(|(lat, _)| lat),
            lon_e6: both.map(|(_, lon)| lon),
            coordinates_invalid: given && both.is_none(),
        }
    }

    /// Reads the N4 of a party.
    #[must_use]
    pub fn of_party(n4: &Segment<'a>) -> Self {
        Self {
            city: n4.text(1),
            state: n4.text(2),
            country: n4.text(4),
            ..Self::default()
        }
    }
}

/// DDDMMSS with its direction, rounded half up; `None` if it is none, or beyond `limit` degrees.
fn microdegrees(code: &str, direction: &str, signs: (&str, &str), limit: i64) -> Option<i64> {
    if !matches!(code.len(), 6 | 7) || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (degrees, rest) = code.split_at(code.len() - 4);
    let (minutes, seconds) = rest.split_at(2);
    let [degrees, minutes, seconds]: [i64; 3] = [
        degrees.parse().ok()?,
        minutes.parse().ok()?,
        seconds.parse().ok()?,
    ];
    if minutes >= 60 || seconds >= 60 {
        return None;
    }
    let total = degrees * 3600 + minutes * 60 + seconds;
    if total > limit * 3600 {
        return None;
    }
    let value = (total * 1_000_000 + 1800) / 3600;
    match direction {
        found if found == signs.0 => Some(value),
        found if found == signs.1 => Some(-value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degrees_minutes_and_seconds_are_microdegrees() {
        let west = |code| microdegrees(code, "W", ("E", "W"), 180);
        assert_eq!(west("0740900"), Some(-74_150_000));
        assert_eq!(west("740900"), Some(-74_150_000));
        assert_eq!(west("0000001"), Some(-278));
        assert_eq!(west("1800000"), Some(-180_000_000));
        for wrong in ["1800001", "0746000", "0740060", "74.15", "", "-740900"] {
            assert_eq!(west(wrong), None, "{wrong}");
        }
        assert_eq!(microdegrees("0740900", "", ("E", "W"), 180), None);
    }
}
