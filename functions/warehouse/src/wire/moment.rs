//! From what a cell says about time to an instant.

use csvw::DateTime;
use jiff::{
    civil,
    tz::{AmbiguousOffset, Offset, TimeZone},
};
use record::{EpochMillis, TimeBasis, TimePrecision};

/// An instant, and how it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The instant.
    pub at: EpochMillis,
    /// An offset in the cell, or else the clock of the site.
    pub basis: TimeBasis,
    /// Whether seconds are written.
    pub precision: TimePrecision,
    /// Whether the clock of the site showed the time twice, or not at all; then the earlier instant was taken.
    pub ambiguous: bool,
}

impl Moment {
    /// The instant of a cell's time; `None` beyond the years that instants have.
    pub(crate) fn of(cell: &DateTime<'_>, zone: &TimeZone) -> Option<Self> {
        let (date, time) = (cell.date, cell.time);
        let small = |number: u8| i8::try_from(number).ok();
        let local = civil::DateTime::new(
            i16::try_from(date.year).ok()?,
            small(date.month)?,
            small(date.day)?,
            small(time.hour)?,
            small(time.minute)?,
            small(time.second)?,
            i32::try_from(time.nanosecond).ok()?,
        )
        .ok()?;
        let (instant, basis, ambiguous) = match cell.offset_minutes {
            Some(minutes) => {
                let offset = Offset::from_seconds(i32::from(minutes) * 60).ok()?;
                (offset.to_timestamp(local).ok()?, TimeBasis::Offset, false)
            }
            None => {
                let found = zone.to_ambiguous_timestamp(local);
                let unique = matches!(found.offset(), AmbiguousOffset::Unambiguous { .. });
                (found.earlier().ok()?, TimeBasis::Site, !unique)
            }
        };
        Some(Self {
            at: EpochMillis(instant.as_millisecond()),
            basis,
            precision: precision(&cell.text),
            ambiguous,
        })
    }
}

/// Seconds are behind the second colon of the time of day, before an offset.
fn precision(text: &str) -> TimePrecision {
    let time = text.split_once(':').map_or("", |(_, rest)| rest);
    let time = time.split(['+', '-', 'Z', 'z']).next().unwrap_or_default();
    if time.contains(':') {
        TimePrecision::Second
    } else {
        TimePrecision::Minute
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use csvw::{Date, Time};

    use super::*;

    fn moment(day: (u16, u8, u8), hour: u8, offset: Option<i16>, text: &'static str) -> Moment {
        let cell = DateTime {
            date: Date::new(day.0, day.1, day.2).unwrap(),
            time: Time::new(hour, 30, 0, 0).unwrap(),
            offset_minutes: offset,
            text: Cow::Borrowed(text),
        };
        Moment::of(&cell, &TimeZone::get("America/New_York").unwrap()).unwrap()
    }

    #[test]
    fn the_clock_of_the_site_decides_without_an_offset() {
        let winter = moment((2026, 11, 9), 14, None, "2026-11-09 14:30:00");
        assert_eq!(winter.at.to_string(), "2026-11-09T19:30:00Z");
        assert_eq!((winter.basis, winter.ambiguous), (TimeBasis::Site, false));
        assert_eq!(winter.precision, TimePrecision::Second);
        let stated = moment((2026, 11, 9), 14, Some(60), "2026-11-09T14:30+01:00");
        assert_eq!(stated.at.to_string(), "2026-11-09T13:30:00Z");
        assert_eq!(
            (stated.basis, stated.precision),
            (TimeBasis::Offset, TimePrecision::Minute)
        );
    }

    #[test]
    fn a_time_that_the_clock_showed_twice_or_never_is_the_earlier_one() {
        let twice = moment((2026, 11, 1), 1, None, "2026-11-01 01:30");
        assert!(twice.ambiguous);
        assert_eq!(twice.at.to_string(), "2026-11-01T05:30:00Z");
        let never = moment((2026, 3, 8), 2, None, "2026-03-08 02:30");
        assert!(never.ambiguous);
        assert_eq!(never.at.to_string(), "2026-03-08T06:30:00Z");
    }
}
