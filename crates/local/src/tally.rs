//! Counts what the apps report, line by line.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use serde::{Deserialize, Serialize};

/// What the apps of one source have reported since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct SourceTally {
    /// Records that upstream messages held, rejected ones included.
    pub received: u64,
    /// Records that were new to the feed.
    pub created: u64,
    /// Records that the feed held already.
    pub duplicate: u64,
    /// Records and units that ended as dead letters when they came in.
    pub dead_lettered: u64,
}

/// Lines of the apps, counted. Shared by the readers of all processes.
///
/// For people who watch: a process that is killed may take its last lines with it. What is proved is proved from the feed
/// and the reporting store.
#[derive(Debug, Clone, Default)]
pub struct Tally(Arc<Mutex<BTreeMap<String, SourceTally>>>);

#[derive(Deserialize)]
struct Ingested {
    source: String,
    #[serde(default)]
    received: u64,
    #[serde(default)]
    created: u64,
    #[serde(default)]
    duplicate: u64,
    #[serde(default)]
    dead_lettered: u64,
}

#[derive(Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Line {
    Ingested(Ingested),
}

impl Tally {
    /// Counts a line if it reports something.
    pub(crate) fn line(&self, line: &str) {
        let Ok(Line::Ingested(ingested)) = serde_json::from_str(line) else {
            return;
        };
        let Ok(mut sources) = self.0.lock() else {
            return;
        };
        let tally = sources.entry(ingested.source).or_default();
        tally.received += ingested.received;
        tally.created += ingested.created;
        tally.duplicate += ingested.duplicate;
        tally.dead_lettered += ingested.dead_lettered;
    }

    /// The counts so far.
    #[must_use]
    pub fn sources(&self) -> BTreeMap<String, SourceTally> {
        self.0
            .lock()
            .map(|sources| sources.clone())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_apps_report_and_passes_over_the_rest() {
        let tally = Tally::default();
        let line = r#"{"level":"INFO","event":"ingested","source":"orders","received":9,"created":7,"duplicate":1,"dead_lettered":1}"#;
        tally.line(line);
        tally.line(line);
        tally.line("not json");
        tally.line(r#"{"event":"host_ready"}"#);
        let expected = SourceTally {
            received: 18,
            created: 14,
            duplicate: 2,
            dead_lettered: 2,
        };
        assert_eq!(
            tally.sources(),
            BTreeMap::from([("orders".to_owned(), expected)])
        );
    }
}
