//! Letters of one cause, counted.

use std::collections::{BTreeMap, HashMap};

use record::{EpochMillis, Source};
use serde::{Deserialize, Serialize};

use super::{Filter, LETTERS, Letters};
use crate::{FeedError, Fingerprint, Reason, State, query::Pages};

/// Most groups told apart. A fingerprint holds nothing that a sender chooses, so there are never that many; if there
/// were, the rest would be counted together.
pub const GROUPS_MAX: usize = 10_000;
/// Most app versions kept of one group.
const VERSIONS_MAX: usize = 16;
/// The rate is over this time before now.
const RATE_MS: i64 = 60 * 60 * 1_000;

/// What grouping reads of a letter.
const PROJECTION: &str = "SELECT c.fingerprint, c.reason, c.rule, c.field_path, c.source, c.schema_version, c.app, \
     c.app_version, c.at, c.last_failed_at, c.failures, c.status.state AS state FROM c";

/// Letters of one cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// The cause.
    pub fingerprint: Fingerprint,
    /// The app that fails.
    pub app: String,
    /// Why.
    pub reason: Reason,
    /// Which rule, where a reason has several.
    pub rule: Option<String>,
    /// Where.
    pub field_path: String,
    /// Whose format.
    pub source: Option<Source>,
    /// Which version of the format.
    pub schema_version: String,
    /// How many letters.
    pub letters: u64,
    /// How many of them in each state.
    pub states: BTreeMap<State, u64>,
    /// How often it failed in all.
    pub failures: u64,
    /// The first failure.
    pub first_at: EpochMillis,
    /// The last failure.
    pub last_at: EpochMillis,
    /// Letters in the last hour.
    pub last_hour: u64,
    /// App versions that it was seen in, at most 16, with the first time of each. The one with the earliest began it.
    pub versions: BTreeMap<String, EpochMillis>,
}

impl Group {
    /// The app version that it was first seen in.
    #[must_use]
    pub fn began_with(&self) -> Option<&str> {
        let first = self.versions.iter().min_by_key(|(_, at)| **at);
        first.map(|(version, _)| version.as_str())
    }
}

/// All groups of the letters that match.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Groups {
    /// The groups, the one with the latest failure first.
    pub groups: Vec<Group>,
    /// Letters in all.
    pub letters: u64,
    /// Letters of causes that are not told apart, beyond [`GROUPS_MAX`].
    pub others: u64,
}

#[derive(Debug, Clone, Deserialize)]
struct Row {
    fingerprint: Fingerprint,
    reason: Reason,
    rule: Option<String>,
    field_path: String,
    source: Option<Source>,
    schema_version: String,
    app: String,
    app_version: String,
    at: EpochMillis,
    last_failed_at: EpochMillis,
    failures: u64,
    state: State,
}

impl Letters {
    /// The letters that match, grouped by cause. Reads all of them, a page at a time, and holds one line per group.
    ///
    /// # Errors
    /// When the feed does not answer.
    pub async fn groups(&self, filter: &Filter, now: EpochMillis) -> Result<Groups, FeedError> {
        let (condition, parameters) = filter.condition();
        let text = format!("{PROJECTION}{condition}");
        let mut pages = Pages::<Row>::with(&self.feed, LETTERS, text).parameters(parameters);
        let mut fold = Fold::new(now);
        while let Some(page) = pages.next().await? {
            page.into_iter().for_each(|row| fold.add(row));
        }
        Ok(fold.done())
    }
}

struct Fold {
    now: EpochMillis,
    groups: HashMap<(String, Fingerprint), Group>,
    letters: u64,
    others: u64,
}

impl Fold {
    fn new(now: EpochMillis) -> Self {
        Self {
            now,
            groups: HashMap::new(),
            letters: 0,
            others: 0,
        }
    }

    fn add(&mut self, row: Row) {
        self.letters += 1;
        let key = (row.app.clone(), row.fingerprint.clone());
        if self.groups.len() >= GROUPS_MAX && !self.groups.contains_key(&key) {
            self.others += 1;
            return;
        }
        let recent = self.now.since(row.at) < RATE_MS;
        let group = self.groups.entry(key).or_insert_with(|| begin(&row));
        group.letters += 1;
        group.failures += row.failures;
        group.last_hour += u64::from(recent);
        group.first_at = group.first_at.min(row.at);
        group.last_at = group.last_at.max(row.last_failed_at);
        *group.states.entry(row.state).or_default() += 1;
        note_version(&mut group.versions, row.app_version, row.at);
    }

    fn done(self) -> Groups {
        let mut groups: Vec<Group> = self.groups.into_values().collect();
        groups.sort_by(|a, b| {
            let latest = b.last_at.cmp(&a.last_at);
            latest.then_with(|| a.fingerprint.cmp(&b.fingerprint))
        });
        Groups {
            groups,
            letters: self.letters,
            others: self.others,
        }
    }
}

fn begin(row: &Row) -> Group {
    Group {
        fingerprint: row.fingerprint.clone(),
        app: row.app.clone(),
        reason: row.reason,
        rule: row.rule.clone(),
        field_path: row.field_path.clone(),
        source: row.source,
        schema_version: row.schema_version.clone(),
        letters: 0,
        states: BTreeMap::new(),
        failures: 0,
        first_at: row.at,
        last_at: row.last_failed_at,
        last_hour: 0,
        versions: BTreeMap::new(),
    }
}

/// Keeps the versions that were seen first: what began it is what people look for.
fn note_version(versions: &mut BTreeMap<String, EpochMillis>, version: String, at: EpochMillis) {
    let first = versions.entry(version).or_insert(at);
    *first = (*first).min(at);
    if versions.len() > VERSIONS_MAX {
        let latest = versions.iter().max_by_key(|(_, at)| **at);
        let latest = latest.map(|(version, _)| version.clone());
        latest.map(|latest| versions.remove(&latest));
    }
}
