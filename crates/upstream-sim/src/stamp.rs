//! Instants and decimals as the upstreams write them.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

/// An instant in ticks of 100 ns since 1970, with the text that carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) ticks: i64,
    pub(crate) text: String,
}

/// Ticks of 100 ns since 1970.
pub(crate) fn ticks(at: Timestamp) -> i64 {
    i64::try_from(at.as_nanosecond() / 100).unwrap_or(i64::MAX)
}

impl Stamp {
    /// Writes `now` with `digits` (0 to 7) fraction digits, or with as many more as it takes to be later than `after`.
    pub(crate) fn new(now: Timestamp, digits: u32, after: i64) -> Self {
        let ticks = ticks(now).max(after + 1);
        let exact = Self::with_digits(ticks, 7);
        (digits..7)
            .map(|digits| Self::with_digits(ticks, digits))
            .find(|stamp| stamp.ticks > after)
            .unwrap_or(exact)
    }

    fn with_digits(ticks: i64, digits: u32) -> Self {
        let unit = 10_i64.pow(7 - digits);
        let cut = ticks - ticks.rem_euclid(unit);
        let whole =
            Timestamp::from_second(cut.div_euclid(10_000_000)).unwrap_or(Timestamp::UNIX_EPOCH);
        let mut text = whole.strftime("%Y-%m-%dT%H:%M:%S").to_string();
        if digits > 0 {
            let width = digits as usize;
            text.push_str(&format!(".{:0width$}", cut.rem_euclid(10_000_000) / unit));
        }
        text.push('Z');
        Self { ticks: cut, text }
    }
}

/// Epoch seconds as RFC 3339, in local time when an offset is given.
pub(crate) fn rfc3339(seconds: i64, offset_minutes: Option<i32>) -> String {
    let at = Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH);
    match offset_minutes.and_then(|minutes| Offset::from_seconds(minutes * 60).ok()) {
        None => at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        Some(offset) => at
            .to_zoned(TimeZone::fixed(offset))
            .strftime("%Y-%m-%dT%H:%M:%S%:z")
            .to_string(),
    }
}

/// Epoch milliseconds as RFC 3339 in UTC.
pub(crate) fn rfc3339_ms(milliseconds: i64) -> String {
    let at = Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::UNIX_EPOCH);
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// A decimal of up to five places; `padded` writes a whole number as `240.0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decimal {
    /// Hundred-thousandths.
    pub(crate) units: i64,
    pub(crate) padded: bool,
}

impl Decimal {
    pub(crate) fn whole(value: i64) -> Self {
        Self {
            units: value * 100_000,
            padded: false,
        }
    }

    pub(crate) fn cents(value: i64, padded: bool) -> Self {
        Self {
            units: value * 1_000,
            padded,
        }
    }

    /// Without trailing zeros: `240`, `6.00002`.
    pub(crate) fn text(self) -> String {
        let sign = if self.units < 0 { "-" } else { "" };
        let (whole, fraction) = (self.units.abs() / 100_000, self.units.abs() % 100_000);
        let text = format!("{sign}{whole}.{fraction:05}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }

    /// As a JSON number; f64 is exact here because the shortest text of so few digits is the text it came from.
    pub(crate) fn json(self) -> serde_json::Value {
        if self.units % 100_000 == 0 && !self.padded {
            return (self.units / 100_000).into();
        }
        self.text().parse::<f64>().unwrap_or_default().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_later_than_its_predecessor_whatever_its_digits() {
        let now: Timestamp = "2026-11-02T09:15:22.4173456Z".parse().unwrap();
        let first = Stamp::new(now, 7, 0);
        assert_eq!(first.text, "2026-11-02T09:15:22.4173456Z");
        assert_eq!(Stamp::new(now, 0, 0).text, "2026-11-02T09:15:22Z");
        let second = Stamp::new(now, 0, first.ticks);
        assert_eq!(second.text, "2026-11-02T09:15:22.4173457Z");
        assert_eq!(ticks(second.text.parse().unwrap()), second.ticks);
    }

    #[test]
    fn decimals_keep_their_digits() {
        assert_eq!(
            Decimal {
                units: 600_002,
                padded: false
            }
            .json()
            .to_string(),
            "6.00002"
        );
        assert_eq!(
            Decimal {
                units: 24_000_000,
                padded: true
            }
            .json()
            .to_string(),
            "240.0"
        );
        assert_eq!(
            Decimal {
                units: 24_000_000,
                padded: true
            }
            .text(),
            "240"
        );
        assert_eq!(Decimal::whole(0).text(), "0");
    }

    #[test]
    fn local_times_carry_their_offset() {
        assert_eq!(
            rfc3339(1_794_252_730, Some(-300)),
            "2026-11-09T14:32:10-05:00"
        );
        assert_eq!(rfc3339(1_794_252_730, None), "2026-11-09T19:32:10Z");
    }
}
