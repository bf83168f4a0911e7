//! Calls of the admin routes.

use std::time::Duration;

use anyhow::{Result, bail};
use reqwest::{Method, StatusCode};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::apps::App;

/// Longest time of one call; the platform's front end ends it after 230 s.
const CALL_TIMEOUT: Duration = Duration::from_secs(230);
/// How long an app that does not answer is asked again: a handler that was killed is back within seconds.
pub(crate) const RETRY_FOR: Duration = Duration::from_secs(60);
/// Wait between two such calls.
pub(crate) const RETRY_EVERY: Duration = Duration::from_millis(200);

/// Why a call failed.
#[derive(Debug, Clone)]
pub(crate) enum CallError {
    /// Nobody answers.
    Unreachable { app: String, detail: String },
    /// The app refuses, and says why.
    Refused {
        app: String,
        status: u16,
        error: String,
        message: String,
        what_next: String,
    },
}

impl std::fmt::Display for CallError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unreachable { app, detail } => write!(
                f,
                "{app} cannot be reached: {detail}\nnext: see whether it runs (`crossdock status`), and whether the file of apps is the right one"
            ),
            Self::Refused {
                app,
                message,
                what_next,
                ..
            } => write!(f, "{app}: {message}\nnext: {what_next}"),
        }
    }
}

impl std::error::Error for CallError {}

impl CallError {
    pub(crate) const fn is_unreachable(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }

    /// Whether it passes by itself: the handler was killed or is being started.
    pub(crate) fn passes(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Refused { status, error, .. } => {
                matches!(status, 429 | 503) || (*status >= 500 && error.is_empty())
            }
        }
    }

    /// The stable name of a refusal.
    pub(crate) fn code(&self) -> &str {
        match self {
            Self::Unreachable { .. } => "unreachable",
            Self::Refused { error, .. } => error,
        }
    }
}

/// Calls apps as one operator.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    apps: Vec<App>,
    operator: String,
}

impl Client {
    pub(crate) fn new(apps: Vec<App>, only: Option<&str>, operator: String) -> Result<Self> {
        if let Some(only) = only
            && !apps.iter().any(|app| app.name == only)
        {
            let names: Vec<&str> = apps.iter().map(|app| app.name.as_str()).collect();
            bail!("there is no app `{only}`; there are {}", names.join(", "));
        }
        let http = reqwest::Client::builder().timeout(CALL_TIMEOUT).build()?;
        Ok(Self {
            http,
            apps,
            operator,
        })
    }

    /// The app of this name.
    pub(crate) fn app(&self, name: &str) -> Result<&App> {
        match self.apps.iter().find(|app| app.name == name) {
            Some(app) => Ok(app),
            None => bail!("the file of apps has no `{name}`"),
        }
    }

    /// The one that is asked for, or all.
    pub(crate) fn apps(&self, only: Option<&str>) -> Vec<&App> {
        let wanted = |app: &&App| only.is_none_or(|only| app.name == only);
        self.apps.iter().filter(wanted).collect()
    }

    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        app: &App,
        path: &str,
        query: &[(&str, String)],
    ) -> Result<T, CallError> {
        self.call(app, Method::GET, path, query, None).await
    }

    /// Asks again while the app does not answer.
    pub(crate) async fn get_patiently<T: DeserializeOwned>(
        &self,
        app: &App,
        path: &str,
    ) -> Result<T, CallError> {
        self.patiently(app, Method::GET, path, None).await
    }

    pub(crate) async fn text(
        &self,
        app: &App,
        path: &str,
        query: &[(&str, String)],
    ) -> Result<String, CallError> {
        let bytes = self.bytes(app, &Method::GET, path, query, None).await?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        app: &App,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, CallError> {
        let body = serde_json::to_value(body).unwrap_or_default();
        self.call(app, Method::POST, path, &[], Some(&body)).await
    }

    /// Asks again while the app does not answer. Only for what is safe to repeat.
    pub(crate) async fn post_patiently<T: DeserializeOwned>(
        &self,
        app: &App,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, CallError> {
        let body = serde_json::to_value(body).unwrap_or_default();
        self.patiently(app, Method::POST, path, Some(&body)).await
    }

    async fn patiently<T: DeserializeOwned>(
        &self,
        app: &App,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<T, CallError> {
        let give_up = std::time::Instant::now() + RETRY_FOR;
        loop {
            match self.call(app, method.clone(), path, &[], body).await {
                Err(error) if error.passes() && std::time::Instant::now() < give_up => {
                    tokio::time::sleep(RETRY_EVERY).await;
                }
                answer => return answer,
            }
        }
    }

    async fn call<T: DeserializeOwned>(
        &self,
        app: &App,
        method: Method,
        path: &str,
        query: &[(&str, String)],
        body: Option<&Value>,
    ) -> Result<T, CallError> {
        let bytes = self.bytes(app, &method, path, query, body).await?;
        serde_json::from_slice(&bytes).map_err(|error| CallError::Unreachable {
            app: app.name.clone(),
            detail: format!("it answers something else than this version expects: {error}"),
        })
    }

    async fn bytes(
        &self,
        app: &App,
        method: &Method,
        path: &str,
        query: &[(&str, String)],
        body: Option<&Value>,
    ) -> Result<Vec<u8>, CallError> {
        let unreachable = |error: reqwest::Error| CallError::Unreachable {
            app: app.name.clone(),
            detail: cause(&error),
        };
        let mut request = self
            .http
            .request(method.clone(), format!("{}/api/operate/{path}", app.url))
            .query(query)
            .header("x-functions-key", &app.key)
            .header("x-operator", &self.operator);
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let bytes = response.bytes().await.map_err(unreachable)?;
        match status.is_success() {
            true => Ok(bytes.to_vec()),
            false => Err(refused(app, status, &bytes)),
        }
    }
}

fn refused(app: &App, status: StatusCode, body: &[u8]) -> CallError {
    let told: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |name: &str| told[name].as_str().unwrap_or_default().to_owned();
    let (message, what_next) = match status {
        StatusCode::UNAUTHORIZED => (
            "the key is refused".to_owned(),
            "the admin routes need the app's master key; a function key does not open them"
                .to_owned(),
        ),
        StatusCode::NOT_FOUND if told.is_null() => (
            "it has no admin routes".to_owned(),
            "deploy a version that has the function `admin`".to_owned(),
        ),
        _ if told.is_null() => (
            format!("it answers {status}"),
            "see its log; try again in a moment".to_owned(),
        ),
        _ => (text("message"), text("what_next")),
    };
    CallError::Refused {
        app: app.name.clone(),
        status: status.as_u16(),
        error: text("error"),
        message,
        what_next,
    }
}

/// The innermost cause; the outer ones repeat the URL.
fn cause(error: &reqwest::Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
