//! The carriers as EDI partners: whose clock is where, and how each writes times.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{TimeZone, offset};

use crate::carrier::place::Town;

/// How a carrier writes the time of a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clock {
    /// `LT` where the town has a state, else `ET`.
    Local,
    /// The zone is named: `CT`.
    Central,
    /// `UT`.
    Universal,
    /// `GM`.
    Greenwich,
    /// Hours from UTC: `01` to `24`.
    Hours,
    /// No code: the partner's own zone is meant.
    Unsaid,
}

/// One carrier.
#[derive(Debug, Clone, Copy)]
pub(super) struct Partner {
    pub(super) scac: &'static str,
    /// As the app is told it.
    zone: &'static str,
    pub(super) currency: &'static str,
    pub(super) clock: Clock,
    /// Whether times have seconds.
    pub(super) seconds: bool,
    /// Whether stops are numbered (L11*QN) instead of being found by their town.
    pub(super) numbered: bool,
}

/// All partners; `CARRIER_PARTNERS` of the app says the same.
pub(super) const PARTNERS: [Partner; 6] = [
    Partner {
        scac: "TSTL",
        zone: "America/New_York",
        currency: "USD",
        clock: Clock::Local,
        seconds: false,
        numbered: false,
    },
    Partner {
        scac: "NRHL",
        zone: "Europe/Stockholm",
        currency: "SEK",
        clock: Clock::Universal,
        seconds: true,
        numbered: false,
    },
    Partner {
        scac: "BGFT",
        zone: "Europe/Berlin",
        currency: "EUR",
        clock: Clock::Unsaid,
        seconds: false,
        numbered: false,
    },
    Partner {
        scac: "KSTR",
        zone: "Europe/London",
        currency: "GBP",
        clock: Clock::Greenwich,
        seconds: false,
        numbered: true,
    },
    Partner {
        scac: "RVRB",
        zone: "Europe/Amsterdam",
        currency: "EUR",
        clock: Clock::Hours,
        seconds: true,
        numbered: false,
    },
    Partner {
        scac: "WGON",
        zone: "Europe/Paris",
        currency: "EUR",
        clock: Clock::Central,
        seconds: false,
        numbered: true,
    },
];

/// The partner that a carrier is.
pub(super) fn index_of(scac: &str) -> usize {
    PARTNERS
        .iter()
        .position(|partner| partner.scac == scac)
        .unwrap_or(0)
}

/// A time as a status writes it, and as the report has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    /// AT705 to AT707.
    pub(super) elements: String,
    /// What is left of the instant, in epoch seconds.
    pub(super) at: i64,
    pub(super) precision: &'static str,
    pub(super) basis: &'static str,
}

impl Partner {
    pub(super) fn zone(&self) -> TimeZone {
        TimeZone::get(self.zone).unwrap_or(TimeZone::UTC)
    }

    /// What the partner's own clock shows.
    pub(super) fn shows(&self, at: Timestamp) -> DateTime {
        at.to_zoned(self.zone()).datetime()
    }

    /// The first instant of the partner's day, in epoch seconds, and that day.
    pub(super) fn day(&self, at: i64) -> (i64, String) {
        let day = self.shows(instant(at)).date();
        let first = day
            .to_zoned(self.zone())
            .map_or(0, |first| first.timestamp().as_second());
        (first, day.strftime("%Y%m%d").to_string())
    }

    /// Writes a time the partner's way.
    pub(super) fn written(&self, at: i64, town: &Town) -> Written {
        let (zone, code, basis) = match self.clock {
            Clock::Local => match town.zone {
                Some(zone) => (
                    TimeZone::get(zone).unwrap_or(TimeZone::UTC),
                    "LT".to_owned(),
                    "local_place",
                ),
                None => (eastern(), "ET".to_owned(), "named_zone"),
            },
            Clock::Central => (central(), "CT".to_owned(), "named_zone"),
            Clock::Universal => (TimeZone::UTC, "UT".to_owned(), "offset"),
            Clock::Greenwich => (TimeZone::UTC, "GM".to_owned(), "offset"),
            Clock::Hours => hours(town.hours),
            Clock::Unsaid => (self.zone(), String::new(), "partner_default"),
        };
        let at = if self.seconds {
            at
        } else {
            at - at.rem_euclid(60)
        };
        let shown = instant(at).to_zoned(zone);
        let time = if self.seconds { "%H%M%S" } else { "%H%M" };
        Written {
            elements: format!(
                "{}*{}*{code}",
                shown.strftime("%Y%m%d"),
                shown.strftime(time)
            ),
            at,
            precision: if self.seconds { "second" } else { "minute" },
            basis,
        }
    }
}

fn eastern() -> TimeZone {
    TimeZone::get("America/New_York").unwrap_or(TimeZone::UTC)
}

fn central() -> TimeZone {
    TimeZone::get("America/Chicago").unwrap_or(TimeZone::UTC)
}

/// `01` is one hour east of UTC, `24` one hour west; UTC itself has no such number.
fn hours(hours: i8) -> (TimeZone, String, &'static str) {
    match hours {
        0 => (TimeZone::UTC, "UT".to_owned(), "offset"),
        1.. => (
            TimeZone::fixed(offset(hours)),
            format!("{hours:02}"),
            "offset",
        ),
        _ => (
            TimeZone::fixed(offset(hours)),
            format!("{:02}", 25 + hours),
            "offset",
        ),
    }
}

/// Epoch seconds as an instant.
pub(super) fn instant(at: i64) -> Timestamp {
    Timestamp::from_second(at).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Epoch seconds as `20261109T1221`, in UTC.
pub(super) fn minute(at: i64) -> String {
    instant(at)
        .to_zoned(TimeZone::UTC)
        .strftime("%Y%m%dT%H%M")
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::carrier::place::town;

    #[test]
    fn each_partner_writes_one_instant_its_own_way() {
        // 2026-11-09T12:21:07Z
        let at = 1_794_226_867;
        let written = |scac| PARTNERS[index_of(scac)].written(at, town("PNCT"));
        for (scac, elements, basis) in [
            ("TSTL", "20261109*0721*LT", "local_place"),
            ("NRHL", "20261109*122107*UT", "offset"),
            ("BGFT", "20261109*1321*", "partner_default"),
            ("KSTR", "20261109*1221*GM", "offset"),
            ("RVRB", "20261109*072107*20", "offset"),
            ("WGON", "20261109*0621*CT", "named_zone"),
        ] {
            let written = written(scac);
            assert_eq!(
                (written.elements.as_str(), written.basis),
                (elements, basis),
                "{scac}"
            );
        }
        assert_eq!(written("TSTL").at, at - 7);
        assert_eq!(minute(at), "20261109T1221");
    }
}
