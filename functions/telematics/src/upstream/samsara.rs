//! Samsara's feeds.
//!
//! The first call, without a cursor, gives the last known reading of every vehicle. A history is a walk of its own with a
//! cursor of its own; it is made after the first call, so that the two overlap instead of leaving a gap.

use std::{fmt, sync::Arc, time::Duration};

use futures::future::BoxFuture;
use reqwest::Url;
use retry::{Exhausted, Guard, Policy};
use settings::Secret;

use super::{
    Answer, CallError, Clock,
    call::{client, send},
    cursor::{FeedCursor, History, Position, Step},
};
use crate::{
    config::{self, Stream},
    normalize::Page,
};

/// An account at Samsara.
pub struct Samsara {
    http: reqwest::Client,
    url: String,
    token: Secret,
    guard: Guard,
    now: Clock,
}

impl fmt::Debug for Samsara {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Samsara")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl Samsara {
    /// For this account. Reaches for no network.
    ///
    /// # Errors
    /// When the TLS of this machine cannot be set up.
    pub fn new(config: &config::Samsara, now: Clock) -> Result<Self, reqwest::Error> {
        Ok(Self {
            http: client()?,
            url: config.url.as_str().trim_end_matches('/').to_owned(),
            token: config.token.clone(),
            guard: Guard::new(Policy::upstream_call(), "samsara"),
            now,
        })
    }

    /// The same account with another policy for repeating calls.
    #[must_use]
    pub fn with_policy(mut self, policy: Policy) -> Self {
        self.guard = self.guard.with_policy(policy);
        self
    }

    /// The cursor of one of its streams.
    #[must_use]
    pub fn cursor(self: &Arc<Self>, stream: Stream) -> Arc<dyn FeedCursor> {
        Arc::new(SamsaraCursor {
            account: Arc::clone(self),
            stream,
        })
    }
}

/// One of Samsara's feeds.
#[derive(Debug)]
struct SamsaraCursor {
    account: Arc<Samsara>,
    stream: Stream,
}

impl FeedCursor for SamsaraCursor {
    fn stream(&self) -> Stream {
        self.stream
    }

    fn fetch<'a>(
        &'a self,
        position: &'a Position,
    ) -> BoxFuture<'a, Result<Answer, Exhausted<CallError>>> {
        Box::pin(self.account.guard.run(|| self.attempt(position)))
    }

    fn advance(&self, position: &Position, page: &Page<'_>) -> Step {
        let next = page.next.as_deref().map(str::to_owned);
        let more = page.more == Some(true);
        match &position.history {
            // A history ends with an empty cursor, or with the last page.
            Some(history) if position.token.is_some() => Step {
                position: Position {
                    token: position.token.clone(),
                    history: next.filter(|_| more).map(|next| History {
                        token: Some(next),
                        ..history.clone()
                    }),
                },
                more: true,
            },
            history => Step {
                position: Position {
                    token: next.or_else(|| position.token.clone()),
                    history: history.clone(),
                },
                more: more || history.is_some(),
            },
        }
    }

    /// Their limits are hundreds of calls a second.
    fn pause(&self) -> Duration {
        Duration::ZERO
    }
}

impl SamsaraCursor {
    async fn attempt(&self, position: &Position) -> Result<Answer, CallError> {
        let request = self
            .account
            .http
            .get(self.url(position)?)
            .bearer_auth(self.account.token.expose());
        let answer = send(request, (self.account.now)()).await;
        answer.map_err(|error| match error {
            CallError::Status { status, detail, .. }
                if matches!(status.as_u16(), 400 | 410 | 422) && token(position).is_some() =>
            {
                CallError::CursorRefused {
                    detail: format!("{status}: {detail}"),
                }
            }
            error => error,
        })
    }

    fn url(&self, position: &Position) -> Result<Url, CallError> {
        let url = |kind: &str| format!("{}/fleet/vehicles/stats/{kind}", self.account.url);
        let types = ("types", self.stream.types());
        let (from, to);
        let (url, mut query) = match (&position.token, &position.history) {
            (Some(_), Some(history)) => {
                (from, to) = (history.from.to_string(), history.to.to_string());
                (
                    url("history"),
                    vec![
                        types,
                        ("startTime", from.as_str()),
                        ("endTime", to.as_str()),
                    ],
                )
            }
            _ => (url("feed"), vec![types]),
        };
        query.extend(token(position).map(|token| ("after", token)));
        Url::parse_with_params(&url, &query).map_err(|error| CallError::Refused {
            kind: "no URL".to_owned(),
            detail: error.to_string(),
        })
    }
}

/// The token that a call at `position` carries.
fn token(position: &Position) -> Option<&str> {
    match &position.history {
        Some(history) if position.token.is_some() => history.token.as_deref(),
        _ => position.token.as_deref(),
    }
}
