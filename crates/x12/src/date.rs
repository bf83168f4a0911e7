//! Days and times of day, with no calendar library: the caller has one of its own.

use std::fmt;

/// A day that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// The day, if the calendar has it. Years 1 to 9999.
    #[must_use]
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let leap =
            year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => return None,
        };
        ((1..=days).contains(&day) && (1..=9999).contains(&year)).then_some(Self {
            year,
            month,
            day,
        })
    }

    /// CCYYMMDD or YYMMDD; two-digit years are 1980 to 2079.
    pub(crate) fn read(text: &[u8]) -> Option<Self> {
        let (year, rest) = match text.len() {
            8 => (
                u16::from(two(text, 0)?) * 100 + u16::from(two(text, 2)?),
                &text[4..],
            ),
            6 => {
                let short = u16::from(two(text, 0)?);
                (
                    if short < 80 {
                        2000 + short
                    } else {
                        1900 + short
                    },
                    &text[2..],
                )
            }
            _ => return None,
        };
        Self::new(year, two(rest, 0)?, two(rest, 2)?)
    }

    /// Year, 1 to 9999.
    #[must_use]
    pub fn year(self) -> u16 {
        self.year
    }

    /// Month, 1 to 12.
    #[must_use]
    pub fn month(self) -> u8 {
        self.month
    }

    /// Day of the month, 1 to 31.
    #[must_use]
    pub fn day(self) -> u8 {
        self.day
    }

    pub(crate) fn short(self) -> String {
        format!("{:02}{:02}{:02}", self.year % 100, self.month, self.day)
    }
}

impl fmt::Display for Date {
    /// CCYYMMDD.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}{:02}{:02}", self.year, self.month, self.day)
    }
}

/// A time of day, as precise as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Time {
    hour: u8,
    minute: u8,
    second: Option<u8>,
    hundredths: Option<u8>,
}

impl Time {
    /// Hour and minute, if the day has them.
    #[must_use]
    pub fn new(hour: u8, minute: u8) -> Option<Self> {
        (hour < 24 && minute < 60).then_some(Self {
            hour,
            minute,
            second: None,
            hundredths: None,
        })
    }

    /// `HHMM`, `HHMMSS`, `HHMMSSd` (tenths) or `HHMMSSdd` (hundredths).
    pub(crate) fn read(text: &[u8]) -> Option<Self> {
        let minutes = Self::new(two(text, 0)?, two(text, 2)?)?;
        if text.len() == 4 {
            return Some(minutes);
        }
        let second = two(text, 4).filter(|second| *second < 60)?;
        let hundredths = match text.len() {
            6 => None,
            7 => Some(digit(text[6])? * 10),
            8 => Some(two(text, 6)?),
            _ => return None,
        };
        Some(Self {
            second: Some(second),
            hundredths,
            ..minutes
        })
    }

    /// Hour, 0 to 23.
    #[must_use]
    pub fn hour(self) -> u8 {
        self.hour
    }

    /// Minute, 0 to 59.
    #[must_use]
    pub fn minute(self) -> u8 {
        self.minute
    }

    /// Second, 0 to 59; `None` if only hour and minute were written.
    #[must_use]
    pub fn second(self) -> Option<u8> {
        self.second
    }

    /// Hundredths of the second, 0 to 99, if written.
    #[must_use]
    pub fn hundredths(self) -> Option<u8> {
        self.hundredths
    }
}

impl fmt::Display for Time {
    /// HHMM.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}{:02}", self.hour, self.minute)
    }
}

fn digit(byte: u8) -> Option<u8> {
    byte.is_ascii_digit().then(|| byte - b'0')
}

fn two(text: &[u8], at: usize) -> Option<u8> {
    Some(digit(*text.get(at)?)? * 10 + digit(*text.get(at + 1)?)?)
}
