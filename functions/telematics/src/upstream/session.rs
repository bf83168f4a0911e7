//! The session at Geotab, shared by its streams.

use std::{fmt, sync::Arc, time::Duration};

use reqwest::Url;
use retry::{Exhausted, Guard, Policy};
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::sync::Mutex;

use super::{
    Answer, CallError, Clock,
    call::{beginning, client, send},
    cursor::FeedCursor,
    geotab::{GeotabCursor, GetFeed},
};
use crate::{
    config::{self, Stream},
    wire::geotab as wire,
};

/// An error is looked for in bodies up to this size; pages may have megabytes.
const ERROR_BYTES_MAX: usize = 64 * 1024;

/// How Geotab says that calls go on where the sign-in was.
const THIS_SERVER: &str = "ThisServer";

/// Types of errors by which a request with a version is refused for that version.
const ARGUMENT_REFUSED: [&str; 5] = [
    "ArgumentException",
    "ArgumentNullException",
    "ArgumentOutOfRangeException",
    "FormatException",
    "JsonSerializerException",
];

/// An account at Geotab.
pub struct Geotab {
    http: reqwest::Client,
    config: config::Geotab,
    guard: Guard,
    pause: Option<Duration>,
    now: Clock,
    session: Mutex<Option<Arc<Session>>>,
}

/// What a sign-in gives. Never shown: the credentials are as good as the password.
struct Session {
    credentials: Box<RawValue>,
    url: Url,
}

impl fmt::Debug for Geotab {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Geotab")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

/// A call of the JSON-RPC.
#[derive(Serialize)]
struct Rpc<'a, P> {
    jsonrpc: &'static str,
    id: u32,
    method: &'static str,
    params: &'a P,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Authenticate<'a> {
    database: &'a str,
    user_name: &'a str,
    password: &'a str,
}

#[derive(Serialize)]
struct WithCredentials<'a> {
    #[serde(flatten)]
    ask: &'a GetFeed<'a>,
    credentials: &'a RawValue,
}

impl Geotab {
    /// For this account. Reaches for no network.
    ///
    /// # Errors
    /// When the TLS of this machine cannot be set up.
    pub fn new(config: config::Geotab, now: Clock) -> Result<Self, reqwest::Error> {
        Ok(Self {
            http: client()?,
            config,
            guard: Guard::new(Policy::upstream_call(), "geotab"),
            pause: None,
            now,
            session: Mutex::new(None),
        })
    }

    /// The same account with another policy for repeating calls, and another pause between pages.
    #[must_use]
    pub fn with_policy(mut self, policy: Policy, pause: Duration) -> Self {
        self.guard = self.guard.with_policy(policy);
        self.pause = Some(pause);
        self
    }

    /// The cursor of one of its streams.
    #[must_use]
    pub fn cursor(self: &Arc<Self>, stream: Stream) -> Arc<dyn FeedCursor> {
        Arc::new(GeotabCursor {
            account: Arc::clone(self),
            stream,
        })
    }

    pub(super) const fn results_limit(&self) -> u32 {
        self.config.results_limit
    }

    pub(super) fn pause_or(&self, pause: Duration) -> Duration {
        self.pause.unwrap_or(pause)
    }

    /// Asks for a page of a feed, again as long as that may help.
    pub(super) async fn get_feed(&self, ask: &GetFeed<'_>) -> Result<Answer, Exhausted<CallError>> {
        self.guard.run(|| self.attempt(ask)).await
    }

    /// A session ends without a word; it is renewed once. Refused twice, it is the user who is.
    async fn attempt(&self, ask: &GetFeed<'_>) -> Result<Answer, CallError> {
        let session = self.session(None).await?;
        match self.ask(ask, &session).await {
            Err(CallError::UserRefused { .. }) => {
                tracing::info!(event = "signed_in_again", source = "telematics");
                let session = self.session(Some(&session)).await?;
                self.ask(ask, &session).await
            }
            answer => answer,
        }
    }

    async fn ask(&self, ask: &GetFeed<'_>, session: &Session) -> Result<Answer, CallError> {
        let params = WithCredentials {
            ask,
            credentials: &session.credentials,
        };
        let answer = self.call(&session.url, "GetFeed", &params).await;
        answer.map_err(|error| match error {
            CallError::Refused { kind, detail }
                if ask.from_version.is_some()
                    && (ARGUMENT_REFUSED.contains(&kind.as_str())
                        || detail.contains("fromVersion")) =>
            {
                CallError::CursorRefused {
                    detail: format!("{kind}: {detail}"),
                }
            }
            error => error,
        })
    }

