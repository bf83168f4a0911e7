//! Date and time patterns of the CSVW recommendation (section 6.4.4): `dd.MM.yyyy HH:mm:ss`.

use crate::civil::{Date, Time};

/// A compiled pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatePattern {
    parts: Vec<Part>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Year,
    Month {
        width: usize,
    },
    Day {
        width: usize,
    },
    Hour,
    Minute,
    Second,
    /// Up to so many decimals of the second, with the point before them, or none of it.
    Fraction {
        most: usize,
    },
    /// An offset; `Z` is taken only where the pattern has a capital `X`.
    Offset {
        zulu: bool,
    },
    Literal(char),
}

/// What a pattern found. Parts that it does not name are `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    year: Option<u16>,
    month: Option<u8>,
    day: Option<u8>,
    hour: u8,
    minute: u8,
    second: u8,
    nanosecond: u32,
    pub(crate) offset_minutes: Option<i16>,
}

impl Found {
    pub(crate) fn date(&self) -> Option<Date> {
        Date::new(self.year?, self.month?, self.day?)
    }

    pub(crate) fn time(&self) -> Option<Time> {
        Time::new(self.hour, self.minute, self.second, self.nanosecond)
    }
}

impl DatePattern {
    /// Compiles a pattern; `None` when it has a letter that no supported pattern has.
    pub fn new(pattern: &str) -> Option<Self> {
        let mut parts = Vec::new();
        let mut rest = pattern;
        while let Some(letter) = rest.chars().next() {
            let width = rest.chars().take_while(|&c| c == letter).count();
            let taken = width * letter.len_utf8();
            let mut used = taken;
            match (letter, width) {
                ('y', 4) => parts.push(Part::Year),
                ('M', 1 | 2) => parts.push(Part::Month { width }),
                ('d', 1 | 2) => parts.push(Part::Day { width }),
                ('H', 2) => parts.push(Part::Hour),
                ('m', 2) => parts.push(Part::Minute),
                ('s', 2) => parts.push(Part::Second),
                ('S', 1..=9) => {
                    // The point belongs to the fraction: it is there only when decimals are.
                    if parts.last() != Some(&Part::Literal('.')) {
                        return None;
                    }
                    parts.pop();
                    parts.push(Part::Fraction { most: width });
                }
                ('X' | 'x', 1..=3) => parts.push(Part::Offset {
                    zulu: letter == 'X',
                }),
                ('T', 1) => parts.push(Part::Literal('T')),
                ('\'', _) => {
                    let end = rest[1..].find('\'')? + 1;
                    parts.extend(rest[1..end].chars().map(Part::Literal));
                    used = end + 1;
                }
                (other, _) if other.is_alphabetic() => return None,
                (other, _) => parts.extend(std::iter::repeat_n(Part::Literal(other), width)),
            }
            rest = &rest[used..];
        }
        (!parts.is_empty()).then_some(Self { parts })
    }

    /// True when the pattern has a year, a month and a day.
    pub fn has_date(&self) -> bool {
        let has = |wanted: fn(&Part) -> bool| self.parts.iter().any(wanted);
        has(|p| matches!(p, Part::Year))
            && has(|p| matches!(p, Part::Month { .. }))
            && has(|p| matches!(p, Part::Day { .. }))
    }

    /// True when the pattern has at least an hour.
    pub fn has_time(&self) -> bool {
        self.parts.contains(&Part::Hour)
    }

    pub(crate) fn read(&self, text: &str) -> Option<Found> {
        let mut found = Found::default();
        let mut rest = text;
        for part in &self.parts {
            rest = part.read(rest, &mut found)?;
        }
        rest.is_empty().then_some(found)
    }
}

impl Part {
    fn read<'t>(self, rest: &'t str, found: &mut Found) -> Option<&'t str> {
        let two = |min: usize| {
            number(rest, min, 2).and_then(|(n, rest)| Some((u8::try_from(n).ok()?, rest)))
        };
        Some(match self {
            Part::Year => {
                let (n, rest) = number(rest, 4, 4)?;
                found.year = u16::try_from(n).ok();
                rest
            }
            Part::Month { width } => two(width).map(|(n, rest)| (found.month = Some(n), rest).1)?,
            Part::Day { width } => two(width).map(|(n, rest)| (found.day = Some(n), rest).1)?,
            Part::Hour => two(2).map(|(n, rest)| (found.hour = n, rest).1)?,
            Part::Minute => two(2).map(|(n, rest)| (found.minute = n, rest).1)?,
            Part::Second => two(2).map(|(n, rest)| (found.second = n, rest).1)?,
            Part::Fraction { most } => match rest.strip_prefix('.') {
                Some(decimals) => fraction(decimals, most, found)?,
                None => rest,
            },
            Part::Offset { zulu } => offset(rest, zulu, found)?,
            Part::Literal(c) => rest.strip_prefix(c)?,
        })
    }
}

/// Dates and times without a pattern: `2026-11-09`, a `T` or a blank, `14:58[:07[.123]]`, then `Z` or an offset or none.
pub(crate) fn default_date_time(text: &str) -> Option<Found> {
    let mut found = Found::default();
    let rest = default_date_part(text, &mut found)?;
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    default_time_part(rest, &mut found)
        .filter(|_| found.date().is_some())
        .map(|()| found)
}

