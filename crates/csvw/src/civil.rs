//! Dates and times as they are written: checked against the calendar, never moved to another zone.

use std::borrow::Cow;

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// Year, 0 to 9999.
    pub year: u16,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day of the month, from 1.
    pub day: u8,
}

/// A time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time {
    /// Hour, 0 to 23.
    pub hour: u8,
    /// Minute, 0 to 59.
    pub minute: u8,
    /// Second, 0 to 59.
    pub second: u8,
    /// Nanosecond of the second.
    pub nanosecond: u32,
}

/// A date and a time: local where no offset is written. The text is kept for whoever decides on the zone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DateTime<'a> {
    /// The day.
    pub date: Date,
    /// The time of that day.
    pub time: Time,
    /// Minutes east of UTC, where the text says so.
    pub offset_minutes: Option<i16>,
    /// The text of the cell.
    pub text: Cow<'a, str>,
}

impl Date {
    /// The day, where the calendar has it.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let exists =
            year <= 9_999 && (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
        exists.then_some(Self { year, month, day })
    }
}

impl Time {
    /// The time, where a day has it (leap seconds are refused).
    pub fn new(hour: u8, minute: u8, second: u8, nanosecond: u32) -> Option<Self> {
        let exists = hour < 24 && minute < 60 && second < 60 && nanosecond < 1_000_000_000;
        exists.then_some(Self {
            hour,
            minute,
            second,
            nanosecond,
        })
    }
}

fn days_in(year: u16, month: u8) -> u8 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::{Date, Time};

    #[test]
    fn the_calendar_decides() {
        assert!(Date::new(2024, 2, 29).is_some());
        assert!(
            Date::new(1900, 2, 29).is_none()
                && Date::new(2026, 4, 31).is_none()
                && Date::new(2026, 13, 1).is_none()
        );
        assert!(Time::new(24, 0, 0, 0).is_none() && Time::new(23, 59, 60, 0).is_none());
    }
}
