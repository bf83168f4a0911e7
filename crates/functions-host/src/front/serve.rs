//! From a request to a function.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::{Method, StatusCode};
use tower_http::limit::RequestBodyLimitLayer;

use super::template::Parameters;
use super::{forward, payload};
use crate::admin;
use crate::app::{App, Function, HttpMode, HttpTrigger, Trigger};
use crate::handler::Handler;
use crate::host::Drain;
use crate::invocation::RewriteDates;
use crate::invocation::Runner;
use crate::keys::Keys;
use crate::trigger::cosmos::CosmosStatus;
use crate::trigger::queue::QueueStatus;

/// The real host's limit of a request body, in bytes.
pub(crate) const REQUEST_BODY_LIMIT: usize = 100 * 1024 * 1024;

/// Everything that answers HTTP.
#[derive(Debug)]
pub(crate) struct Front {
    pub(crate) app: Arc<App>,
    pub(crate) keys: Keys,
    pub(crate) runner: Arc<Runner>,
    pub(crate) handler: Handler,
    pub(crate) drain: Drain,
    pub(crate) rewrite: RewriteDates,
    pub(crate) cosmos: BTreeMap<String, Arc<CosmosStatus>>,
    pub(crate) queues: BTreeMap<String, Arc<QueueStatus>>,
    pub(crate) port: u16,
}

/// The whole front as one service.
pub(crate) fn router(front: Front) -> Router {
    Router::new()
        .fallback(handle)
        .layer(RequestBodyLimitLayer::new(REQUEST_BODY_LIMIT))
        .with_state(Arc::new(front))
}

async fn handle(State(front): State<Arc<Front>>, request: Request) -> Response {
    let Some(path) = decoded_segments(request.uri().path()) else {
        return empty(StatusCode::BAD_REQUEST);
    };
    if path
        .first()
        .is_some_and(|first| first.eq_ignore_ascii_case("admin"))
    {
        return admin::handle(front, &path, request).await;
    }
    let Some((function, trigger, parameters)) = front.route(&path, request.method()) else {
        return empty(StatusCode::NOT_FOUND);
    };
    if !front.keys.opens(trigger.level, key(&request).as_deref()) {
        return empty(StatusCode::UNAUTHORIZED);
    }
    match (front.app.host_json.http_mode, trigger.is_pure) {
        (HttpMode::Payload, _) | (_, false) => {
            payload::invoke(&front, function, trigger, parameters, request).await
        }
        (mode, true) => forward::invoke(&front.runner, function, mode, request).await,
    }
}

impl Front {
    fn route(
        &self,
        path: &[String],
        method: &Method,
    ) -> Option<(&Function, &HttpTrigger, Parameters)> {
        let prefix: Vec<_> = self
            .app
            .host_json
            .route_prefix
            .split('/')
            .filter(|part| !part.is_empty())
            .collect();
        let (head, tail) = path.split_at_checked(prefix.len())?;
        if !head
            .iter()
            .zip(&prefix)
            .all(|(part, prefix)| part.eq_ignore_ascii_case(prefix))
        {
            return None;
        }
        let candidates = self
            .app
            .functions
            .iter()
            .filter_map(|function| match &function.trigger {
                Trigger::Http(trigger) => Some((function.as_ref(), trigger)),
                Trigger::Timer(_) | Trigger::CosmosDb(_) | Trigger::Queue(_) => None,
            });
        let takes = |trigger: &HttpTrigger| {
            trigger.methods.is_empty() || trigger.methods.iter().any(|m| m == method.as_str())
        };
        candidates
            .filter(|(_, trigger)| takes(trigger))
            .filter_map(|(function, trigger)| {
                trigger
                    .route
                    .matches(tail)
                    .map(|found| (function, trigger, found))
            })
            .min_by(|(_, left, _), (_, right, _)| left.route.precedence(&right.route))
    }
}

/// The caller's key: the header wins over the query.
pub(crate) fn key(request: &Request) -> Option<String> {
    if let Some(header) = request.headers().get("x-functions-key") {
        return header.to_str().ok().map(str::to_owned);
    }
    query(request)
        .into_iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("code"))
        .map(|(_, value)| value)
}

/// The query, decoded, in order.
pub(crate) fn query(request: &Request) -> Vec<(String, String)> {
    // Text that does not decode is no query.
    axum::extract::Query::<Vec<(String, String)>>::try_from_uri(request.uri())
        .map(|query| query.0)
        .unwrap_or_default()
}

pub(crate) fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

fn decoded_segments(path: &str) -> Option<Vec<String>> {
    path.split('/')
        .filter(|part| !part.is_empty())
        .map(percent_decoded)
        .collect()
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        let (high, low) = (digit(rest.next())?, digit(rest.next())?);
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(bytes).ok()
}
