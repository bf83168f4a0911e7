//! Geotab's feeds.
//!
//! A first call gives no data but the token of the present; with a date to begin at, it gives what is known since; with
//! the lowest version, everything. Every error comes with status 200.

use std::{sync::Arc, time::Duration};

use futures::future::BoxFuture;
use jiff::Timestamp;
use retry::Exhausted;
use serde::Serialize;

use super::{
    Answer, CallError,
    cursor::{FeedCursor, Position, Step},
    session::Geotab,
};
use crate::{config::Stream, normalize::Page};

/// One call a second and type is what they allow.
const PAUSE: Duration = Duration::from_secs(1);

/// The version before all others.
const BEGINNING: &str = "0000000000000000";

/// One of Geotab's feeds.
#[derive(Debug)]
pub(super) struct GeotabCursor {
    pub(super) account: Arc<Geotab>,
    pub(super) stream: Stream,
}

/// What `GetFeed` is asked.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GetFeed<'a> {
    type_name: &'static str,
    results_limit: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) from_version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    search: Option<Search>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Search {
    from_date: Timestamp,
}

impl FeedCursor for GeotabCursor {
    fn stream(&self) -> Stream {
        self.stream
    }

    fn fetch<'a>(
        &'a self,
        position: &'a Position,
    ) -> BoxFuture<'a, Result<Answer, Exhausted<CallError>>> {
        // Vehicles change too rarely for a feed that begins with the present or the last 24 hours: all are read.
        let from_version = match (&position.token, self.stream) {
            (None, Stream::GeotabDevice) => Some(BEGINNING),
            (token, _) => token.as_deref(),
        };
        Box::pin(async move {
            let ask = GetFeed {
                type_name: self.stream.types(),
                results_limit: self.account.results_limit(),
                from_version,
                // Only on a first call: later it would be in the way of the version.
                search: match (from_version, &position.history) {
                    (None, Some(history)) => Some(Search {
                        from_date: history.from,
                    }),
                    _ => None,
                },
            };
            self.account.get_feed(&ask).await
        })
    }

    fn advance(&self, position: &Position, page: &Page<'_>) -> Step {
        let token = match page.next.as_deref() {
            Some(next) => Some(next.to_owned()),
            None => position.token.clone(),
        };
        let limit = usize::try_from(self.account.results_limit()).unwrap_or(usize::MAX);
        Step {
            // A full page is the only sign that there is more; at the end the token stays as it is.
            more: page.rows >= limit && token != position.token,
            position: Position {
                history: position.history.clone().filter(|_| token.is_none()),
                token,
            },
        }
    }

    fn pause(&self) -> Duration {
        self.account.pause_or(PAUSE)
    }
}
