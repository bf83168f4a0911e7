//! `enableProxyingHttpRequest` and `enableForwardingHttpRequest`: the handler gets the request itself.

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::{HeaderName, HeaderValue, StatusCode, header};
use uuid::Uuid;

use super::serve::empty;
use crate::app::{Function, HttpMode};
use crate::invocation::{HOST_VERSION, Runner};

/// Headers that belong to one connection and are not passed on.
const HOP_BY_HOP: [HeaderName; 6] = [
    header::CONNECTION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::PROXY_AUTHORIZATION,
];

/// Original method, path with prefix, query, headers and body; the answer is passed through untouched.
///
/// A status of the handler is the caller's status, whatever it is, and the invocation counts as succeeded.
pub(super) async fn invoke(
    runner: &Runner,
    function: &Function,
    mode: HttpMode,
    request: Request,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let path = parts
        .uri
        .path_and_query()
        .map_or("/", |path| path.as_str())
        .to_owned();
    let has_length = parts
        .headers
        .get(header::CONTENT_LENGTH)
        .is_some_and(|length| length != "0");
    if mode == HttpMode::Forwarding && parts.headers.contains_key(header::TRANSFER_ENCODING) {
        // The header is copied without content there, and the call fails.
        runner.count(&function.name, false);
        return empty(StatusCode::INTERNAL_SERVER_ERROR);
    }
    for name in HOP_BY_HOP {
        parts.headers.remove(name);
    }
    let id = Uuid::new_v4();
    runner.caller.mark(&mut parts.headers, id);
    if let Ok(id) = HeaderValue::from_str(&id.to_string()) {
        parts.headers.insert("x-ms-invocation-id", id);
    }
    if mode == HttpMode::Forwarding {
        append_user_agent(&mut parts.headers);
    }
    let body = if mode == HttpMode::Forwarding && !has_length {
        Body::empty()
    } else {
        body
    };
    parts.version = http::Version::HTTP_11;
    let _proxied = runner.proxying();
    let result = runner
        .caller
        .request(Request::from_parts(parts, body), &path)
        .await;
    runner.count(&function.name, result.is_ok());
    match result {
        Ok(mut response) => {
            for name in HOP_BY_HOP {
                response.headers_mut().remove(name);
            }
            response
        }
        Err(_) => empty(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

fn append_user_agent(headers: &mut http::HeaderMap) {
    let own = format!("Azure-Functions-Host/{HOST_VERSION}");
    let agent = match headers
        .get(header::USER_AGENT)
        .and_then(|agent| agent.to_str().ok())
    {
        Some(agent) => format!("{agent} {own}"),
        None => own,
    };
    if let Ok(agent) = HeaderValue::from_str(&agent) {
        headers.insert(header::USER_AGENT, agent);
    }
}
