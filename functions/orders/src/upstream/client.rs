//! Calls of the upstream's API.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use azure_core::credentials::TokenCredential;
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;
use reqwest::Url;
use retry::{Away, Class, Classify, Exhausted, Guard, Policy, http as statuses, parse_retry_after};

/// What tokens for Business Central are asked for.
const SCOPE: &str = "https://api.businesscentral.dynamics.com/.default";

/// Longest time for one attempt. A page of 500 orders takes one or two seconds.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(60);

/// Most bytes of an error's body that are told.
const DETAIL_BYTES_MAX: usize = 500;

/// Why a call did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The upstream answered with something else than success.
    #[error("the upstream answers {status}: {detail}")]
    Status {
        /// Its status.
        status: StatusCode,
        /// The shortest wait that it asked for.
        retry_after: Option<Duration>,
        /// The beginning of what it said.
        detail: String,
    },
    /// It did not answer, or not to the end.
    #[error("the upstream cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    /// It is known to be away and was not asked.
    #[error("the upstream is known to be away and was not asked")]
    NotAsked,
    /// There is no token for it.
    #[error("no token for the upstream")]
    Token(#[source] azure_core::Error),
    /// It sent a link to somewhere else. Our token is for nobody but the configured API.
    #[error("the upstream links to {0}, which is not the configured origin")]
    ForeignOrigin(String),
    /// It sent a link that is no URL.
    #[error("the upstream's link is no URL")]
    NotAUrl,
    /// It linked back to a page that was read before.
    #[error("the upstream's pages lead in a circle")]
    Circle,
}

impl Classify for CallError {
    fn class(&self) -> Class {
        match self {
            // 504 comes from the gateway after ten minutes, 408 from the service after eight.
            Self::Status {
                status,
                retry_after,
                ..
            } => statuses::classify(status.as_u16(), *retry_after),
            Self::Unreachable(_) | Self::Token(_) | Self::NotAsked => Class::TRANSIENT,
            Self::ForeignOrigin(_) | Self::NotAUrl | Self::Circle => Class::Permanent,
        }
    }

    fn is_throttled(&self) -> bool {
        self.status()
            .is_some_and(|status| statuses::is_throttled(status.as_u16()))
    }
}

impl Away for CallError {
    fn away(_: &'static str) -> Self {
        Self::NotAsked
    }
}

impl CallError {
    /// The status that the upstream answered with, if it answered.
    #[must_use]
    pub const fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Status { status, .. } => Some(*status),
            _ => None,
        }
    }
}

/// A successful answer.
#[derive(Debug)]
pub struct Answer {
    /// The whole body.
    pub body: Bytes,
    /// The upstream's clock when it answered, in whole seconds.
    pub date: Option<Timestamp>,
    /// Headers, for a dead letter.
    pub arrival: Vec<(String, String)>,
}

/// Whether changes are to be tracked from this request on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tracking {
    /// Plain pages.
    Off,
    /// Pages whose last one holds a link to the changes since.
    On,
}

/// The upstream's API.
pub struct Client {
    http: reqwest::Client,
    collection: String,
    origin: reqwest::Url,
    credential: Arc<dyn TokenCredential>,
    /// Halved when the upstream finds a page too large; stays so until the process ends.
    page_size: AtomicU32,
    guard: Guard,
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("collection", &self.collection)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// For the orders of one company. Reaches for no network.
    ///
    /// # Errors
    /// When the TLS of this machine cannot be set up.
    pub fn new(
        api_url: &Url,
        company_id: &str,
        page_size: u32,
        credential: Arc<dyn TokenCredential>,
        now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    ) -> Result<Self, reqwest::Error> {
        // A redirect could carry the token away.
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(ATTEMPT_TIMEOUT)
            .build()?;
        Ok(Self {
            http,
            collection: format!(
                "{}/companies({company_id})/salesOrders",
                api_url.as_str().trim_end_matches('/')
            ),
            origin: api_url.clone(),
            credential,
            page_size: AtomicU32::new(page_size),
            guard: Guard::new(Policy::upstream_call(), "orders"),
            now,
        })
    }

    /// The same client with another policy for repeating calls.
    #[must_use]
    pub fn with_policy(mut self, policy: Policy) -> Self {
        self.guard = self.guard.with_policy(policy);
        self
    }

