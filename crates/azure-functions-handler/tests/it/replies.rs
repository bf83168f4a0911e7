//! What the host is answered.

use std::collections::HashMap;

use azure_functions_handler::trigger::Timer;
use azure_functions_handler::{App, Failure, Invocation, Outcome, http_response};
use http::StatusCode;
use serde_json::{Value, json};

use crate::host::{request, send};

async fn reply(
    outcome: impl Fn() -> Result<Outcome, Failure> + Clone + Send + Sync + 'static,
) -> (StatusCode, String) {
    let app = App::new().function("f", move |_: Invocation<Timer>| {
        std::future::ready(outcome())
    });
    send(app.into_router(), request("f", r#"{"Data":{"tick":{}}}"#)).await
}

async fn outputs(outcome: impl Fn() -> Outcome + Clone + Send + Sync + 'static) -> Value {
    let (status, body) = reply(move || Ok(outcome())).await;
    assert_eq!(status, StatusCode::OK);
    serde_json::from_str::<Value>(&body).unwrap()["Outputs"].take()
}

#[tokio::test]
async fn success_is_always_the_full_object() {
    let (status, body) = reply(|| Ok(Outcome::done())).await;
    assert_eq!(
        (status, body.as_str()),
        (
            StatusCode::OK,
            include_str!("../../fixtures/reply_done.json").trim()
        )
    );
    let (_, body) =
        reply(|| Ok(Outcome::done().log("wms: 98 upserts, 2 dead-lettered, corr=7f01"))).await;
    assert_eq!(body, include_str!("../../fixtures/reply_logs.json").trim());
}

#[tokio::test]
async fn the_answer_to_a_caller_has_a_status_code() {
    let replayed = || {
        http_response(
            StatusCode::ACCEPTED,
            [("Content-Type", "application/json")],
            r#"{"replayed":12}"#,
        )
    };
    let (_, body) = reply(move || Ok(Outcome::done().output("res", replayed()))).await;
    assert_eq!(body, include_str!("../../fixtures/reply_http.json").trim());
}

#[tokio::test]
async fn strings_that_look_like_base64_are_protected() {
    let outputs = outputs(|| {
        Outcome::done()
            .output("looks", "order123")
            .output("spaced", "order 12 3")
            .output("safe", "order-123")
            .output("object", json!({"a": "order123"}))
            .output("list", ["test", "x"])
            .output("empty", "")
            .output_as_is("binary", "order123")
            .output_bytes("bytes", [0xff, 0x00])
    })
    .await;
    let expected = json!({"looks": "b3JkZXIxMjM=", "spaced": "b3JkZXIgMTIgMw==", "safe": "order-123", "object": {"a": "order123"},
        "list": ["test", "x"], "empty": "", "binary": "order123", "bytes": "/wA="});
    assert_eq!(outputs, expected);
}

#[tokio::test]
async fn an_output_given_twice_is_written_once() {
    let outputs = outputs(|| Outcome::done().output("o", 1).output("o", 2)).await;
    assert_eq!(outputs, json!({"o": 2}));
}

#[tokio::test]
async fn a_return_value() {
    let (_, body) = reply(|| Ok(Outcome::done().return_value(json!({"n": 1})))).await;
    assert_eq!(body, r#"{"Outputs":{},"Logs":[],"ReturnValue":{"n":1}}"#);
}

#[tokio::test]
async fn a_failure_is_500() {
    let (status, body) = reply(|| Err(Failure::new("the store is away"))).await;
    assert_eq!(
        (status, body.as_str()),
        (StatusCode::INTERNAL_SERVER_ERROR, "the store is away")
    );
    let (status, _) = reply(|| Err("x".parse::<u8>().unwrap_err().into())).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test]
async fn a_value_that_is_no_json_fails_the_invocation() {
    let (status, body) = reply(|| Ok(Outcome::done().output("o", HashMap::from([((), ())])))).await;
    assert_eq!(
        (status, body.as_str()),
        (StatusCode::INTERNAL_SERVER_ERROR, "key must be a string")
    );
}
