//! What became of the letters of a plan.

use feed::ReplayOutcome;
use serde::{Deserialize, Serialize};

use crate::plan::ItemState;

/// The outcome of one letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum ItemOutcome {
    /// At least one row holds what it said.
    Applied,
    /// Everything in it was there before.
    Duplicate,
    /// Something newer is there.
    Superseded {
        /// The newer version.
        version: String,
        /// Who said it.
        #[serde(default)]
        source: Option<String>,
        /// Its document in the feed.
        #[serde(default)]
        document: Option<String>,
        /// The id of the message that it came in.
        #[serde(default)]
        correlation_id: Option<String>,
    },
    /// It failed once more; the letter is open again, with one attempt more.
    FailedAgain {
        /// The reason's code.
        reason: String,
        /// Where.
        place: String,
        /// What exactly.
        detail: String,
    },
    /// Somebody changed the letter after it was planned, so that it was left alone.
    Changed {
        /// What it is in now, and what was done to it.
        what: String,
    },
}

impl ItemOutcome {
    /// The stable text.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Duplicate => "duplicate",
            Self::Superseded { .. } => "superseded",
            Self::FailedAgain { .. } => "failed_again",
            Self::Changed { .. } => "changed",
        }
    }

    /// The outcome with which the letter is closed; none where it stays open.
    #[must_use]
    pub fn closes_with(&self) -> Option<ReplayOutcome> {
        match self {
            Self::Applied => Some(ReplayOutcome::Applied),
            Self::Duplicate => Some(ReplayOutcome::Duplicate),
            Self::Superseded {
                version,
                correlation_id,
                ..
            } => Some(ReplayOutcome::Superseded {
                version: version.clone(),
                correlation_id: correlation_id.clone(),
            }),
            Self::FailedAgain { .. } | Self::Changed { .. } => None,
        }
    }
}

impl From<&ReplayOutcome> for ItemOutcome {
    fn from(outcome: &ReplayOutcome) -> Self {
        match outcome {
            ReplayOutcome::Applied => Self::Applied,
            ReplayOutcome::Duplicate => Self::Duplicate,
            ReplayOutcome::Superseded {
                version,
                correlation_id,
            } => Self::Superseded {
                version: version.clone(),
                source: None,
                document: None,
                correlation_id: correlation_id.clone(),
            },
        }
    }
}

/// Letters of a plan by what became of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Not tried yet.
    pub pending: usize,
    /// In the feed, not observed yet.
    pub awaiting: usize,
    /// Applied.
    pub applied: usize,
    /// There before.
    pub duplicate: usize,
    /// Older than what is there.
    pub superseded: usize,
    /// Failed once more.
    pub failed_again: usize,
    /// Changed by somebody, and left alone.
    pub changed: usize,
}

impl Counts {
    /// Counts one letter.
    pub const fn add(&mut self, state: &ItemState) {
        match state {
            ItemState::Pending => self.pending += 1,
            ItemState::Awaiting { .. } => self.awaiting += 1,
            ItemState::Done { outcome, .. } => match outcome {
                ItemOutcome::Applied => self.applied += 1,
                ItemOutcome::Duplicate => self.duplicate += 1,
                ItemOutcome::Superseded { .. } => self.superseded += 1,
                ItemOutcome::FailedAgain { .. } => self.failed_again += 1,
                ItemOutcome::Changed { .. } => self.changed += 1,
            },
        }
    }

    /// Counts what others count.
    pub const fn extend(&mut self, others: &Self) {
        self.pending += others.pending;
        self.awaiting += others.awaiting;
        self.applied += others.applied;
        self.duplicate += others.duplicate;
        self.superseded += others.superseded;
        self.failed_again += others.failed_again;
        self.changed += others.changed;
    }

    /// Letters with an outcome.
    #[must_use]
    pub const fn done(&self) -> usize {
        self.applied + self.duplicate + self.superseded + self.failed_again + self.changed
    }
}

#[cfg(test)]
mod tests {
    use record::EpochMillis;

    use super::*;

    #[test]
    fn every_outcome_is_read_back_and_counted() {
        let superseded = ItemOutcome::Superseded {
            version: "1".to_owned(),
            source: None,
            document: None,
            correlation_id: None,
        };
        let failed = ItemOutcome::FailedAgain {
            reason: "E102".to_owned(),
            place: "$".to_owned(),
            detail: "x".to_owned(),
        };
        let changed = ItemOutcome::Changed {
            what: "discarded".to_owned(),
        };
        let mut counts = Counts::default();
        for outcome in [
            ItemOutcome::Applied,
            ItemOutcome::Duplicate,
            superseded,
            failed,
            changed,
        ] {
            let state = ItemState::Done {
                outcome,
                at: EpochMillis(1),
            };
            let json = serde_json::to_string(&state).unwrap();
            assert_eq!(
                serde_json::from_str::<ItemState>(&json).unwrap(),
                state,
                "{json}"
            );
            counts.add(&state);
        }
        assert_eq!(counts.done(), 5);
    }
}