    /// The first page of all orders that changed at or after `from`, oldest first, with their lines.
    pub(super) fn changed_since(&self, from: Timestamp) -> Result<Url, CallError> {
        // The id makes the order total, without which a page may begin anywhere within one instant.
        self.link(&format!(
            "{}?$expand=salesOrderLines&$filter=lastModifiedDateTime%20ge%20{from}&$orderby=lastModifiedDateTime,id",
            self.collection
        ))
    }

    /// The first page of all orders, without lines: the upstream refuses every option together with tracking.
    pub(super) fn baseline(&self) -> Result<Url, CallError> {
        self.link(&self.collection)
    }

    /// One order with its lines.
    pub(super) fn order(&self, id: &str) -> Result<Url, CallError> {
        self.link(&format!(
            "{}({id})?$expand=salesOrderLines",
            self.collection
        ))
    }

    /// A link that the upstream sent, absolute or not, if it leads to the configured origin.
    pub(super) fn link(&self, link: &str) -> Result<Url, CallError> {
        let url = self.origin.join(link).map_err(|_| CallError::NotAUrl)?;
        if url.origin() == self.origin.origin() {
            Ok(url)
        } else {
            Err(CallError::ForeignOrigin(url.origin().ascii_serialization()))
        }
    }

    /// [`Client::get`] of a link that was kept from an earlier pull.
    pub(super) async fn follow(
        &self,
        link: &str,
        tracking: Tracking,
    ) -> Result<Answer, Exhausted<CallError>> {
        // No call is made for a link that must not be followed, so nothing is repeated either.
        let url = self.guard.run(|| async { self.link(link) }).await?;
        self.get(&url, tracking).await
    }

    /// Calls, and calls again as long as that may help. A page that is too large is asked for in halves.
    pub(super) async fn get(
        &self,
        url: &Url,
        tracking: Tracking,
    ) -> Result<Answer, Exhausted<CallError>> {
        loop {
            let page_size = self.page_size.load(Ordering::Relaxed);
            let answer = self
                .guard
                .run(|| self.attempt(url, tracking, page_size))
                .await;
            match answer {
                Err(Exhausted { error, .. })
                    if error.status() == Some(StatusCode::PAYLOAD_TOO_LARGE) && page_size > 1 =>
                {
                    self.page_size.store(page_size / 2, Ordering::Relaxed);
                    tracing::warn!(
                        event = "page_too_large",
                        source = "orders",
                        page_size,
                        page_size_next = page_size / 2
                    );
                }
                answer => return answer,
            }
        }
    }

    async fn attempt(
        &self,
        url: &Url,
        tracking: Tracking,
        page_size: u32,
    ) -> Result<Answer, CallError> {
        let token = self
            .credential
            .get_token(&[SCOPE], None)
            .await
            .map_err(CallError::Token)?;
        let prefer = match tracking {
            Tracking::Off => format!("odata.maxpagesize={page_size}"),
            Tracking::On => format!("odata.track-changes,odata.maxpagesize={page_size}"),
        };
        let response = self
            .http
            .get(url.clone())
            .bearer_auth(token.token.secret())
            .header("prefer", prefer)
            // Served from a replica, so that a pull slows nobody who works on orders.
            .header("data-access-intent", "ReadOnly")
            // The language decides how values are written, too.
            .header(header::ACCEPT_LANGUAGE, "en-US")
            .send()
            .await
            .map_err(CallError::Unreachable)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes().await.map_err(CallError::Unreachable)?;
        if !status.is_success() {
            return Err(self.refusal(status, &headers, &body));
        }
        let date = text(&headers, &header::DATE)
            .and_then(|date| Timestamp::try_from(httpdate::parse_http_date(date).ok()?).ok());
        let pair = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            (
                name.to_string(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        };
        Ok(Answer {
            body,
            date,
            arrival: headers.iter().map(pair).collect(),
        })
    }

    fn refusal(&self, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> CallError {
        let beginning = &body[..body.len().min(DETAIL_BYTES_MAX)];
        CallError::Status {
            status,
            retry_after: text(headers, &header::RETRY_AFTER)
                .and_then(|value| parse_retry_after(value, (self.now)())),
            detail: String::from_utf8_lossy(beginning).into_owned(),
        }
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &header::HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}
