//! What happened to a letter since it was written, and what may happen next.

use record::{Entity, EpochMillis};
use serde::{Deserialize, Serialize};

use super::Attempt;

/// What became of a letter. Nothing is ever deleted; a letter is closed, and can be opened again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Status {
    /// Nobody deals with it.
    Open {
        /// Since when.
        since: EpochMillis,
    },
    /// A replay plan is to deal with it, and nobody else until the claim ends.
    Claimed {
        /// Id of the plan.
        plan: String,
        /// Who started the plan.
        by: String,
        /// Since when.
        since: EpochMillis,
        /// From then on another plan may take it: a runner that died strands nothing.
        until: EpochMillis,
    },
    /// Closed: a replay had an observed outcome.
    Replayed {
        /// Which.
        outcome: ReplayOutcome,
        /// What the replay was about, at most [`TARGETS_MAX`].
        targets: Vec<Target>,
        /// Id of the plan.
        plan: String,
        /// When the outcome was observed.
        at: EpochMillis,
    },
    /// Closed: somebody decided that nothing is to be done.
    Discarded {
        /// Who.
        by: String,
        /// For what reason.
        why: String,
        /// When.
        at: EpochMillis,
    },
    /// Put aside: no longer listed among the open ones, nothing decided.
    Archived {
        /// Who.
        by: String,
        /// For what reason.
        why: String,
        /// When.
        at: EpochMillis,
    },
}

/// Most targets kept of one replay: a message can hold thousands of records.
pub const TARGETS_MAX: usize = 32;

/// What a replay came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ReplayOutcome {
    /// It changed at least one row.
    Applied,
    /// Everything in it was there already.
    Duplicate,
    /// Something newer is there.
    Superseded {
        /// The newer version, as the source counts.
        version: String,
        /// Whose it is: the correlation id of what brought it, if known.
        correlation_id: Option<String>,
    },
}

impl ReplayOutcome {
    /// The stable text.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Duplicate => "duplicate",
            Self::Superseded { .. } => "superseded",
        }
    }
}

/// One record that a replay was about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// What kind of thing.
    pub entity: Entity,
    /// Its key.
    pub key: String,
    /// Its version in the replay.
    pub version: String,
    /// Id of the feed document.
    pub document: String,
}

/// A status without its data, to filter by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// [`Status::Open`].
    Open,
    /// [`Status::Claimed`].
    Claimed,
    /// [`Status::Replayed`].
    Replayed,
    /// [`Status::Discarded`].
    Discarded,
    /// [`Status::Archived`].
    Archived,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 5] = [
        Self::Open,
        Self::Claimed,
        Self::Replayed,
        Self::Discarded,
        Self::Archived,
    ];

    /// The stable text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Claimed => "claimed",
            Self::Replayed => "replayed",
            Self::Discarded => "discarded",
            Self::Archived => "archived",
        }
    }

    /// Reads the stable text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// What is done to a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A plan takes it; the same plan again prolongs its claim.
    Claim {
        /// Id of the plan.
        plan: String,
        /// When the claim ends by itself.
        until: EpochMillis,
    },
    /// A claim ends without an outcome: the plan was cancelled, or an operator takes it away (`plan` is none).
    Release {
        /// The plan that gives it back.
        plan: Option<String>,
    },
    /// The replay had an outcome: the letter is closed.
    Settle {
        /// Id of the plan that holds it.
        plan: String,
        /// What was observed.
        outcome: ReplayOutcome,
        /// What it was about; the first [`TARGETS_MAX`] are kept.
        targets: Vec<Target>,
    },
    /// The replay failed again: another attempt, and the letter is open.
    FailAgain {
        /// Id of the plan that holds it.
        plan: String,
        /// How it failed.
        attempt: Attempt,
    },
    /// Closes it, nothing to be done.
    Discard,
    /// Puts it aside.
    Archive,
    /// Takes back an archiving, a discarding, or the closing by a replay.
    Reopen,
    /// Lays a correction over the bytes, which stay as they are.
    Edit(Correction),
    /// Takes back the last correction.
    UndoEdit,
}

impl Change {
    /// The stable text, in histories and logs.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Claim { .. } => "claim",
            Self::Release { .. } => "release",
            Self::Settle { .. } => "settle",
            Self::FailAgain { .. } => "fail_again",
            Self::Discard => "discard",
            Self::Archive => "archive",
            Self::Reopen => "reopen",
            Self::Edit(_) => "edit",
            Self::UndoEdit => "undo_edit",
        }
    }
}

