//! A plan: which letters, in which state they were seen, and how far the run has come.

use feed::{DeadLetterId, ETag, LetterSummary, State, Status};
use record::{Entity, EpochMillis};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::outcome::ItemOutcome;

/// Letters in one document of a plan, and in one round of a run.
pub const ITEMS_PER_CHUNK: usize = 100;

/// Most letters of one plan.
pub const LETTERS_MAX: usize = 500_000;

/// How long a plan may be run: a day. After that the world is another one, and the plan is to be made again.
pub const VALID_FOR_MS: i64 = 24 * 60 * 60 * 1_000;

/// Most records of one letter that are observed; an order of a thousand lines is one decision.
pub const TARGETS_OBSERVED_MAX: usize = 64;

/// Where a plan stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum PlanState {
    /// Made, and not begun.
    Planned,
    /// Begun; whoever calls goes on with it.
    Running,
    /// Held up by somebody.
    Paused {
        /// Who.
        who: String,
        /// When.
        at: EpochMillis,
    },
    /// Every letter has an outcome.
    Finished {
        /// When.
        at: EpochMillis,
    },
    /// Given up; letters without an outcome are open again.
    Cancelled {
        /// Who.
        who: String,
        /// When.
        at: EpochMillis,
    },
}

impl PlanState {
    /// The stable text.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Running => "running",
            Self::Paused { .. } => "paused",
            Self::Finished { .. } => "finished",
            Self::Cancelled { .. } => "cancelled",
        }
    }
}

/// Who is driving a run at the moment. Politeness, not safety: each letter is claimed by its own state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// The caller's own id.
    pub runner: String,
    /// Who calls.
    #[serde(default)]
    pub who: String,
    /// Until when nobody else drives.
    pub until: EpochMillis,
}

/// A plan without its letters, which lie in chunks of [`ITEMS_PER_CHUNK`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Its id.
    pub id: String,
    /// The app whose letters they are.
    pub app: String,
    /// Fingerprint of the list: what is run is what was planned and looked at.
    pub digest: String,
    /// Who made it.
    pub by: String,
    /// For what reason.
    pub why: String,
    /// When.
    pub created_at: EpochMillis,
    /// After that it is not begun, and not gone on with.
    pub expires_at: EpochMillis,
    /// Letters in it.
    pub letters: usize,
    /// Documents that they lie in.
    pub chunks: usize,
    /// The first chunk that may hold a letter which was not tried yet.
    pub next_chunk: usize,
    /// Where it stands.
    #[serde(flatten)]
    pub state: PlanState,
    /// Audit entry of whoever began the run; every change of a letter names it.
    pub run_audit: Option<String>,
    /// When the run began.
    pub run_at: Option<EpochMillis>,
    /// Who is driving.
    pub lease: Option<Lease>,
}

/// A part of a plan's letters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    /// The letters.
    pub items: Vec<Item>,
}

/// One letter of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The letter.
    pub letter: DeadLetterId,
    /// The record's key, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The state that it was planned in.
    pub seen: SeenAs,
    /// What became of it.
    #[serde(flatten)]
    pub state: ItemState,
}

/// What of a letter was seen when it was planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenAs {
    /// The document's state.
    pub etag: ETag,
    /// Since when it was open.
    pub since: EpochMillis,
    /// Whether a correction stood.
    pub edited: bool,
}

impl SeenAs {
    /// Of a letter that is open; none of any other.
    #[must_use]
    pub fn of(letter: &LetterSummary) -> Option<Self> {
        match letter.status {
            Status::Open { since } => Some(Self {
                etag: letter.etag.clone(),
                since,
                edited: letter.edited,
            }),
            _ => None,
        }
    }

    /// Whether the letter is still as it was planned. The same unit failing once more changes nothing about that.
    #[must_use]
    pub fn is_still(&self, letter: &LetterSummary) -> bool {
        Self::of(letter).is_some_and(|now| self.is_same(&now))
    }

    pub(crate) fn is_same(&self, now: &Self) -> bool {
        now.etag == self.etag || (now.since == self.since && now.edited == self.edited)
    }
}

