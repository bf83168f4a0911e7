//! How it behaves: as it should, or as it sometimes does.

use std::sync::{Mutex, PoisonError};

use serde::Deserialize;

/// What is done with requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mode {
    /// Takes everything.
    #[default]
    Take,
    /// 429.
    Throttle,
    /// 439: enough for today.
    Quota,
    /// 503.
    Unavailable,
    /// 400.
    Refuse,
    /// Never answers.
    Hang,
    /// Takes a part of each request.
    Partial,
}

/// A mode, and for how long.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Behaviour {
    pub(crate) mode: Mode,
    /// Seconds that a sender is asked to wait.
    #[serde(default)]
    pub(crate) retry_after_s: Option<u32>,
    /// For so many requests; without it until it is told otherwise.
    #[serde(default)]
    requests: Option<u32>,
}

/// The behaviour that stands.
#[derive(Debug, Default)]
pub(crate) struct Behaving(Mutex<Behaviour>);

impl Behaving {
    pub(crate) fn set(&self, behaviour: Behaviour) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = behaviour;
    }

    /// The behaviour towards the next request.
    pub(crate) fn next(&self) -> Behaviour {
        let mut standing = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = *standing;
        match &mut standing.requests {
            Some(0 | 1) => *standing = Behaviour::default(),
            Some(left) => *left -= 1,
            None => {}
        }
        now
    }
}
