//! `/admin`: status, manual runs, drain mode.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::{HeaderValue, Method, StatusCode, header};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::{Function, Trigger};
use crate::front::{Front, empty, key};
use crate::handler::HandlerState;
use crate::invocation::{HOST_VERSION, Payload, TriggerValue, binding_data, encode_text};
use crate::keys::AuthLevel;
use crate::trigger::cosmos::trigger_text;

/// Longest body of an admin request, in bytes.
const INPUT_LIMIT: usize = 100 * 1024 * 1024;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Manual {
    input: Option<String>,
}

/// Answers one request below `/admin`; `path` is decoded and starts with `admin`.
pub(crate) async fn handle(front: Arc<Front>, path: &[String], request: Request) -> Response {
    let lower: Vec<String> = path
        .iter()
        .skip(1)
        .map(|part| part.to_ascii_lowercase())
        .collect();
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    let method = request.method().clone();
    // The front listens on loopback only, where the status is no secret.
    if (method == Method::GET || method == Method::POST) && lower == ["host", "ping"] {
        return empty(StatusCode::OK);
    }
    if method == Method::GET && lower == ["host", "status"] {
        return json_response(StatusCode::OK, &status(&front));
    }
    if !front.keys.opens(AuthLevel::Admin, key(&request).as_deref()) {
        return empty(StatusCode::UNAUTHORIZED);
    }
    match (method, lower.as_slice()) {
        (Method::POST, ["functions", name]) => {
            let function = front
                .app
                .functions
                .iter()
                .find(|function| function.name.eq_ignore_ascii_case(name));
            match function.cloned() {
                Some(function) => run(front, function, request).await,
                None => empty(StatusCode::NOT_FOUND),
            }
        }
        (Method::POST, ["host", "drain"]) => {
            front.drain.start();
            empty(StatusCode::ACCEPTED)
        }
        (Method::POST, ["host", "resume"]) => {
            front.drain.resume();
            json_response(StatusCode::OK, &json!({"State": "Running"}))
        }
        (Method::GET, ["host", "drain", "status"]) => {
            json_response(StatusCode::OK, &drain_status(&front))
        }
        _ => empty(StatusCode::NOT_FOUND),
    }
}

/// Starts one run and answers before it has ended.
async fn run(front: Arc<Front>, function: Arc<Function>, request: Request) -> Response {
    let Ok(body) = axum::body::to_bytes(request.into_body(), INPUT_LIMIT).await else {
        return empty(StatusCode::PAYLOAD_TOO_LARGE);
    };
    let manual = if body.is_empty() {
        Ok(Manual::default())
    } else {
        serde_json::from_slice::<Manual>(&body)
    };
    let payload = manual
        .map_err(|error| error.to_string())
        .and_then(|manual| manual_payload(&front, &function, manual));
    match payload {
        Ok(payload) => {
            tokio::spawn(async move { drop(front.runner.run(&function, &payload).await) });
            empty(StatusCode::ACCEPTED)
        }
        Err(message) => json_response(StatusCode::BAD_REQUEST, &json!({"error": message})),
    }
}

fn manual_payload(front: &Front, function: &Function, manual: Manual) -> Result<Payload, String> {
    let input = manual.input.unwrap_or_default();
    let value = match &function.trigger {
        Trigger::Http(_) => return Err("call an HTTP function by its route".to_owned()),
        Trigger::Timer(_) => {
            let info = json!({"Schedule": {"AdjustForDST": true}, "ScheduleStatus": null, "IsPastDue": false});
            TriggerValue::Object(
                serde_json::value::to_raw_value(&info).map_err(|error| error.to_string())?,
            )
        }
        Trigger::Queue(_) => TriggerValue::Text(input.clone()),
        Trigger::CosmosDb(_) => {
            let text = trigger_text(&input, front.rewrite);
            TriggerValue::Text(
                text.map_err(|error| format!("input must be a JSON array of documents: {error}"))?,
            )
        }
    };
    let mut payload = Payload::new(&function.binding, value);
    payload.metadata = binding_data(&input);
    payload
        .metadata
        .push((function.binding.clone(), encode_text(&input)));
    Ok(payload)
}

fn status(front: &Front) -> Value {
    let (state, pid, port, ready_in) = match front.handler.state() {
        HandlerState::Starting => ("Initializing", None, None, None),
        HandlerState::Ready {
            port,
            pid,
            ready_in,
            ..
        } => ("Running", Some(pid), Some(port), Some(ready_in)),
        HandlerState::Ended => ("Stopping", None, None, None),
    };
    let functions: Vec<Value> = front
        .runner
        .counts()
        .map(|(name, attempts, failures)| {
            let mut function = json!({"name": name, "invocations": attempts, "failures": failures});
            if let Some(cosmos) = front.cosmos.get(name) {
                function["leases"] = cosmos.owned.load(Ordering::Relaxed).into();
                function["pages"] = cosmos.pages.load(Ordering::Relaxed).into();
                function["documents"] = cosmos.documents.load(Ordering::Relaxed).into();
                let ago = cosmos
                    .caught_up_ago()
                    .map(|ago| u64::try_from(ago.as_millis()).unwrap_or(u64::MAX));
                function["caught_up_ms_ago"] = ago.into();
            }
            if let Some(queue) = front.queues.get(name) {
                queue.tell(&mut function);
            }
            function
        })
        .collect();
    let (invocations, retries) = front.runner.outstanding();
    json!({
        "state": state, "app": front.app.name, "version": HOST_VERSION, "now": Timestamp::now().to_string(),
        "handler_pid": pid, "handler_port": port, "handler_starts": front.handler.starts(),
        "handler_ready_ms": ready_in.map(|ready_in| ready_in.as_secs_f64() * 1000.0),
        "outstanding_invocations": invocations, "outstanding_retries": retries,
        "proxied_requests": front.runner.proxied(), "draining": front.drain.is_on(), "functions": functions,
    })
}

fn drain_status(front: &Front) -> Value {
    let (invocations, retries) = front.runner.outstanding();
    let state = match (front.drain.is_on(), invocations) {
        (false, _) => "Disabled",
        (true, 0) => "Completed",
        (true, _) => "InProgress",
    };
    json!({"State": state, "OutstandingInvocations": invocations, "OutstandingRetries": retries})
}

fn json_response(status: StatusCode, value: &Value) -> Response {
    let mut response = empty(status);
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    *response.body_mut() = Body::from(value.to_string());
    response
}
