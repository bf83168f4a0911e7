//! Timer schedules: six-field NCRONTAB or a .NET time span.

use std::time::Duration;

use croner::Cron;
use croner::parser::{CronParser, Seconds};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::app::parse_time_span;

/// When a timer is due, in UTC.
#[derive(Debug, Clone)]
pub(crate) enum Schedule {
    /// Seconds first.
    Cron(Box<Cron>),
    /// A fixed distance from one run to the next.
    Every(Duration),
}

impl Schedule {
    /// Parses a `schedule` value.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if let Some(every) = parse_time_span(text) {
            return if every.is_zero() {
                Err("schedule is a time span of zero".to_owned())
            } else {
                Ok(Self::Every(every))
            };
        }
        // Extensions of the cron parser that NCRONTAB does not know would work here and fail in Azure.
        if text.contains(['#', '?', '+', '@']) || text.split_whitespace().count() != 6 {
            return Err(format!(
                "schedule {text:?} is neither a time span nor a six-field NCRONTAB expression"
            ));
        }
        // In NCRONTAB a day must satisfy both day fields.
        let parser = CronParser::builder()
            .seconds(Seconds::Required)
            .dom_and_dow(true)
            .build();
        let cron = parser
            .parse(text)
            .map_err(|error| format!("schedule {text:?}: {error}"))?;
        Ok(Self::Cron(Box::new(cron)))
    }

    /// First occurrence after `after`; `None` when there is none any more.
    pub(crate) fn next(&self, after: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Cron(cron) => cron
                .find_next_occurrence(&after.to_zoned(TimeZone::UTC), false)
                .ok()
                .map(|next| next.timestamp()),
            Self::Every(every) => after
                .checked_add(SignedDuration::try_from(*every).ok()?)
                .ok(),
        }
    }

    /// Whether two of the next occurrences are closer than a minute.
    pub(crate) fn is_shorter_than_a_minute(&self) -> bool {
        let mut previous = Timestamp::UNIX_EPOCH;
        for _ in 0..10 {
            let Some(next) = self.next(previous) else {
                return false;
            };
            if previous != Timestamp::UNIX_EPOCH
                && next.duration_since(previous) < SignedDuration::from_mins(1)
            {
                return true;
            }
            previous = next;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(schedule: &str, after: &str) -> String {
        Schedule::parse(schedule)
            .unwrap()
            .next(after.parse().unwrap())
            .unwrap()
            .to_string()
    }

    #[test]
    fn occurrences() {
        assert_eq!(
            next("0 */5 * * * *", "2026-01-05T02:15:00Z"),
            "2026-01-05T02:20:00Z"
        );
        assert_eq!(
            next("*/2 * * * * *", "2026-01-05T02:15:01.5Z"),
            "2026-01-05T02:15:02Z"
        );
        assert_eq!(
            next("0 30 9 * * MON", "2026-01-05T09:30:00Z"),
            "2026-01-12T09:30:00Z"
        );
        assert_eq!(
            next("0 0 0 13 * FRI", "2026-01-01T00:00:00Z"),
            "2026-02-13T00:00:00Z"
        );
        assert_eq!(
            next("00:00:02", "2026-01-05T02:15:00Z"),
            "2026-01-05T02:15:02Z"
        );
    }

    #[test]
    fn short_schedules_have_no_monitor() {
        let short = |text| Schedule::parse(text).unwrap().is_shorter_than_a_minute();
        assert!(short("*/30 * * * * *") && short("00:00:59") && short("0,10 0 * * * *"));
        assert!(!short("0 * * * * *") && !short("00:01:00"));
    }

    #[test]
    fn wrong_schedules() {
        for wrong in [
            "",
            "* * * * *",
            "@hourly",
            "61 * * * * *",
            "0 0 0 * * 1#2",
            "00:00:00",
        ] {
            assert!(Schedule::parse(wrong).is_err(), "{wrong}");
        }
    }
}
