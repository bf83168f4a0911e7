//! Single values: instants, places, speeds, distances, durations. Units are converted here and nowhere else.

use std::fmt::Display;

use ingest::Problem;
use jiff::Timestamp;
use record::{ExactDecimal, QualityFlag, microdegrees};
use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive as _};

use crate::wire::{Scalar, WireText};

/// Faster than this is no speed of a vehicle on a road, in km/h.
const SPEED_KMH_MAX: u32 = 250;

/// The unit in which a provider gives speeds.
#[derive(Debug, Clone, Copy)]
pub(super) enum SpeedUnit {
    MilesPerHour,
    KilometresPerHour,
}

impl SpeedUnit {
    /// Kilometres per hour in one of it; exact, a mile is 1609.344 m by definition.
    const fn kmh(self) -> Decimal {
        match self {
            Self::MilesPerHour => Decimal::from_parts(1_609_344, 0, 0, false, 6),
            Self::KilometresPerHour => Decimal::ONE,
        }
    }
}

/// A required instant.
pub(super) fn instant(
    text: Option<&WireText<'_>>,
    place: impl Fn() -> String,
    field: &str,
) -> Result<Timestamp, Problem> {
    let Some(text) = text else {
        return Err(at(&place, field, format!("missing field `{field}`")));
    };
    text.trim()
        .parse()
        .map_err(|error: jiff::Error| at(&place, field, error))
}

/// A number, from its own digits; none when it is absent or an empty text.
pub(super) fn number(
    value: Option<Scalar<'_>>,
    place: impl Fn() -> String,
    field: &str,
) -> Result<Option<Decimal>, Problem> {
    let Some(value) = value else {
        return Ok(None);
    };
    match value.text() {
        Some(text) => text
            .trim()
            .parse::<ExactDecimal>()
            .map(|number| Some(number.into()))
            .map_err(|error| at(&place, field, format!("`{text}`: {error}"))),
        None if value.0.get().starts_with('"') => Ok(None),
        None => Err(at(&place, field, format!("`{}` is not a number", value.0))),
    }
}

/// A whole number that is not negative; fractions are rounded.
pub(super) fn whole(
    value: Option<Scalar<'_>>,
    place: impl Fn() -> String,
    field: &str,
) -> Result<Option<i64>, Problem> {
    let Some(number) = number(value, &place, field)? else {
        return Ok(None);
    };
    let rounded = number
        .round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero)
        .to_i64()
        .filter(|whole| *whole >= 0);
    match rounded {
        Some(whole) => Ok(Some(whole)),
        None => Err(at(&place, field, format!("{number} is out of range"))),
    }
}

/// A speed in km/h; a flag instead when it is no speed.
pub(super) fn speed(
    value: Option<Scalar<'_>>,
    unit: SpeedUnit,
    place: impl Fn() -> String,
    field: &str,
) -> Result<(Option<ExactDecimal>, Option<QualityFlag>), Problem> {
    let Some(number) = number(value, place, field)? else {
        return Ok((None, None));
    };
    let kmh = number
        .checked_mul(unit.kmh())
        .filter(|kmh| !kmh.is_sign_negative() || kmh.is_zero())
        .filter(|kmh| *kmh <= Decimal::from(SPEED_KMH_MAX));
    match kmh {
        Some(kmh) => Ok((Some(kmh.into()), None)),
        None => Ok((None, Some(QualityFlag::SpeedInvalid))),
    }
}

/// A heading in whole degrees, 0 to 359; none when it is no direction.
pub(super) fn heading(
    value: Option<Scalar<'_>>,
    place: impl Fn() -> String,
    field: &str,
) -> Result<Option<i64>, Problem> {
    let Some(number) = number(value, place, field)? else {
        return Ok(None);
    };
    let degrees = number
        .round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero)
        .to_i64();
    Ok(degrees
        .filter(|degrees| (0..=360).contains(degrees))
        .map(|degrees| degrees % 360))
}

/// Where a vehicle was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Coordinates {
    /// Latitude and longitude in microdegrees.
    pub(super) lat_lon_e6: Option<(i64, i64)>,
    /// Why there are none although some were sent.
    pub(super) doubt: Option<QualityFlag>,
}

/// Coordinates in microdegrees. 0/0 lies in the sea south of Ghana: it means that there was no fix.
pub(super) fn coordinates(
    latitude: Option<Scalar<'_>>,
    longitude: Option<Scalar<'_>>,
    place: impl Fn() -> String,
    [latitude_field, longitude_field]: [&str; 2],
) -> Result<Coordinates, Problem> {
    let latitude = degrees(latitude, &place, latitude_field)?;
    let longitude = degrees(longitude, &place, longitude_field)?;
    let (Some(latitude), Some(longitude)) = (latitude, longitude) else {
        return Ok(Coordinates::default());
    };
    let lat_lon_e6 = microdegrees(latitude, 90.0).zip(microdegrees(longitude, 180.0));
    Ok(match lat_lon_e6 {
        Some((0, 0)) => Coordinates {
            lat_lon_e6: None,
            doubt: Some(QualityFlag::NullIsland),
        },
        Some(_) => Coordinates {
            lat_lon_e6,
            doubt: None,
        },
        None => Coordinates {
            lat_lon_e6: None,
            doubt: Some(QualityFlag::CoordinateInvalid),
        },
    })
}

