//! Instants from civil dates, times and X12 time codes (element 623).

use jiff::{
    Timestamp, civil,
    tz::{Offset, TimeZone},
};
use record::{EpochMillis, TimeBasis, TimePrecision};
use x12::{Date, Time};

use crate::config::{Region, Zones};

/// An instant, and how it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Instant {
    pub(super) at: EpochMillis,
    pub(super) basis: TimeBasis,
    pub(super) precision: TimePrecision,
    /// The clock showed this time twice, or not at all.
    pub(super) ambiguous: bool,
}

/// What a time code stands for.
enum Clock<'z> {
    Zone(&'z TimeZone, TimeBasis),
    Offset(Offset, TimeBasis),
}

/// The zones that a time may be in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clocks<'z> {
    pub(super) zones: &'z Zones,
    /// Of the place, if it is known: what `LT` means.
    pub(super) local: Option<Region>,
    /// Of the partner.
    pub(super) partner: &'z TimeZone,
}

impl Clocks<'_> {
    /// The instant at which these clocks show the date and time. A date alone is its first instant; a time that comes
    /// twice is the earlier one. `None` outside of years 1 to 9999.
    pub(super) fn instant(
        &self,
        date: Date,
        time: Option<Time>,
        code: Option<&str>,
    ) -> Option<Instant> {
        let precision = match time {
            None => TimePrecision::Day,
            Some(time) if time.second().is_none() => TimePrecision::Minute,
            Some(_) => TimePrecision::Second,
        };
        let shown = civil_at(date, time)?;
        let (at, basis, ambiguous) = match self.clock(code) {
            Clock::Offset(offset, basis) => (offset.to_timestamp(shown).ok()?, basis, false),
            Clock::Zone(zone, basis) => {
                let found = zone.to_ambiguous_timestamp(shown);
                // Midnight that does not exist is no doubt about a day.
                let ambiguous = found.is_ambiguous() && time.is_some();
                (found.compatible().ok()?, basis, ambiguous)
            }
        };
        Some(Instant {
            at: EpochMillis::from(at),
            basis,
            precision,
            ambiguous,
        })
    }

    fn clock(&self, code: Option<&str>) -> Clock<'_> {
        let named = |region| Clock::Zone(self.zones.of(region), TimeBasis::NamedZone);
        let fixed = |minutes| fixed(minutes).map(|offset| (offset, TimeBasis::NamedZone));
        let partner = Clock::Zone(self.partner, TimeBasis::PartnerDefault);
        let Some(code) = code else {
            return partner;
        };
        let fixed = match code {
            "LT" => {
                return match self.local {
                    Some(region) => Clock::Zone(self.zones.of(region), TimeBasis::LocalPlace),
                    None => partner,
                };
            }
            "ET" => return named(Region::Eastern),
            "CT" => return named(Region::Central),
            "MT" => return named(Region::Mountain),
            "PT" => return named(Region::Pacific),
            "AT" => return named(Region::Alaska),
            "TT" => return named(Region::Atlantic),
            "NT" => return named(Region::Newfoundland),
            "HT" => return named(Region::Hawaii),
            "ES" => fixed(-300),
            "ED" => fixed(-240),
            "CS" => fixed(-360),
            "CD" => fixed(-300),
            "MS" => fixed(-420),
            "MD" => fixed(-360),
            "PS" => fixed(-480),
            "PD" => fixed(-420),
            "AS" => fixed(-540),
            "AD" => fixed(-480),
            "TS" => fixed(-240),
            "TD" => fixed(-180),
            "NS" => fixed(-210),
            "ND" => fixed(-150),
            "HS" => fixed(-600),
            "HD" => fixed(-540),
            "GM" | "UT" => Some((Offset::UTC, TimeBasis::Offset)),
            _ => iso(code).map(|offset| (offset, TimeBasis::Offset)),
        };
        fixed.map_or(partner, |(offset, basis)| Clock::Offset(offset, basis))
    }
}

/// `01` to `12` are hours east of UTC, `13` to `24` twelve down to one hour west of it.
fn iso(code: &str) -> Option<Offset> {
    if code.len() != 2 {
        return None;
    }
    let number: i32 = code.parse().ok()?;
    match number {
        1..=12 => fixed(number * 60),
        13..=24 => fixed((number - 25) * 60),
        _ => None,
    }
}

