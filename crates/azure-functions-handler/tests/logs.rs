//! Spans and log lines, read back as JSON lines.
//!
//! A process of their own: whether a callsite is of interest is decided once per process, by whoever
//! comes first, so every test here listens before it says anything.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::cell::RefCell;
use std::io;
use std::sync::{Arc, Mutex, Once};

use axum::body::Body;
use azure_functions_handler::trigger::{HttpRequest, Timer};
use azure_functions_handler::{App, Failure, Invocation, Outcome, TraceContext};
use http::Request;
use serde_json::Value;

#[expect(dead_code, reason = "the other tests use the rest of it")]
#[path = "it/host.rs"]
mod host;

use host::{INVOCATION_ID, TRACE_ID, request, send};

thread_local! {
    /// What the test on this thread has logged: its runtime has one thread.
    static LOGGED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

struct Log;

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOGGED.with_borrow_mut(|logged| logged.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Lines;

impl Lines {
    /// Everything this thread logs from now on, down to debug, with spans that are opened.
    fn record() -> Self {
        static LISTENING: Once = Once::new();
        LISTENING.call_once(|| {
            let subscriber = tracing_subscriber::fmt()
                .json()
                .with_max_level(tracing::Level::DEBUG)
                .with_span_events(tracing_subscriber::fmt::format::FmtSpan::NEW)
                .with_writer(|| Log)
                .finish();
            tracing::subscriber::set_global_default(subscriber).unwrap();
        });
        LOGGED.take();
        Self
    }

    fn text(&self) -> String {
        LOGGED.with_borrow(|logged| String::from_utf8(logged.clone()).unwrap())
    }

    fn of_level(&self, level: &str) -> Vec<Value> {
        let text = self.text();
        let lines = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
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
    let lines = Lines::record();
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
    let lines = Lines::record();
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
    let lines = Lines::record();
    send(
        app().into_router(),
        Request::get("/").body(Body::empty()).unwrap(),
    )
    .await;
    assert_eq!(lines.text(), "");
}

#[tokio::test]
async fn the_trace_comes_from_the_payload_when_no_header_has_it_and_the_hook_sees_it() {
    let lines = Lines::record();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let hooked = Arc::clone(&seen);
    let app = app().on_span(move |_, trace| hooked.lock().unwrap().push(trace.copied()));
    let body = Body::from(include_str!("../fixtures/http_payload.json"));
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
