//! One call, and why it may fail.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;
use retry::{Away, Class, Classify, http as statuses, parse_retry_after};

/// Longest time for one attempt. Geotab itself gives up after 180 s; a page that takes so long is too large.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(60);

/// Longest answer: 50,000 rows of Geotab, the most that it sends, of 1 kB each and as much again.
const BODY_BYTES_MAX: usize = 100 * 1024 * 1024;

/// Most bytes of an error's body that are told.
const DETAIL_BYTES_MAX: usize = 500;

/// Why a call did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The provider answered with something else than success.
    #[error("the provider answers {status}: {detail}")]
    Status {
        /// Its status.
        status: StatusCode,
        /// The shortest wait that it asked for.
        retry_after: Option<Duration>,
        /// The beginning of what it said.
        detail: String,
    },
    /// It did not answer, or not to the end.
    #[error("the provider cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    /// It is known to be away and was not asked.
    #[error("the provider is known to be away and was not asked")]
    NotAsked,
    /// Too many calls, said with status 200.
    #[error("too many calls: {detail}")]
    OverLimit {
        /// The shortest wait that it asked for.
        retry_after: Option<Duration>,
        /// What it said.
        detail: String,
    },
    /// A page that is longer than any that was asked for.
    #[error("the provider's answer is longer than {BODY_BYTES_MAX} bytes")]
    TooLong,
    /// It does not know where we were in its feed, or not any more.
    #[error("the provider refuses the cursor: {detail}")]
    CursorRefused {
        /// What it said.
        detail: String,
    },
    /// It does not know the session, or the user. It says the same of both.
    #[error("the provider refuses user or session: {detail}")]
    UserRefused {
        /// What it said.
        detail: String,
    },
    /// It sent an error of another type, with status 200.
    #[error("the provider answers {kind}: {detail}")]
    Refused {
        /// The error's type.
        kind: String,
        /// What it said.
        detail: String,
    },
    /// It answered a sign-in with something else than a session.
    #[error("the answer to the sign-in is no session: {detail}")]
    NoSession {
        /// What is wrong with it.
        detail: String,
    },
    /// It named a server outside its own domain. The session is for nobody else.
    #[error("the provider names the server {0}, which is not of the configured domain")]
    ForeignServer(String),
}

/// Types of errors that pass.
const PASSING: [&str; 2] = ["DbUnavailableException", "ServiceUnavailableException"];

impl Classify for CallError {
    fn class(&self) -> Class {
        match self {
            Self::Status {
                status,
                retry_after,
                ..
            } => statuses::classify(status.as_u16(), *retry_after),
            Self::OverLimit { retry_after, .. } => Class::Transient {
                retry_after: *retry_after,
            },
            Self::Unreachable(_) | Self::NotAsked => Class::TRANSIENT,
            Self::Refused { kind, .. } if PASSING.contains(&kind.as_str()) => Class::TRANSIENT,
            Self::TooLong
            | Self::CursorRefused { .. }
            | Self::UserRefused { .. }
            | Self::Refused { .. }
            | Self::NoSession { .. }
            | Self::ForeignServer(_) => Class::Permanent,
        }
    }

    fn is_throttled(&self) -> bool {
        match self {
            Self::OverLimit { .. } => true,
            Self::Status { status, .. } => statuses::is_throttled(status.as_u16()),
            _ => false,
        }
    }
}

impl Away for CallError {
    fn away(_: &'static str) -> Self {
        Self::NotAsked
    }
}

/// A successful answer.
#[derive(Debug)]
pub struct Answer {
    /// The whole body.
    pub body: Bytes,
    /// The shortest wait that was asked for; Geotab asks with status 200.
    pub(super) retry_after: Option<Duration>,
    /// Headers, for a dead letter.
    pub arrival: Vec<(String, String)>,
}

/// A client that follows no redirect: one could carry the token away.
pub(super) fn client() -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(ATTEMPT_TIMEOUT)
        .build()
}

/// Sends a request once.
pub(super) async fn send(
    request: reqwest::RequestBuilder,
    now: Timestamp,
) -> Result<Answer, CallError> {
    // Errors of the client show the URL, and a cursor is in its query.
    let unreachable = |error: reqwest::Error| CallError::Unreachable(error.without_url());
    let mut response = request.send().await.map_err(unreachable)?;
    let (status, headers) = (response.status(), response.headers().clone());
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        if body.len() + chunk.len() > BODY_BYTES_MAX {
            return Err(CallError::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    let retry_after = headers
        .get(header::RETRY_AFTER)
        .and_then(|value| parse_retry_after(value.to_str().ok()?, now));
    if !status.is_success() {
        return Err(CallError::Status {
            status,
            retry_after,
            detail: beginning(&String::from_utf8_lossy(&body)),
        });
    }
    Ok(Answer {
        body: body.freeze(),
        retry_after,
        arrival: pairs(&headers),
    })
}

fn pairs(headers: &HeaderMap) -> Vec<(String, String)> {
    let pair = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.to_string(), value)
    };
    headers.iter().map(pair).collect()
}

/// The beginning of a text whose length the provider decides.
pub(super) fn beginning(text: &str) -> String {
    let end = (0..=text.len().min(DETAIL_BYTES_MAX))
        .rev()
        .find(|end| text.is_char_boundary(*end))
        .unwrap_or_default();
    text[..end].to_owned()
}
