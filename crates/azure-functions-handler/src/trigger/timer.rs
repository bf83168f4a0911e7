use serde_json::value::RawValue;

use super::{Payload, Trigger};
use crate::DecodeError;
use crate::envelope::Entries;

/// timerTrigger: it is time.
///
/// One run at a time over all instances, and runs never overlap. Nothing runs a failed one again unless function.json
/// has a `retry` policy; with `maxRetryCount` −1 the retries block the schedule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timer {
    /// What the host remembers of this schedule; absent when `useMonitor` is off (always, below a minute).
    pub schedule_status: Option<ScheduleStatus>,
    /// An occurrence was missed while the app was down.
    pub is_past_due: bool,
}

/// What the host remembers of a schedule. Times are as the host writes them: digits of the fraction and style of the
/// offset vary.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScheduleStatus {
    /// When it last ran.
    pub last: Option<String>,
    /// When it is to run next.
    pub next: Option<String>,
    /// When this was last written.
    pub last_updated: Option<String>,
}

impl Trigger for Timer {
    /// A manual run (`POST /admin/functions/<name>`) may carry any text; it decodes to the default.
    fn decode(payload: &Payload<'_>) -> Result<Self, DecodeError> {
        let text = payload.text()?;
        let by_hand = text == "null"
            || payload.value.get().starts_with('"') && !text.trim_start().starts_with('{');
        if by_hand {
            return Ok(Self::default());
        }
        let wrong = |source| DecodeError::Json {
            binding: payload.binding.to_owned(),
            expected: "a timer",
            source,
        };
        let entries: Entries<'_> = serde_json::from_str(&text).map_err(wrong)?;
        let is_past_due = entries
            .get("IsPastDue")
            .map(RawValue::get)
            .unwrap_or_default();
        Ok(Self {
            schedule_status: entries
                .get("ScheduleStatus")
                .map(status)
                .transpose()
                .map_err(wrong)?
                .flatten(),
            is_past_due: is_past_due.trim_matches('"').eq_ignore_ascii_case("true"),
        })
    }
}

fn status(value: &RawValue) -> Result<Option<ScheduleStatus>, serde_json::Error> {
    let entries: Option<Entries<'_>> = serde_json::from_str(value.get())?;
    Ok(entries.map(|entries| ScheduleStatus {
        last: entries.text("Last"),
        next: entries.text("Next"),
        last_updated: entries.text("LastUpdated"),
    }))
}