fn fixed(minutes: i32) -> Option<Offset> {
    Offset::from_seconds(minutes * 60).ok()
}

/// Date and time without a zone; midnight where there is no time.
pub(super) fn civil_at(date: Date, time: Option<Time>) -> Option<civil::DateTime> {
    let day = civil_date(date)?;
    let Some(time) = time else {
        return Some(day.at(0, 0, 0, 0));
    };
    let nanosecond = i32::from(time.hundredths().unwrap_or(0)) * 10_000_000;
    let small = |part: u8| i8::try_from(part).ok();
    let (hour, minute) = (small(time.hour())?, small(time.minute())?);
    let second = small(time.second().unwrap_or(0))?;
    Some(day.at(hour, minute, second, nanosecond))
}

/// The day as our records have it.
pub(super) fn civil_date(date: Date) -> Option<civil::Date> {
    let (month, day) = (
        i8::try_from(date.month()).ok()?,
        i8::try_from(date.day()).ok()?,
    );
    civil::Date::new(i16::try_from(date.year()).ok()?, month, day).ok()
}

/// The instant of a clock in `zone`.
pub(super) fn in_zone(shown: civil::DateTime, zone: &TimeZone) -> Option<Timestamp> {
    zone.to_ambiguous_timestamp(shown).compatible().ok()
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    fn instant(day: u8, time: Option<(u8, u8)>, code: Option<&str>) -> (String, TimeBasis, bool) {
        let zones = Zones::load().unwrap();
        let partner = TimeZone::get("Europe/Berlin").unwrap();
        let clocks = Clocks {
            zones: &zones,
            local: Region::of_state("CA", Some("US")),
            partner: &partner,
        };
        let date = Date::new(2026, 11, day).unwrap();
        let time = time.map(|(hour, minute)| Time::new(hour, minute).unwrap());
        let found = clocks.instant(date, time, code).unwrap();
        (found.at.to_string(), found.basis, found.ambiguous)
    }

    #[test]
    fn each_code_is_its_own_clock() {
        let at = |code| instant(9, Some((7, 21)), code);
        for (code, expected, basis) in [
            (Some("ET"), "2026-11-09T12:21:00Z", TimeBasis::NamedZone),
            (Some("ED"), "2026-11-09T11:21:00Z", TimeBasis::NamedZone),
            (Some("LT"), "2026-11-09T15:21:00Z", TimeBasis::LocalPlace),
            (Some("UT"), "2026-11-09T07:21:00Z", TimeBasis::Offset),
            (Some("01"), "2026-11-09T06:21:00Z", TimeBasis::Offset),
            (Some("13"), "2026-11-09T19:21:00Z", TimeBasis::Offset),
            (Some("24"), "2026-11-09T08:21:00Z", TimeBasis::Offset),
            (Some("NS"), "2026-11-09T10:51:00Z", TimeBasis::NamedZone),
            (None, "2026-11-09T06:21:00Z", TimeBasis::PartnerDefault),
            (
                Some("??"),
                "2026-11-09T06:21:00Z",
                TimeBasis::PartnerDefault,
            ),
        ] {
            assert_eq!(at(code), (expected.to_owned(), basis, false), "{code:?}");
        }
    }

    #[test]
    fn an_hour_that_comes_twice_is_the_earlier_one_and_told() {
        let twice = instant(1, Some((1, 30)), Some("ET"));
        assert_eq!(
            twice,
            (
                "2026-11-01T05:30:00Z".to_owned(),
                TimeBasis::NamedZone,
                true
            )
        );
        let once = instant(1, Some((1, 30)), Some("ES"));
        assert_eq!(
            once,
            (
                "2026-11-01T06:30:00Z".to_owned(),
                TimeBasis::NamedZone,
                false
            )
        );
    }

    #[test]
    fn a_date_alone_is_its_first_instant() {
        let day = instant(8, None, Some("ET"));
        assert_eq!(
            day,
            (
                "2026-11-08T05:00:00Z".to_owned(),
                TimeBasis::NamedZone,
                false
            )
        );
    }
}