fn degrees(
    value: Option<Scalar<'_>>,
    place: &impl Fn() -> String,
    field: &str,
) -> Result<Option<f64>, Problem> {
    let Some(value) = value else {
        return Ok(None);
    };
    let Some(text) = value.text() else {
        return Err(at(place, field, format!("`{}` is not a number", value.0)));
    };
    match text.trim().parse::<f64>() {
        Ok(degrees) => Ok(Some(degrees)),
        Err(error) => Err(at(place, field, format!("`{text}`: {error}"))),
    }
}

/// Whole seconds of a .NET duration, `[-][days.]hours:minutes:seconds[.fraction]`.
pub(super) fn time_span_seconds(text: &str) -> Option<i64> {
    let text = text.trim();
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let mut parts = text.split(':');
    let (first, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let (days, hours) = match first.split_once('.') {
        Some((days, hours)) => (digits(days)?, digits(hours)?),
        None => (0, digits(first)?),
    };
    let seconds = match seconds.split_once('.') {
        Some((whole, fraction)) => digits(fraction).and(digits(whole))?,
        None => digits(seconds)?,
    };
    let minutes = digits(minutes)?;
    if hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    days.checked_mul(86_400)?
        .checked_add(hours * 3_600 + minutes * 60 + seconds)
        .map(|total| sign * total)
}

fn digits(text: &str) -> Option<i64> {
    let only_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    only_digits.then(|| text.parse().ok()).flatten()
}

pub(super) fn at(place: &impl Fn() -> String, field: &str, detail: impl Display) -> Problem {
    Problem::new(format!("{}.{field}", place()), detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scalar(json: &str) -> Option<Scalar<'_>> {
        Some(serde_json::from_str(json).unwrap())
    }

    fn here() -> String {
        "$".to_owned()
    }

    fn kmh(json: &str, unit: SpeedUnit) -> (Option<String>, bool) {
        let (speed, doubt) = speed(scalar(json), unit, here, "speed").unwrap();
        (speed.map(|speed| speed.to_string()), doubt.is_some())
    }

    #[test]
    fn miles_are_exact_and_no_speed_is_none() {
        use SpeedUnit::{KilometresPerHour, MilesPerHour};
        assert_eq!(
            kmh("62.4", MilesPerHour),
            (Some("100.4230656".to_owned()), false)
        );
        assert_eq!(
            kmh("12", MilesPerHour),
            (Some("19.312128".to_owned()), false)
        );
        assert_eq!(kmh("0", MilesPerHour), (Some("0".to_owned()), false));
        assert_eq!(kmh("-0", KilometresPerHour), (Some("0".to_owned()), false));
        assert!(!kmh("250", KilometresPerHour).1);
        assert_eq!(kmh("250.1", KilometresPerHour), (None, true));
        assert_eq!(kmh("-1", KilometresPerHour), (None, true));
        assert!(speed(scalar("{}"), MilesPerHour, here, "speed").is_err());
        assert!(speed(scalar("\"fast\""), MilesPerHour, here, "speed").is_err());
    }

    #[test]
    fn whole_numbers_come_with_and_without_a_fraction() {
        let read = |json: &str| whole(scalar(json), here, "value");
        assert_eq!(read("152000345").unwrap(), Some(152_000_345));
        assert_eq!(read("152000345.5").unwrap(), Some(152_000_346));
        assert_eq!(read("\"7\"").unwrap(), Some(7));
        assert_eq!(read("\"\"").unwrap(), None);
        assert!(read("-1").is_err() && read("1e25").is_err() && read("true").is_err());
    }

    #[test]
    fn headings_are_directions() {
        let read = |json: &str| heading(scalar(json), here, "heading").unwrap();
        assert_eq!(
            (read("360"), read("359.4"), read("0")),
            (Some(0), Some(359), Some(0))
        );
        assert_eq!((read("-1"), read("361")), (None, None));
    }

    #[test]
    fn no_fix_is_no_place() {
        let read = |latitude: &str, longitude: &str| {
            coordinates(scalar(latitude), scalar(longitude), here, ["y", "x"]).unwrap()
        };
        assert_eq!(
            read("40.678410", "-74.15072").lat_lon_e6,
            Some((40_678_410, -74_150_720))
        );
        assert_eq!(read("0", "0.0").doubt, Some(QualityFlag::NullIsland));
        assert_eq!(
            read("122.142", "-93.3").doubt,
            Some(QualityFlag::CoordinateInvalid)
        );
        assert_eq!(read("0", "9.5").lat_lon_e6, Some((0, 9_500_000)));
        assert_eq!(
            read("\"NaN\"", "1").doubt,
            Some(QualityFlag::CoordinateInvalid)
        );
    }

    #[test]
    fn durations_have_days() {
        assert_eq!(time_span_seconds("4.16:41:16"), Some(405_676));
        assert_eq!(time_span_seconds("00:12:30.5000000"), Some(750));
        assert_eq!(time_span_seconds("-1.00:00:01"), Some(-86_401));
        for wrong in [
            "",
            "1",
            "1:2",
            "1:2:3:4",
            "24:00:00",
            "a.00:00:00",
            "00:60:00",
            "00:00:01.",
            "+1:00:00",
        ] {
            assert_eq!(time_span_seconds(wrong), None, "{wrong}");
        }
    }
}