pub(crate) fn default_date(text: &str) -> Option<Found> {
    let mut found = Found::default();
    default_date_part(text, &mut found)?
        .is_empty()
        .then_some(found)
}

pub(crate) fn default_time(text: &str) -> Option<Found> {
    let mut found = Found::default();
    default_time_part(text, &mut found).map(|()| found)
}

#[inline]
fn default_date_part<'t>(text: &'t str, found: &mut Found) -> Option<&'t str> {
    let parts = [
        Part::Year,
        Part::Literal('-'),
        Part::Month { width: 2 },
        Part::Literal('-'),
        Part::Day { width: 2 },
    ];
    parts
        .iter()
        .try_fold(text, |rest, part| part.read(rest, found))
}

fn default_time_part(text: &str, found: &mut Found) -> Option<()> {
    let mut rest = [Part::Hour, Part::Literal(':'), Part::Minute]
        .iter()
        .try_fold(text, |rest, part| part.read(rest, found))?;
    if let Some(seconds) = rest.strip_prefix(':') {
        rest = Part::Fraction { most: 9 }.read(Part::Second.read(seconds, found)?, found)?;
    }
    if !rest.is_empty() {
        rest = offset(rest, true, found)?;
    }
    rest.is_empty().then_some(())
}

fn number(text: &str, min: usize, max: usize) -> Option<(u32, &str)> {
    let (mut value, mut digits) = (0_u32, 0);
    for byte in text.bytes().take(max).take_while(u8::is_ascii_digit) {
        value = value * 10 + u32::from(byte - b'0');
        digits += 1;
    }
    (digits >= min).then(|| (value, &text[digits..]))
}

fn fraction<'t>(decimals: &'t str, most: usize, found: &mut Found) -> Option<&'t str> {
    let (value, rest) = number(decimals, 1, most)?;
    let digits = u32::try_from(decimals.len() - rest.len()).ok()?;
    found.nanosecond = value * 10_u32.pow(9 - digits);
    Some(rest)
}

fn offset<'t>(text: &'t str, zulu: bool, found: &mut Found) -> Option<&'t str> {
    if zulu && let Some(rest) = text.strip_prefix(['Z', 'z']) {
        found.offset_minutes = Some(0);
        return Some(rest);
    }
    let negative = text.starts_with('-');
    let (hours, rest) = number(text.strip_prefix(['+', '-'])?, 2, 2)?;
    let (minutes, rest) = match rest.strip_prefix(':') {
        Some(minutes) => number(minutes, 2, 2)?,
        None => number(rest, 2, 2).unwrap_or((0, rest)),
    };
    let total = i16::try_from(hours * 60 + minutes)
        .ok()
        .filter(|&total| total <= 14 * 60 && minutes < 60)?;
    found.offset_minutes = Some(if negative { -total } else { total });
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::{DatePattern, default_date, default_date_time, default_time};

    #[test]
    fn patterns_of_the_recommendation_read_their_own_examples() {
        for (pattern, text) in [
            ("yyyy-MM-dd", "2015-03-22"),
            ("yyyyMMdd", "20150322"),
            ("dd-MM-yyyy", "22-03-2015"),
            ("d-M-yyyy", "22-3-2015"),
            ("M/d/yyyy", "3/22/2015"),
            ("dd.MM.yyyy", "22.03.2015"),
            ("yyyy-MM-ddTHH:mm:ss.S", "2015-03-22T15:02:37.1"),
            ("yyyy-MM-ddTHH:mm:ss", "2015-03-22T15:02:37"),
            ("M/d/yyyy HH:mm", "3/22/2015 15:02"),
            ("yyyy-MM-dd HH:mm:ssXXX", "2015-03-22 15:02:37+01:00"),
        ] {
            let found = DatePattern::new(pattern).unwrap().read(text).unwrap();
            let date = found.date().unwrap();
            assert_eq!(
                (date.year, date.month, date.day),
                (2015, 3, 22),
                "{pattern}"
            );
        }
        assert!(DatePattern::new("dd-MMM-yyyy").is_none() && DatePattern::new("QQ").is_none());
        assert!(
            DatePattern::new("yyyy-MM-dd")
                .unwrap()
                .read("2015-03-22x")
                .is_none()
        );
    }

    #[test]
    fn without_a_pattern_iso_and_its_blank_form_are_read() {
        let found = default_date_time("2026-11-09 14:58:07").unwrap();
        assert_eq!(
            (
                found.date().unwrap().day,
                found.time().unwrap().minute,
                found.offset_minutes
            ),
            (9, 58, None)
        );
        assert_eq!(
            default_date_time("2026-11-09T14:58:07.25-05:00")
                .unwrap()
                .offset_minutes,
            Some(-300)
        );
        assert_eq!(
            default_date_time("2026-11-09T14:58Z")
                .unwrap()
                .offset_minutes,
            Some(0)
        );
        for bad in [
            "2026-11-09",
            "2026-11-9 14:58:07",
            "2026-02-30 10:00",
            "09/11/2026 14:58",
            "2026-11-09 14:58:07 x",
            "",
        ] {
            assert!(default_date_time(bad).is_none(), "{bad}");
        }
        assert!(default_date("2026-11-09").unwrap().date().is_some());
        assert_eq!(default_time("09:30").unwrap().time().unwrap().hour, 9);
    }
}
