//! One reading of a vehicle's gateway.

use crate::stamp::rfc3339_ms;

/// What was read. In the order in which readings of one instant count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    EngineState,
    Gps,
    Odometer,
    /// As the engine's computer counts.
    OdometerRaw,
    EngineTime,
    EngineTimeRaw,
    /// What no report has a column for; only Geotab tells it.
    Fuel,
}

impl Kind {
    /// The report's column `stream`.
    pub(super) fn stream(self) -> &'static str {
        match self {
            Self::EngineState => "engine_state",
            Self::Gps => "gps",
            Self::Odometer => "odometer",
            Self::OdometerRaw => "odometer_raw",
            Self::EngineTime => "engine_time",
            Self::EngineTimeRaw => "engine_time_raw",
            Self::Fuel => "fuel",
        }
    }
}

/// A position. All numbers are exact, so that the text sent and the value expected cannot drift apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fix {
    pub(super) lat_e6: i64,
    pub(super) lon_e6: i64,
    /// Whole degrees; 360 is written by some devices.
    pub(super) heading: i64,
    /// Tenths of the provider's unit; may be impossible.
    pub(super) speed_tenths: i64,
    /// Only Samsara says it.
    pub(super) place: Option<&'static str>,
}

/// How a reading breaks its contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    NoTime,
    BadTime,
    BadNumber,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    Fix(Fix),
    /// Whether the engine is on, off or idle.
    Engine(&'static str),
    /// Metres or seconds.
    Count(i64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reading {
    pub(super) kind: Kind,
    /// Epoch milliseconds.
    pub(super) time: i64,
    pub(super) said: Said,
    pub(super) broken: Option<Broken>,
    /// Number of the reading, which is the record's id at Geotab.
    pub(super) number: u64,
}

impl Reading {
    /// The instant as it is written; none where it is missing.
    pub(super) fn time_text(&self) -> Option<String> {
        match self.broken {
            Some(Broken::NoTime) => None,
            Some(Broken::BadTime) => Some(format!("tick {}", self.time)),
            _ => Some(rfc3339_ms(self.time)),
        }
    }
}

impl Fix {
    /// Where the vehicle was, as a report holds it: 0/0 is no fix, and what is off the globe is no place.
    pub(super) fn place_e6(&self) -> Option<(i64, i64)> {
        let (lat, lon) = (self.lat_e6, self.lon_e6);
        let on_globe = lat.abs() <= 90_000_000 && lon.abs() <= 180_000_000;
        ((lat, lon) != (0, 0) && on_globe).then_some((lat, lon))
    }
}

/// Microdegrees as decimal degrees; now and then with digits beyond, which round away.
pub(super) fn degrees(e6: i64, digits: &str) -> serde_json::Number {
    let sign = if e6 < 0 { "-" } else { "" };
    let (whole, fraction) = (e6.abs() / 1_000_000, e6.abs() % 1_000_000);
    let text = format!("{sign}{whole}.{fraction:06}{digits}");
    let degrees: f64 = text.parse().unwrap_or_default();
    serde_json::Number::from_f64(degrees).unwrap_or_else(|| 0.into())
}
