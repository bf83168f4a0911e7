//! Spans and log lines, read back as JSON lines.

use std::io;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use azure_functions_handler::trigger::{HttpRequest, Timer};
use azure_functions_handler::{App, Failure, Invocation, Outcome, TraceContext};
use http::Request;
use serde_json::Value;
use tracing::subscriber::DefaultGuard;

use crate::host::{INVOCATION_ID, TRACE_ID, request, send};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Lines {
    /// Everything this thread logs from now on, down to debug, with spans that are opened.
    fn record() -> (Self, DefaultGuard) {
        let lines = Self::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .json()
            .with_max_level(tracing::Level::DEBUG)
            .with_span_events(tracing_subscriber::fmt::format::FmtSpan::NEW)
            .with_writer(move || writer.clone())
            .finish();
        (lines, tracing::subscriber::set_default(subscriber))
    }

    fn of_level(&self, level: &str) -> Vec<Value> {
        let bytes = self.0.lock().unwrap();
        let lines = bytes
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty());
        let lines = lines.map(|line| serde_json::from_slice::<Value>(line).unwrap());
        lines.filter(|line| line["level"] == level).collect()
    }
}

fn app() -> App {
    App::new()
        .function("fails", |_: Invocation<Timer>| async {
            Err::<Outcome, _>(Failure::new("the store is away"))
        })
        .function("echo", |invocation: Invocation<HttpRequest>| async move {
            tracing::info!(trace = invocation.trace.unwrap().trace_id_hex(), "inside");
            Ok::<_, Failure>(Outcome::done())
        })
}

#[tokio::test]
async fn a_failure_is_logged_once_in_the_span_of_its_invocation() {
    let (lines, _guard) = Lines::record();
    send(
        app().into_router(),
        request("fails", r#"{"Data":{"tick":{}}}"#),
    )
    .await;
    let errors = lines.of_level("ERROR");
    let [error] = errors.as_slice() else {
        panic!("one line, not {errors:?}")
    };
    assert_eq!(error["fields"]["error"], "the store is away");
    assert_eq!(error["span"]["name"], "invocation");
    assert_eq!(error["span"]["function"], "fails");
    assert_eq!(error["span"]["invocation_id"], INVOCATION_ID);
    assert_eq!(error["span"]["trace_id"], TRACE_ID);
}

#[tokio::test]
async fn a_refused_body_is_logged_once_too() {
    let (lines, _guard) = Lines::record();
    send(app().into_router(), request("fails", "{}")).await;
    let errors = lines.of_level("ERROR");
    assert_eq!(errors.len(), 1);
    assert_eq!(
        (
            &errors[0]["fields"]["status"],
            &errors[0]["span"]["function"]
        ),
        (&400.into(), &"fails".into())
    );
}

#[tokio::test]
async fn readiness_leaves_no_trace() {
    let (lines, _guard) = Lines::record();
    send(
        app().into_router(),
        Request::get("/").body(Body::empty()).unwrap(),
    )
    .await;
    assert_eq!(
        String::from_utf8(lines.0.lock().unwrap().clone()).unwrap(),
        ""
    );
}

#[tokio::test]
async fn the_trace_comes_from_the_payload_when_no_header_has_it_and_the_hook_sees_it() {
    let (lines, _guard) = Lines::record();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let hooked = Arc::clone(&seen);
    let app = app().on_span(move |_, trace| hooked.lock().unwrap().push(trace.copied()));
    let body = Body::from(include_str!("../../fixtures/http_payload.json"));
    send(
        app.into_router(),
        Request::post("/echo").body(body).unwrap(),
    )
    .await;
    let infos = lines.of_level("INFO");
    let inside = infos
        .iter()
        .find(|line| line["fields"]["message"] == "inside")
        .unwrap();
    assert_eq!(
        (&inside["fields"]["trace"], &inside["span"]["trace_id"]),
        (&TRACE_ID.into(), &TRACE_ID.into())
    );
    assert!(inside["span"].get("invocation_id").is_none());
    let seen = seen.lock().unwrap();
    let [Some(trace)] = seen.as_slice() else {
        panic!("one call with a trace")
    };
    assert!(trace.sampled_by_host);
}

#[test]
fn malformed_traceparents_are_none() {
    let good = format!("00-{TRACE_ID}-00f067aa0ba902b7-00");
    assert_eq!(TraceContext::parse(&good).unwrap().to_string(), good);
    assert!(
        TraceContext::parse(&format!("cc-{TRACE_ID}-00f067aa0ba902b7-01-later"))
            .unwrap()
            .sampled_by_host
    );
    for malformed in [
        String::new(),
        "00".to_owned(),
        format!("00-{TRACE_ID}-00f067aa0ba902b7"),
        format!("00-{TRACE_ID}-00f067aa0ba902b7-00-more"),
        format!("ff-{TRACE_ID}-00f067aa0ba902b7-00"),
        format!("00-{}-00f067aa0ba902b7-00", TRACE_ID.to_uppercase()),
        format!("00-{TRACE_ID}-0000000000000000-00"),
        format!("00-{}-00f067aa0ba902b7-00", "0".repeat(32)),
        format!("00-{}-00f067aa0ba902b7-00", "\u{e9}".repeat(16)),
    ] {
        assert_eq!(TraceContext::parse(&malformed), None, "{malformed}");
    }
}
