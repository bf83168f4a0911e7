//! timerTrigger: one run at a time, across all hosts that share the state folder.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::app::{Function, TimerTrigger};
use crate::host::Drain;
use crate::invocation::{Payload, Runner, TriggerValue};
use crate::output::Output;
use crate::stop::Stop;

/// How often a host that is not the one running the timer looks whether it may.
const SINGLETON_POLL: Duration = Duration::from_millis(500);

/// What the monitor keeps between runs of the host.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ScheduleStatus {
    last: Option<Timestamp>,
    next: Option<Timestamp>,
    last_updated: Timestamp,
}

/// One timer function.
pub(crate) struct Timer {
    pub(crate) function: Arc<Function>,
    pub(crate) trigger: TimerTrigger,
    pub(crate) runner: Arc<Runner>,
    pub(crate) output: Arc<Output>,
    pub(crate) drain: Drain,
    /// Folder of status files and locks.
    pub(crate) folder: PathBuf,
}

impl Timer {
    /// Runs the function at its times until the host stops.
    pub(crate) async fn run(self, stop: Stop) {
        let Some(_lock) = self.singleton(&stop).await else {
            return;
        };
        let status = self.load();
        let now = Timestamp::now();
        let missed = status
            .as_ref()
            .and_then(|status| self.trigger.schedule.next(status.last_updated))
            .is_some_and(|next| next < now);
        let mut status = status.unwrap_or_else(|| self.status(None, now));
        if missed || self.trigger.run_on_startup {
            self.fire(&mut status, missed, &stop).await;
        } else {
            self.save(&status);
        }
        while !stop.is_stopped() {
            // Occurrences that passed during a run are skipped, not caught up with.
            let now = Timestamp::now();
            let Some(next) = self.trigger.schedule.next(now) else {
                return;
            };
            status.next = Some(next);
            if !stop
                .sleep(Duration::try_from(next.duration_since(now)).unwrap_or_default())
                .await
            {
                return;
            }
            self.fire(&mut status, false, &stop).await;
        }
    }

    async fn fire(&self, status: &mut ScheduleStatus, past_due: bool, stop: &Stop) {
        if !self.drain.open(stop).await {
            return;
        }
        let started = Timestamp::now();
        let info = timer_info(self.trigger.use_monitor.then_some(&*status), past_due);
        // Built from JSON a moment ago, so it is JSON.
        let Ok(info) = serde_json::value::to_raw_value(&info) else {
            return;
        };
        let payload = Payload::new(&self.function.binding, TriggerValue::Object(info));
        // A failed run advances the schedule like any other.
        drop(self.runner.run(&self.function, &payload).await);
        *status = self.status(Some(started), started);
        self.save(status);
    }

    fn status(&self, last: Option<Timestamp>, last_updated: Timestamp) -> ScheduleStatus {
        ScheduleStatus {
            last,
            next: self.trigger.schedule.next(last_updated),
            last_updated,
        }
    }

    fn file(&self, extension: &str) -> PathBuf {
        self.folder
            .join(format!("{}.{extension}", self.function.name))
    }

    fn load(&self) -> Option<ScheduleStatus> {
        let text = self
            .trigger
            .use_monitor
            .then(|| std::fs::read(self.file("json")).ok())
            .flatten()?;
        serde_json::from_slice(&text).ok()
    }

    fn save(&self, status: &ScheduleStatus) {
        if !self.trigger.use_monitor {
            return;
        }
        if let Err(error) = write_whole(
            &self.file("json"),
            &serde_json::to_vec(status).unwrap_or_default(),
        ) {
            self.complain(&format!("the schedule status cannot be kept: {error}"));
        }
    }

    /// Holds the lock of this timer for as long as the file is open; `None` when the host stops first.
    async fn singleton(&self, stop: &Stop) -> Option<File> {
        let locked =
            std::fs::create_dir_all(&self.folder).and_then(|()| File::create(self.file("lock")));
        let file = match locked {
            Ok(file) => file,
            Err(error) => {
                self.complain(&format!("the timer cannot take its lock: {error}"));
                return None;
            }
        };
        while file.try_lock().is_err() {
            if !stop.sleep(SINGLETON_POLL).await {
                return None;
            }
        }
        Some(file)
    }

    fn complain(&self, message: &str) {
        self.output.event(
            &json!({"event": "host_error", "function": self.function.name, "reason": message}),
        );
    }
}

/// `TimerInfo` as the real host writes it; no status when the monitor is off.
fn timer_info(status: Option<&ScheduleStatus>, past_due: bool) -> serde_json::Value {
    let status = status.map(|status| {
        json!({"Last": offset(status.last), "Next": offset(status.next), "LastUpdated": offset(Some(status.last_updated))})
    });
    json!({"Schedule": {"AdjustForDST": true}, "ScheduleStatus": status, "IsPastDue": past_due})
}

/// With `+00:00`; .NET's first instant stands for never.
fn offset(instant: Option<Timestamp>) -> String {
    match instant {
        None => "0001-01-01T00:00:00+00:00".to_owned(),
        Some(instant) => {
            let text = instant.to_string();
            format!("{}+00:00", text.trim_end_matches('Z'))
        }
    }
}

/// A reader sees the old file or the new one, never half of it.
fn write_whole(file: &Path, text: &[u8]) -> std::io::Result<()> {
    let new = file.with_extension("new");
    std::fs::write(&new, text)?;
    std::fs::rename(new, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timer_info_has_the_hosts_form() {
        let status = ScheduleStatus {
            last: None,
            next: Some("2026-01-05T02:15:00Z".parse().unwrap()),
            last_updated: "2026-01-05T02:00:00.0012Z".parse().unwrap(),
        };
        let expected = json!({
            "Schedule": {"AdjustForDST": true},
            "ScheduleStatus": {
                "Last": "0001-01-01T00:00:00+00:00", "Next": "2026-01-05T02:15:00+00:00",
                "LastUpdated": "2026-01-05T02:00:00.0012+00:00",
            },
            "IsPastDue": true,
        });
        assert_eq!(timer_info(Some(&status), true), expected);
        assert_eq!(
            timer_info(None, false)["ScheduleStatus"],
            serde_json::Value::Null
        );
    }
}
