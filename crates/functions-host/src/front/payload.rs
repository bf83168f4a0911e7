//! HTTP functions in the default mode: the request as `Data.req`, the answer from the http output.

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use base64::Engine as _;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};

use super::serve::{Front, REQUEST_BODY_LIMIT, empty, key, query};
use super::template::Parameters;
use crate::app::{Function, HttpTrigger};
use crate::invocation::{Answer, Outcome, Payload, TriggerValue, binding_data, encode_text};
use crate::keys::AuthLevel;

/// Runs the function with the request as its payload.
pub(super) async fn invoke(
    front: &Front,
    function: &Function,
    trigger: &HttpTrigger,
    parameters: Parameters,
    request: Request,
) -> Response {
    let level = match key(&request) {
        key if front.keys.opens(AuthLevel::Admin, key.as_deref()) => Some("Admin"),
        key if front.keys.opens(AuthLevel::Function, key.as_deref()) => Some("Function"),
        _ => None,
    };
    let queries = joined(query(&request));
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, REQUEST_BODY_LIMIT).await else {
        return empty(StatusCode::PAYLOAD_TOO_LARGE);
    };
    let host = parts
        .headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let host = host.map_or_else(|| format!("localhost:{}", front.port), str::to_owned);
    let mut data = json!({
        "Url": format!("http://{host}{}", parts.uri),
        "Method": parts.method.as_str(),
        "Query": queries,
        "Headers": headers_of(&parts.headers, Value::from),
        "Params": parameters.iter().cloned().map(|(name, value)| (name, Value::from(value))).collect::<Map<_, _>>(),
        "Identities": identities(level),
    });
    let body = body_text(&parts.headers, &body);
    if let Some(body) = &body {
        data["Body"] = Value::from(body.as_str());
    }
    let Ok(object) = serde_json::value::to_raw_value(&data) else {
        return empty(StatusCode::INTERNAL_SERVER_ERROR);
    };
    let mut payload = Payload::new(&function.binding, TriggerValue::Object(object));
    payload.metadata = body.as_deref().map(binding_data).unwrap_or_default();
    let texts = queries
        .iter()
        .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()));
    let texts = texts.chain(
        parameters
            .into_iter()
            .filter_map(|(name, value)| value.map(|value| (name, value))),
    );
    payload
        .metadata
        .extend(texts.map(|(name, text)| (name, encode_text(&text))));
    payload.metadata.push((
        "Query".to_owned(),
        Value::Object(queries.clone()).to_string(),
    ));
    let flat = headers_of(&parts.headers, |values| Value::from(values.join(",")));
    payload
        .metadata
        .push(("Headers".to_owned(), Value::Object(flat).to_string()));
    match front.runner.run(function, &payload).await {
        Outcome::Succeeded(answer) => respond(trigger.output.as_deref(), answer),
        Outcome::Failed | Outcome::Cancelled => empty(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

/// Repeated keys are joined with commas.
fn joined(query: Vec<(String, String)>) -> Map<String, Value> {
    let mut fields = Map::new();
    for (name, value) in query {
        match fields.get_mut(&name) {
            Some(Value::String(text)) => {
                text.push(',');
                text.push_str(&value);
            }
            _ => drop(fields.insert(name, Value::String(value))),
        }
    }
    fields
}

fn headers_of(headers: &HeaderMap, encode: impl Fn(Vec<String>) -> Value) -> Map<String, Value> {
    let values = |name: &HeaderName| {
        headers
            .get_all(name)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .collect()
    };
    headers
        .keys()
        .map(|name| (titled(name.as_str()), encode(values(name))))
        .collect()
}

/// Well-known names are printed in the usual case; names on the wire have lost theirs.
fn titled(name: &str) -> String {
    if name.starts_with("x-") || name == "traceparent" || name == "tracestate" {
        return name.to_owned();
    }
    let capital = |word: &str| {
        word.chars()
            .take(1)
            .map(|first| first.to_ascii_uppercase())
            .chain(word.chars().skip(1))
            .collect()
    };
    name.split('-')
        .map(capital)
        .collect::<Vec<String>>()
        .join("-")
}

/// Absent without a positive Content-Length; base64 for bytes and multipart, otherwise text.
fn body_text(headers: &HeaderMap, body: &[u8]) -> Option<String> {
    let length = headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse::<u64>()
        .ok()?;
    if length == 0 {
        return None;
    }
    let media = headers
        .get(header::CONTENT_TYPE)
        .and_then(|media| media.to_str().ok())
        .unwrap_or_default();
    if media.starts_with("application/octet-stream") || media.starts_with("multipart/") {
        return Some(base64::engine::general_purpose::STANDARD.encode(body));
    }
    Some(String::from_utf8_lossy(body).into_owned())
}

fn identities(level: Option<&str>) -> Value {
    let claim = level.map(|level| {
        json!({"Type": "http://schemas.microsoft.com/2017/07/functions/claims/authlevel", "Value": level})
    });
    json!([{
        "AuthenticationType": level.map(|_| "WebJobsAuthLevel"), "IsAuthenticated": level.is_some(), "Actor": null,
        "BootstrapContext": null, "Claims": claim.into_iter().collect::<Vec<_>>(), "Label": null, "Name": null,
        "NameClaimType": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
        "RoleClaimType": "http://schemas.microsoft.com/ws/2008/06/identity/claims/role",
    }])
}

fn respond(output: Option<&str>, mut answer: Answer) -> Response {
    let Some(name) = output else {
        return empty(StatusCode::NO_CONTENT);
    };
    let value = match (name, &mut answer.outputs) {
        ("$return", _) => answer.return_value,
        (_, None) => return empty(StatusCode::OK),
        (name, Some(outputs)) => outputs.remove(name),
    };
    match value {
        None => text_response(StatusCode::OK, "{}".to_owned()),
        Some(Value::Object(fields)) => http_output(&fields),
        Some(_) => empty(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

/// `statusCode`, `headers`, `body`; `status` is ignored, as the real host does.
fn http_output(fields: &Map<String, Value>) -> Response {
    let status = match fields.get("statusCode") {
        None | Some(Value::Null) => Some(200),
        Some(Value::Number(code)) => code.as_u64(),
        Some(Value::String(code)) => code.parse().ok(),
        Some(_) => None,
    };
    let status = status
        .and_then(|code| u16::try_from(code).ok())
        .and_then(|code| StatusCode::from_u16(code).ok());
    let Some(status) = status else {
        return empty(StatusCode::INTERNAL_SERVER_ERROR);
    };
    let body = match fields.get("body") {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    };
    let mut response = text_response(status, body);
    for (name, value) in fields
        .get("headers")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        let (Ok(name), Ok(value)) = (
            HeaderName::try_from(name.as_str()),
            HeaderValue::from_str(&text),
        ) else {
            return empty(StatusCode::INTERNAL_SERVER_ERROR);
        };
        if name != header::CONTENT_LENGTH && name != header::TRANSFER_ENCODING {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn text_response(status: StatusCode, body: String) -> Response {
    let mut response = empty(status);
    if !body.is_empty() {
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/plain; charset=utf-8"),
        );
        *response.body_mut() = Body::from(body);
    }
    response
}
