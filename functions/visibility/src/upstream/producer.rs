//! `GET /events` of a DCSA 3.0 producer.

use std::{fmt, time::Duration};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;
use reqwest::Url;
use retry::{Class, Classify, Exhausted, Policy, parse_retry_after};

use super::{
    BODY_LIMIT_BYTES,
    answer::{API_VERSION, NEXT_PAGE_CURSOR},
};

/// Most events that a page is asked to have: about 2 MB.
const PAGE_EVENTS: &str = "1000";
/// Longest time for one attempt.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(60);
/// Most bytes of a refusal that are told.
const DETAIL_BYTES_MAX: usize = 300;

/// Why a page was not read.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The producer answered with something else than success.
    #[error("the producer answers {status}: {detail}")]
    Status {
        /// Its status.
        status: StatusCode,
        /// The shortest wait that it asked for.
        retry_after: Option<Duration>,
        /// The beginning of what it said.
        detail: String,
    },
    /// It did not answer, or not to the end.
    #[error("the producer cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    /// A page that is longer than any that could be pushed.
    #[error("the producer's page is longer than {BODY_LIMIT_BYTES} bytes")]
    TooLong,
}

impl Classify for CallError {
    fn class(&self) -> Class {
        match self {
            Self::Status {
                status,
                retry_after,
                ..
            } if status.is_server_error() || matches!(status.as_u16(), 408 | 429) => {
                Class::Transient {
                    retry_after: *retry_after,
                }
            }
            Self::Unreachable(_) => Class::TRANSIENT,
            Self::Status { .. } | Self::TooLong => Class::Permanent,
        }
    }
}

/// A span of times of update, both ends in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

/// A page of events.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) body: Bytes,
    pub(super) headers: HeaderMap,
    /// Where the next page is. Good for one call.
    pub(super) next: Option<String>,
}

/// Who has the events that were not pushed.
pub struct Producer {
    http: reqwest::Client,
    events: Url,
    token: Option<String>,
    policy: Policy,
}

impl fmt::Debug for Producer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Producer")
            .field("events", &self.events.as_str())
            .finish_non_exhaustive()
    }
}

impl Producer {
    /// The producer whose events are at `events`; `token` is sent to it and to no other. Reaches for no network.
    ///
    /// # Errors
    /// When the TLS of this machine cannot be set up.
    pub fn new(events: Url, token: Option<String>) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            // A redirect could carry the token away.
            .redirect(reqwest::redirect::Policy::none())
            .timeout(ATTEMPT_TIMEOUT)
            .build()?;
        Ok(Self {
            http,
            events,
            token,
            policy: Policy::upstream_call(),
        })
    }

    /// The same producer with another policy for repeating calls.
    #[must_use]
    pub fn with_policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// A page of the events that were updated within `span`: the first one, or the one at `cursor`.
    pub(super) async fn page(
        &self,
        span: Span,
        cursor: Option<&str>,
        now: Timestamp,
    ) -> Result<Page, Exhausted<CallError>> {
        self.policy.run(|| self.attempt(span, cursor, now)).await
    }

    async fn attempt(
        &self,
        span: Span,
        cursor: Option<&str>,
        now: Timestamp,
    ) -> Result<Page, CallError> {
        // The parameters of the first page are repeated with every cursor, as the standard wants it.
        let mut url = self.events.clone();
        url.query_pairs_mut()
            .append_pair("eventUpdatedDateTimeMin", &span.from.to_string())
            .append_pair("eventUpdatedDateTimeMax", &span.to.to_string())
            .append_pair("limit", PAGE_EVENTS)
            .extend_pairs(cursor.map(|cursor| ("cursor", cursor)));
        let mut request = self.http.get(url).header(API_VERSION.0, API_VERSION.1);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        // Errors of the client show the URL, and a cursor is in its query.
        let unreachable = |error: reqwest::Error| CallError::Unreachable(error.without_url());
        let mut response = request.send().await.map_err(unreachable)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            if body.len() + chunk.len() > BODY_LIMIT_BYTES {
                return Err(CallError::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        if !status.is_success() {
            let retry_after = headers
                .get(header::RETRY_AFTER)
                .and_then(|value| parse_retry_after(value.to_str().ok()?, now));
            let said = &body[..body.len().min(DETAIL_BYTES_MAX)];
            return Err(CallError::Status {
                status,
                retry_after,
                detail: String::from_utf8_lossy(said).into_owned(),
            });
        }
        let next = headers
            .get(NEXT_PAGE_CURSOR)
            .and_then(|value| value.to_str().ok())
            .filter(|cursor| !cursor.is_empty())
            .map(str::to_owned);
        Ok(Page {
            body: body.freeze(),
            headers,
            next,
        })
    }
}
