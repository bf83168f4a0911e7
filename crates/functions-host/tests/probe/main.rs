//! A handler that does what it is told by environment variables and files, and writes down what it got.
//!
//! Every request becomes a JSON line on stdout. `PROBE_PLAN` is a file that the test writes and that is read on every
//! request: `ok`, `status <code>`, `hang`, `slow <ms>`, `exit <code>`, `abort`, `null`, `empty <code>`, `text`, `echo`,
//! `answer <json>`.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::{StatusCode, header};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

struct Probe {
    plan: Option<String>,
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let setting = |name: &str| std::env::var(name).ok();
    if let Some(code) = setting("PROBE_EXIT_AT_START").and_then(|code| code.parse().ok()) {
        eprintln!("probe: told to exit with {code}");
        std::process::exit(code);
    }
    let probe = Arc::new(Probe {
        plan: setting("PROBE_PLAN"),
    });
    let started: Map<String, Value> = std::env::vars()
        .map(|(name, value)| (name, Value::from(value)))
        .collect();
    note(
        &json!({"event": "probe_started", "environment": started, "cwd": std::env::current_dir()?.display().to_string(),
        "args": std::env::args().skip(1).collect::<Vec<_>>()}),
    )?;
    let port: u16 = setting("FUNCTIONS_CUSTOMHANDLER_PORT")
        .and_then(|port| port.parse().ok())
        .unwrap_or_default();
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let router = Router::new().fallback(answer).with_state(probe);
    axum::serve(listener, router).await
}

impl Probe {
    fn plan(&self) -> String {
        let text = self
            .plan
            .as_ref()
            .and_then(|plan| std::fs::read_to_string(plan).ok());
        text.map_or_else(|| "ok".to_owned(), |text| text.trim().to_owned())
    }
}

/// One line on stdout, which the host passes on.
fn note(line: &Value) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

async fn answer(State(probe): State<Arc<Probe>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    if parts.uri.path() == "/" {
        return StatusCode::OK.into_response();
    }
    let body = match axum::body::to_bytes(body, usize::MAX).await {
        Ok(body) => body,
        Err(error) => return (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
    };
    let headers: Map<String, Value> = parts
        .headers
        .iter()
        .map(|(name, value)| {
            (
                name.to_string(),
                Value::from(String::from_utf8_lossy(value.as_bytes())),
            )
        })
        .collect();
    // Long bodies are only counted.
    let text = if body.len() < 64 * 1024 {
        String::from_utf8_lossy(&body)
    } else {
        "".into()
    };
    let noted = note(
        &json!({"event": "probe_request", "method": parts.method.as_str(), "path": parts.uri.to_string(), "headers": headers,
        "bytes": body.len(), "body": text}),
    );
    if let Err(error) = noted {
        return (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response();
    }
    obey(&probe.plan(), body).await
}

async fn obey(plan: &str, body: bytes::Bytes) -> Response {
    let (word, rest) = plan.split_once(' ').unwrap_or((plan, ""));
    let code = || {
        rest.parse()
            .ok()
            .and_then(|code| StatusCode::from_u16(code).ok())
            .unwrap_or(StatusCode::OK)
    };
    match word {
        "status" => code().into_response(),
        "empty" => (
            code(),
            [(header::CONTENT_TYPE, "application/json")],
            Body::empty(),
        )
            .into_response(),
        "null" => json_answer("null".to_owned()),
        "text" => "plain".into_response(),
        "hang" => std::future::pending().await,
        "slow" => {
            tokio::time::sleep(Duration::from_millis(rest.parse().unwrap_or(100))).await;
            json_answer("{}".to_owned())
        }
        "exit" => std::process::exit(rest.parse().unwrap_or(1)),
        "abort" => std::process::abort(),
        "echo" => (StatusCode::IM_A_TEAPOT, [("x-probe", "yes")], body).into_response(),
        "answer" => json_answer(rest.to_owned()),
        _ => {
            json_answer(r#"{"Outputs":{},"Logs":["probe was here"],"ReturnValue":null}"#.to_owned())
        }
    }
}

fn json_answer(text: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}