/// What became of a letter of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "item", rename_all = "snake_case")]
pub enum ItemState {
    /// Not tried yet, or tried by a process that died before it could note so.
    Pending,
    /// Its records are in the feed; what the store makes of them is to be observed.
    Awaiting {
        /// The records that this replay brought.
        targets: Vec<Claim>,
        /// Since when.
        since: EpochMillis,
    },
    /// It has an outcome.
    Done {
        /// Which.
        outcome: ItemOutcome,
        /// When it was observed.
        at: EpochMillis,
    },
}

/// A record in the feed, by which the store can be asked for it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Claim {
    /// What kind of thing.
    pub entity: Entity,
    /// Its key.
    pub key: String,
    /// Its version.
    pub version: String,
    /// Its content hash.
    pub hash: String,
    /// Its document.
    pub document: String,
    /// The document's partition.
    pub partition: String,
}

/// Fingerprint of a list of letters in the states in which they were seen: 32 hex digits.
#[must_use]
pub fn digest(app: &str, items: &[Item]) -> String {
    const SEPARATOR: [u8; 1] = [0x1f];
    let mut hash = Sha256::new().chain_update(app);
    for item in items {
        hash = hash
            .chain_update(SEPARATOR)
            .chain_update(item.letter.as_str())
            .chain_update(item.seen.since.0.to_be_bytes())
            .chain_update([u8::from(item.seen.edited)]);
    }
    let whole = hash.finalize();
    whole[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// What a letter is in, in words for somebody who planned something else.
pub(crate) fn in_words(status: &Status) -> String {
    match status {
        Status::Open { .. } => "edited or opened again since it was planned".to_owned(),
        Status::Claimed { plan, by, .. } => format!("claimed by plan {plan} of {by}"),
        Status::Replayed { plan, outcome, .. } => {
            format!("replayed by plan {plan}: {}", outcome.as_str())
        }
        Status::Discarded { by, why, .. } => format!("discarded by {by}: {why}"),
        Status::Archived { by, why, .. } => format!("archived by {by}: {why}"),
    }
}

/// Whether a letter can be planned.
pub(crate) fn plannable(letter: &LetterSummary) -> bool {
    letter.status.state() == State::Open
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(state: PlanState) -> Plan {
        Plan {
            id: "p".to_owned(),
            app: "orders".to_owned(),
            digest: "d".to_owned(),
            by: "ada".to_owned(),
            why: "INC-1".to_owned(),
            created_at: EpochMillis(1),
            expires_at: EpochMillis(2),
            letters: 1,
            chunks: 1,
            next_chunk: 0,
            state,
            run_audit: None,
            run_at: None,
            lease: None,
        }
    }

    #[test]
    fn a_plan_is_read_back_in_every_state() {
        let (who, at) = ("bob".to_owned(), EpochMillis(3));
        for state in [
            PlanState::Planned,
            PlanState::Running,
            PlanState::Paused {
                who: who.clone(),
                at,
            },
            PlanState::Finished { at },
            PlanState::Cancelled { who, at },
        ] {
            let plan = plan(state);
            let json = serde_json::to_string(&plan).unwrap();
            assert_eq!(serde_json::from_str::<Plan>(&json).unwrap(), plan, "{json}");
        }
    }

    #[test]
    fn the_digest_tells_lists_apart() {
        let item = |id: char, since, edited| -> Item {
            let letter = id.to_string().repeat(32);
            let json = serde_json::json!({
                "letter": letter, "item": "pending",
                "seen": {"etag": "e", "since": since, "edited": edited},
            });
            serde_json::from_value(json).unwrap()
        };
        let one = digest("orders", &[item('a', 1, false), item('b', 1, false)]);
        let others = [
            digest("orders", &[item('a', 1, false)]),
            digest("orders", &[item('b', 1, false), item('a', 1, false)]),
            digest("orders", &[item('a', 2, false), item('b', 1, false)]),
            digest("orders", &[item('a', 1, true), item('b', 1, false)]),
            digest("transport", &[item('a', 1, false), item('b', 1, false)]),
        ];
        assert!(one.len() == 32 && others.iter().all(|other| *other != one));
    }
}
