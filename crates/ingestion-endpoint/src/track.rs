//! The protocol of ingestion.

use std::io::Read as _;

use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use flate2::read::MultiGzDecoder;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::behaviour::{Behaviour, Mode};

/// Most bytes of a request, unpacked. The service has the same bound in this order of magnitude.
const BYTES_MAX: u64 = 64 * 1024 * 1024;

/// What a request comes to: items to keep, and the answer.
pub(crate) struct Tracked {
    pub(crate) items: Vec<Value>,
    pub(crate) answer: Response,
}

/// What is done with a request under this behaviour; `None`: nothing, ever.
pub(crate) fn track(headers: &HeaderMap, body: &Bytes, behaviour: Behaviour) -> Option<Tracked> {
    let status = match behaviour.mode {
        Mode::Take | Mode::Partial => return Some(taken(headers, body, behaviour.mode)),
        Mode::Hang => return None,
        Mode::Throttle => 429,
        Mode::Quota => 439,
        Mode::Unavailable => 503,
        Mode::Refuse => 400,
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let mut answer = status.into_response();
    if let Some(seconds) = behaviour.retry_after_s {
        answer
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Some(Tracked {
        items: Vec::new(),
        answer,
    })
}

fn taken(headers: &HeaderMap, body: &Bytes, mode: Mode) -> Tracked {
    let items = match unpacked(headers, body).and_then(|text| items(&text)) {
        Ok(items) => items,
        Err(message) => {
            let body = json!({ "itemsReceived": 0, "itemsAccepted": 0, "errors": [{ "index": 0, "statusCode": 400, "message": message }] });
            return Tracked {
                items: Vec::new(),
                answer: (StatusCode::BAD_REQUEST, body.to_string()).into_response(),
            };
        }
    };
    let received = items.len();
    let (mut kept, mut errors) = (Vec::with_capacity(received), Vec::new());
    for (index, item) in items.into_iter().enumerate() {
        match refusal(&item, index, mode) {
            None => kept.push(item),
            Some((status, message)) => {
                errors.push(json!({ "index": index, "statusCode": status, "message": message }));
            }
        }
    }
    let status = match errors.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::PARTIAL_CONTENT,
    };
    let body = json!({ "itemsReceived": received, "itemsAccepted": kept.len(), "errors": errors });
    Tracked {
        items: kept,
        answer: (
            status,
            [(header::CONTENT_TYPE, "application/json")],
            body.to_string(),
        )
            .into_response(),
    }
}

fn unpacked(headers: &HeaderMap, body: &Bytes) -> Result<String, String> {
    let is_packed = headers
        .get(header::CONTENT_ENCODING)
        .is_some_and(|coding| coding == "gzip");
    let mut text = String::new();
    let read = match is_packed {
        true => MultiGzDecoder::new(&body[..])
            .take(BYTES_MAX)
            .read_to_string(&mut text),
        false => body.take(BYTES_MAX).read_to_string(&mut text),
    };
    read.map_err(|error| error.to_string())?;
    Ok(text)
}

fn items(text: &str) -> Result<Vec<Value>, String> {
    if text.trim_start().starts_with('[') {
        return serde_json::from_str(text).map_err(|error| error.to_string());
    }
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines
        .map(|line| serde_json::from_str(line).map_err(|error| error.to_string()))
        .collect()
}

/// Why an item is not taken.
fn refusal(item: &Value, index: usize, mode: Mode) -> Option<(u16, &'static str)> {
    let text = |pointer: &str| item.pointer(pointer).and_then(Value::as_str);
    if mode == Mode::Partial {
        match index % 6 {
            1 | 3 | 5 => return Some((500, "as told")),
            2 => return Some((400, "as told")),
            _ => {}
        }
    }
    match () {
        () if text("/name").is_none() => Some((400, "Field 'name' on type 'Envelope' is required")),
        () if text("/iKey").is_none_or(str::is_empty) => Some((400, "Invalid instrumentation key")),
        () if text("/data/baseType").is_none() => Some((400, "Field 'baseType' is required")),
        () if text("/time").is_none_or(|time| time.parse::<Timestamp>().is_err()) => {
            Some((400, "Field 'time' on type 'Envelope' is not a valid date"))
        }
        () => None,
    }
}