    /// The session, signed in to if there is none, or only the one that is known to be refused. One sign-in at a time:
    /// streams that find their session refused together get one new one.
    async fn session(&self, refused: Option<&Arc<Session>>) -> Result<Arc<Session>, CallError> {
        let mut session = self.session.lock().await;
        if let Some(current) = &*session
            && refused.is_none_or(|refused| !Arc::ptr_eq(refused, current))
        {
            return Ok(Arc::clone(current));
        }
        *session = None;
        let fresh = Arc::new(self.sign_in().await?);
        *session = Some(Arc::clone(&fresh));
        Ok(fresh)
    }

    async fn sign_in(&self) -> Result<Session, CallError> {
        let url = rpc_url(&self.config.url);
        let params = Authenticate {
            database: &self.config.database,
            user_name: &self.config.user,
            password: self.config.password.expose(),
        };
        let answer = self.call(&url, "Authenticate", &params).await?;
        let no_session = |error: serde_json::Error| CallError::NoSession {
            // Not the error's text alone but never the body: a session may be in it.
            detail: error.to_string(),
        };
        let envelope: wire::Answer<'_> =
            serde_json::from_slice(&answer.body).map_err(no_session)?;
        let result = envelope.result.map_or("null", RawValue::get);
        let signed_in: wire::SignedIn<'_> = serde_json::from_str(result).map_err(no_session)?;
        let url = match signed_in.path.as_deref() {
            None | Some("" | THIS_SERVER) => url,
            Some(server) => server_url(&self.config.url, server)?,
        };
        Ok(Session {
            credentials: signed_in.credentials.to_owned(),
            url,
        })
    }

    async fn call<P: Serialize + Sync>(
        &self,
        url: &Url,
        method: &'static str,
        params: &P,
    ) -> Result<Answer, CallError> {
        let rpc = Rpc {
            jsonrpc: "2.0",
            id: 1,
            method,
            params,
        };
        let request = self.http.post(url.clone()).json(&rpc);
        let answer = send(request, (self.now)()).await?;
        match error_in(&answer) {
            Some(error) => Err(error),
            None => Ok(answer),
        }
    }
}

/// The error in an answer with a good status. What is no JSON at all is left to `normalize`, which keeps its bytes.
fn error_in(answer: &Answer) -> Option<CallError> {
    let body = &answer.body;
    if body.len() > ERROR_BYTES_MAX {
        return None;
    }
    let envelope: wire::Answer<'_> = serde_json::from_slice(body).ok()?;
    let error = envelope.error?;
    let error: Option<wire::ErrorBody<'_>> = serde_json::from_str(error.get()).ok();
    let (message, data) = error.map_or((None, None), |error| (error.message, error.data));
    let detail = beginning(message.as_deref().unwrap_or_default());
    let kind = data.and_then(|data| data.kind).map_or_else(
        || "an error without a type".to_owned(),
        |kind| beginning(&kind),
    );
    Some(match kind.as_str() {
        "OverLimitException" => CallError::OverLimit {
            retry_after: answer.retry_after,
            detail,
        },
        "InvalidUserException" => CallError::UserRefused { detail },
        _ => CallError::Refused { kind, detail },
    })
}

fn rpc_url(origin: &Url) -> Url {
    let mut url = origin.clone();
    url.set_path("/apiv1");
    url
}

/// Another server of the same provider: it differs from the configured one in the first label of its name only.
fn server_url(origin: &Url, server: &str) -> Result<Url, CallError> {
    let foreign = || CallError::ForeignServer(beginning(server));
    let configured = origin.domain().ok_or_else(foreign)?;
    let (_, domain) = configured.split_once('.').ok_or_else(foreign)?;
    let plain = server
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'));
    let same = server
        .split_once('.')
        .is_some_and(|(label, rest)| !label.is_empty() && rest.eq_ignore_ascii_case(domain));
    if !plain || !same || !domain.contains('.') {
        return Err(foreign());
    }
    let mut url = rpc_url(origin);
    url.set_host(Some(server)).map_err(|_| foreign())?;
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_stays_in_its_domain() {
        let origin: Url = "https://my.geotab.com".parse().unwrap();
        let url = server_url(&origin, "my157.geotab.com").unwrap();
        assert_eq!(url.as_str(), "https://my157.geotab.com/apiv1");
        for server in [
            "evil.com",
            "my.geotab.com.evil.com",
            "geotab.com",
            ".geotab.com",
            "a@b.geotab.com",
            "evil.com/.geotab.com",
            "x:1.geotab.com",
        ] {
            assert!(server_url(&origin, server).is_err(), "{server}");
        }
        let local: Url = "http://127.0.0.1:1".parse().unwrap();
        assert!(server_url(&local, "my1.geotab.com").is_err());
    }
}
