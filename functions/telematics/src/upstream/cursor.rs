//! How far a stream was read, and what a provider does with that.

use std::{fmt, time::Duration};

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use retry::Exhausted;
use serde::{Deserialize, Serialize};

use super::{Answer, CallError};
use crate::{
    config::Stream,
    normalize::{Kept, Page},
};

/// How far back is read when a provider no longer knows where we were.
pub(super) const HISTORY: SignedDuration = SignedDuration::from_hours(24);

/// Most characters of a token in a message id.
const LABEL_CHARS_MAX: usize = 64;

/// One provider's way of handing out what is new in one stream.
///
/// Providers differ in what a first call gives, in how they say that there is more, that we are too fast, or that they
/// have forgotten where we were. What they have in common is here; the order "readings durable, then the cursor" is
/// [`pull_stream`](super::pull_stream)'s.
pub trait FeedCursor: fmt::Debug + Send + Sync {
    /// The stream.
    fn stream(&self) -> Stream;

    /// Asks for the page at `position`, again as long as that may help.
    /// [`CallError::CursorRefused`] when the provider does not know the position, or not any more.
    fn fetch<'a>(
        &'a self,
        position: &'a Position,
    ) -> BoxFuture<'a, Result<Answer, Exhausted<CallError>>>;

    /// Where to go on once `page`, which was at `position`, is durable.
    fn advance(&self, position: &Position, page: &Page<'_>) -> Step;

    /// The least time between two pages.
    fn pause(&self) -> Duration;
}

/// A place in a stream.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The provider's token; opaque. None before the first call.
    pub token: Option<String>,
    /// What is to be read besides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<History>,
}

/// A span of time that is read once, because the stream itself does not hold it for us any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// Its beginning.
    pub from: Timestamp,
    /// Its end.
    pub to: Timestamp,
    /// The provider's token within it. None before its first page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

impl Position {
    /// The position of one who has read nothing, and wants everything from `from` on.
    #[must_use]
    pub const fn since(from: Timestamp, now: Timestamp) -> Self {
        Self {
            token: None,
            history: Some(History {
                from,
                to: now,
                token: None,
            }),
        }
    }

    /// Names the page for message ids.
    pub(super) fn label(&self) -> String {
        let clip = |token: &str| token.chars().take(LABEL_CHARS_MAX).collect::<String>();
        match (&self.token, &self.history) {
            (None, _) => "first".to_owned(),
            (Some(token), None) => clip(token),
            (Some(_), Some(history)) => {
                let token = history.token.as_deref().map(clip).unwrap_or_default();
                format!("history-{}-{token}", history.from)
            }
        }
    }
}

/// Where a stream goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The next position.
    pub position: Position,
    /// Whether there is something there right now.
    pub more: bool,
}

/// A stream's checkpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cursor {
    pub(super) position: Position,
    /// What was kept lately; decides which readings of the next page are kept.
    pub(super) kept: Kept,
}