/// A correction of a letter's bytes, applied when it is replayed. The bytes themselves stay as they came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// How `patch` is to be read.
    pub kind: CorrectionKind,
    /// The patch, or the bytes in their place. At most [`PATCH_BYTES_MAX`].
    pub patch: String,
    /// Whether the patch is sealed, as the bytes are that it corrects: what corrects something personal mostly is, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sealed: bool,
}

impl Correction {
    /// One that says what it does.
    #[must_use]
    pub const fn new(kind: CorrectionKind, patch: String) -> Self {
        Self {
            kind,
            patch,
            sealed: false,
        }
    }
}

/// Most bytes of a correction.
pub const PATCH_BYTES_MAX: usize = 64 * 1024;

/// How a correction is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CorrectionKind {
    /// A JSON Patch (RFC 6902) of the unit.
    JsonPatch,
    /// A text that takes the place of the unit.
    Replacement,
}

/// Who does something, for what reason, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor<'a> {
    /// Who: a person's or an identity's name.
    pub who: &'a str,
    /// For what reason.
    pub why: &'a str,
    /// When.
    pub at: EpochMillis,
}

/// A change that a letter in this state does not allow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{change} is not possible: the letter is {state}{}", held_by(.plan.as_deref()))]
pub struct NotAllowed {
    /// What was asked for.
    pub change: &'static str,
    /// The state that the letter is in.
    pub state: &'static str,
    /// The plan that holds it, if one does.
    pub plan: Option<String>,
}

fn held_by(plan: Option<&str>) -> String {
    plan.map_or_else(String::new, |plan| format!(" by plan {plan}"))
}

impl Status {
    /// The state without its data.
    #[must_use]
    pub const fn state(&self) -> State {
        match self {
            Self::Open { .. } => State::Open,
            Self::Claimed { .. } => State::Claimed,
            Self::Replayed { .. } => State::Replayed,
            Self::Discarded { .. } => State::Discarded,
            Self::Archived { .. } => State::Archived,
        }
    }

    /// The status after a change, or why there is none. The only place that knows which change is possible when.
    ///
    /// # Errors
    /// A change that this status does not allow.
    pub fn after(&self, change: &Change, actor: &Actor<'_>) -> Result<Self, NotAllowed> {
        let (by, why, at) = (actor.who.to_owned(), actor.why.to_owned(), actor.at);
        let open = Self::Open { since: at };
        let holds = |plan: &str| matches!(self, Self::Claimed { plan: held, .. } if held == plan);
        let next = match (change, self) {
            (Change::Claim { plan, until }, Self::Open { .. }) => {
                Some(claimed(plan, by, at, *until))
            }
            (
                Change::Claim { plan, until },
                Self::Claimed {
                    plan: held,
                    until: ends,
                    ..
                },
            ) if held == plan || *ends <= at => Some(claimed(plan, by, at, *until)),
            (Change::Release { plan: None }, Self::Claimed { .. }) => Some(open),
            (Change::Release { plan: Some(plan) }, _) if holds(plan) => Some(open),
            (Change::FailAgain { plan, .. }, _) if holds(plan) => Some(open),
            (
                Change::Settle {
                    plan,
                    outcome,
                    targets,
                },
                _,
            ) if holds(plan) => Some(Self::Replayed {
                outcome: outcome.clone(),
                targets: targets.iter().take(TARGETS_MAX).cloned().collect(),
                plan: plan.clone(),
                at,
            }),
            (Change::Discard, Self::Open { .. } | Self::Archived { .. }) => {
                Some(Self::Discarded { by, why, at })
            }
            (Change::Archive, Self::Open { .. }) => Some(Self::Archived { by, why, at }),
            (
                Change::Reopen,
                Self::Archived { .. } | Self::Discarded { .. } | Self::Replayed { .. },
            ) => Some(open),
            (Change::Edit(_) | Change::UndoEdit, Self::Open { .. }) => Some(self.clone()),
            _ => None,
        };
        next.ok_or_else(|| self.refuse(change))
    }

    fn refuse(&self, change: &Change) -> NotAllowed {
        let plan = match self {
            Self::Claimed { plan, .. } => Some(plan.clone()),
            _ => None,
        };
        NotAllowed {
            change: change.as_str(),
            state: self.state().as_str(),
            plan,
        }
    }
}

fn claimed(plan: &str, by: String, since: EpochMillis, until: EpochMillis) -> Status {
    Status::Claimed {
        plan: plan.to_owned(),
        by,
        since,
        until,
    }
}
