//! Why something that was asked for is not done, and what to do instead.

use feed::{ChangeError, DeadLetterId, FeedError, UnsealError};
use record::EpochMillis;

use crate::{
    Unavailable,
    plan::{Lease, PlanState},
};

/// Why something that was asked for is not done.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The request itself is wrong.
    #[error("{0}")]
    Invalid(String),
    /// There is no such letter in this app.
    #[error("there is no letter {0} in this app")]
    NoSuchLetter(DeadLetterId),
    /// There is no such plan in this app.
    #[error("there is no plan {0} in this app")]
    NoSuchPlan(String),
    /// Nothing matches.
    #[error("no open letter matches")]
    NothingToPlan,
    /// Too much for one plan.
    #[error("more than {0} letters match")]
    TooMany(usize),
    /// A letter that was asked for by its id is not open.
    #[error("letter {id} is not open: {what}")]
    NotOpen {
        /// The letter.
        id: DeadLetterId,
        /// What it is in.
        what: String,
    },
    /// The caller looked at something else.
    #[error("the plan's digest is {planned}, not {asked}")]
    OtherDigest {
        /// The plan's.
        planned: String,
        /// The caller's.
        asked: String,
    },
    /// Letters are no longer as they were planned.
    #[error(
        "{total} of the plan's {letters} letters are no longer as they were planned, such as {}",
        list(changed)
    )]
    SetChanged {
        /// Letters in the plan.
        letters: usize,
        /// How many of them have changed.
        total: usize,
        /// The first of these.
        changed: Vec<DeadLetterId>,
    },
    /// It is too old.
    #[error("the plan has expired at {0}")]
    Expired(EpochMillis),
    /// It is not running.
    #[error("the plan is {}", .0.as_str())]
    NotRunning(PlanState),
    /// Somebody else drives it.
    #[error("{} drives the plan, at least until {}", .0.who, .0.until)]
    DrivenBy(Lease),
    /// A letter was not changed.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// A letter cannot be opened.
    #[error(transparent)]
    Unseal(UnsealError),
    /// The feed does not answer as it should.
    #[error(transparent)]
    Feed(#[from] FeedError),
    /// The feed or the store is away.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The bytes of a letter cannot be had now.
    #[error("{0}")]
    Away(String),
}

impl From<UnsealError> for ReplayError {
    fn from(error: UnsealError) -> Self {
        match error {
            UnsealError::Feed(error) => Self::Feed(error),
            error => Self::Unseal(error),
        }
    }
}

fn list(ids: &[DeadLetterId]) -> String {
    let texts: Vec<&str> = ids.iter().map(DeadLetterId::as_str).collect();
    texts.join(", ")
}

impl ReplayError {
    /// A stable name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "invalid_request",
            Self::NoSuchLetter(_) => "no_such_letter",
            Self::NoSuchPlan(_) => "no_such_plan",
            Self::NothingToPlan => "nothing_to_plan",
            Self::TooMany(_) => "too_many_letters",
            Self::NotOpen { .. } => "letter_not_open",
            Self::OtherDigest { .. } => "other_digest",
            Self::SetChanged { .. } => "set_changed",
            Self::Expired(_) => "plan_expired",
            Self::NotRunning(_) => "plan_not_running",
            Self::DrivenBy(_) => "driven_by_somebody_else",
            Self::Change(ChangeError::Overtaken { .. }) => "overtaken",
            Self::Change(ChangeError::NotAllowed(_)) => "not_allowed",
            Self::Change(ChangeError::NoSuchLetter) => "no_such_letter",
            Self::Change(ChangeError::Correction(_)) => "invalid_correction",
            Self::Unseal(_) => "sealed",
            Self::Change(ChangeError::Feed(_))
            | Self::Feed(_)
            | Self::Unavailable(_)
            | Self::Away(_) => "unavailable",
        }
    }

    /// What to do now, for people.
    #[must_use]
    pub const fn what_next(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "correct the request",
            Self::NoSuchLetter(_) | Self::Change(ChangeError::NoSuchLetter) => {
                "list the letters; each app knows only its own"
            }
            Self::NoSuchPlan(_) => "list the plans; each app knows only its own",
            Self::NothingToPlan => "list the letters with the same filter and without a state",
            Self::TooMany(_) => "narrow the filter, and make several plans",
            Self::NotOpen { .. } => "show the letter; restore it if it is to be replayed after all",
            Self::OtherDigest { .. } => "look at the plan again, then run it with its digest",
            Self::SetChanged { .. } => "make a new plan and look at its dry run",
            Self::Expired(_) => "make a new plan",
            Self::NotRunning(_) => "see who paused or ended it; resume it, or make a new plan",
            Self::DrivenBy(_) => {
                "watch it (`replay watch`); if its driver died, `replay resume` takes over"
            }
            Self::Change(ChangeError::Overtaken { .. } | ChangeError::NotAllowed(_)) => {
                "show the letter: its history says who did what"
            }
            Self::Change(ChangeError::Correction(_)) => "correct the patch and preview it",
            Self::Unseal(_) => "give the app the key it was sealed with, in FEED__sealKeys",
            Self::Change(ChangeError::Feed(_))
            | Self::Feed(_)
            | Self::Unavailable(_)
            | Self::Away(_) => "try again in a moment; nothing that was done is lost",
        }
    }
}
