//! Pulling Geotab's feeds.

use serde_json::{Value, json};
use telematics::{
    config::Stream,
    pull,
    upstream::{CallError, PullError},
};

use crate::{stack::Stack, world::fixture};

async fn stack() -> Stack {
    Stack::new(&[Stream::GeotabLogRecord]).await
}

/// A page with these readings of device b7, by hour.
fn page(hours: &[u32], to_version: &str) -> Value {
    let row = |hour: &u32| {
        json!({
            "id": format!("b{hour}"),
            "device": { "id": "b7" },
            "dateTime": format!("2026-11-09T{hour:02}:00:00.000Z"),
            "latitude": 40.5,
            "longitude": -74.5,
            "speed": 5
        })
    };
    let data: Vec<Value> = hours.iter().map(row).collect();
    json!({ "jsonrpc": "2.0", "result": { "data": data, "toVersion": to_version } })
}

fn error(kind: &str, message: &str) -> Value {
    json!({ "jsonrpc": "2.0", "error": { "message": message, "code": -32000, "data": { "type": kind } } })
}

fn invalid_session() -> Value {
    error("InvalidUserException", "Invalid session @ 'exampledb'")
}

/// The parameters of the calls since the last look, without the credentials.
fn asked(stack: &Stack) -> Vec<Value> {
    let params = |body: &Value| {
        let mut params = body["params"].clone();
        params.as_object_mut().unwrap().remove("credentials");
        params
    };
    let calls = stack.gateway.calls("LogRecord");
    calls.iter().map(|call| params(&call.body)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_call_gives_the_token_and_a_full_page_means_more() {
    let stack = stack().await;
    stack.gateway.page("LogRecord", &page(&[], "0a"));
    pull(&stack.deps).await.unwrap();
    let first = json!({ "typeName": "LogRecord", "resultsLimit": 2 });
    assert_eq!(asked(&stack), [first]);
    let sign_in = &stack.gateway.calls("Authenticate")[0];
    assert_eq!(sign_in.body["params"]["userName"], "user@example.com");
    assert_eq!(sign_in.body["params"]["password"], "geotab-password");

    stack.gateway.page("LogRecord", &page(&[1, 2], "0b"));
    stack.gateway.page("LogRecord", &page(&[3], "0c"));
    // At the end the token stays, even if the page before it was full.
    stack.gateway.page("LogRecord", &page(&[4, 5], "0d"));
    stack.gateway.page("LogRecord", &page(&[], "0d"));
    let pulled = pull(&stack.deps).await.unwrap();
    assert!(pulled.complete && pulled.pages == 2, "{pulled:?}");
    let pulled = pull(&stack.deps).await.unwrap();
    assert!(pulled.complete && pulled.pages == 2, "{pulled:?}");
    let versions: Vec<_> = asked(&stack)
        .iter()
        .map(|params| params["fromVersion"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(versions, ["0a", "0b", "0c", "0d"]);
    assert_eq!(stack.documents().await.len(), 5);
    assert!(
        stack.gateway.calls("Authenticate").is_empty(),
        "one session"
    );
    let position = stack.position(Stream::GeotabLogRecord).await;
    assert_eq!(position, json!({ "token": "0d" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_seeds_the_first_call_only() {
    let mut stack = stack().await;
    stack.deps.start = Some("2026-11-01T00:00:00Z".parse().unwrap());
    stack.gateway.page("LogRecord", &page(&[1, 2], "0b"));
    stack.gateway.page("LogRecord", &page(&[3], "0c"));
    pull(&stack.deps).await.unwrap();
    let asked = asked(&stack);
    let search = json!({ "fromDate": "2026-11-01T00:00:00Z" });
    assert_eq!(asked[0]["search"], search);
    assert_eq!(asked[0].get("fromVersion"), None);
    assert_eq!(asked[1].get("search"), None);
    assert_eq!(asked[1]["fromVersion"], "0b");
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_calls_are_said_with_status_200_and_waited_for() {
    let stack = stack().await;
    let headers = [("retry-after", "0.25".to_owned())];
    let over_limit = String::from_utf8(fixture("geotab_overlimit_http200.json")).unwrap();
    stack.gateway.answer("LogRecord", 200, headers, over_limit);
    stack.gateway.page("LogRecord", &page(&[1], "0b"));
    let began = std::time::Instant::now();
    assert!(pull(&stack.deps).await.unwrap().complete);
    assert!(began.elapsed() >= std::time::Duration::from_millis(250));
    assert_eq!(stack.documents().await.len(), 1);
    assert!(
        stack.letters().await.is_empty(),
        "no page was lost, so there is no letter"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ended_is_renewed_once() {
    let stack = stack().await;
    stack.gateway.page("LogRecord", &page(&[1], "0b"));
    pull(&stack.deps).await.unwrap();
    stack.gateway.page("LogRecord", &invalid_session());
    stack.gateway.page("LogRecord", &page(&[2], "0c"));
    pull(&stack.deps).await.unwrap();
    let sessions: Vec<_> = stack
        .gateway
        .calls("LogRecord")
        .iter()
        .map(|call| call.body["params"]["credentials"]["sessionId"].clone())
        .collect();
    assert_eq!(sessions, ["session-1", "session-1", "session-2"]);
    assert_eq!(stack.documents().await.len(), 2);

    // Refused again with a fresh session, it is the user who is refused: no third attempt, which could lock the account.
    for _ in 0..2 {
        stack.gateway.page("LogRecord", &invalid_session());
    }
    let error = pull(&stack.deps).await.unwrap_err();
    let PullError::Call(exhausted) = &error.failed[0].1 else {
        panic!("{error}")
    };
    assert!(
        matches!(exhausted.error, CallError::UserRefused { .. }),
        "{error}"
    );
    assert_eq!(stack.gateway.calls("LogRecord").len(), 2);
    let position = stack.position(Stream::GeotabLogRecord).await;
    assert_eq!(position, json!({ "token": "0c" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_tried_once_a_pull() {
    let stack = stack().await;
    stack.gateway.page("Authenticate", &invalid_session());
    let error = pull(&stack.deps).await.unwrap_err();
    assert!(error.to_string().contains("user or session"), "{error}");
    assert!(!error.to_string().contains("geotab-password"));
    assert_eq!(stack.gateway.calls("Authenticate").len(), 1);
    assert!(stack.gateway.calls("LogRecord").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_share_a_session() {
    let stack = Stack::new(&[Stream::GeotabLogRecord, Stream::GeotabStatusData]).await;
    stack.gateway.page("LogRecord", &page(&[1], "0b"));
    stack.gateway.page(
        "StatusData",
        &json!({ "result": { "data": [], "toVersion": "ff" } }),
    );
    pull(&stack.deps).await.unwrap();
    assert_eq!(stack.gateway.calls("Authenticate").len(), 1);
    let position = stack.position(Stream::GeotabStatusData).await;
    assert_eq!(position, json!({ "token": "ff" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_taken_to_no_other_domain() {
    let stack = stack().await;
    let elsewhere =
        json!({ "result": { "credentials": { "sessionId": "s" }, "path": "evil.example" } });
    stack.gateway.page("Authenticate", &elsewhere);
    let error = pull(&stack.deps).await.unwrap_err();
    assert!(error.to_string().contains("evil.example"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_version_falls_back_to_24_hours() {
    let stack = stack().await;
    stack.gateway.page("LogRecord", &page(&[1], "0b"));
    pull(&stack.deps).await.unwrap();
    asked(&stack);
    let refused = error("ArgumentException", "fromVersion is out of range");
    stack.gateway.page("LogRecord", &refused);
    stack.gateway.page("LogRecord", &page(&[1, 9], "01"));
    stack.gateway.page("LogRecord", &page(&[], "01"));
    assert!(pull(&stack.deps).await.unwrap().complete);
    let asked = asked(&stack);
    assert_eq!(asked[0]["fromVersion"], "0b");
    assert_eq!(asked[1]["search"]["fromDate"], "2026-11-09T08:00:00Z");
    assert_eq!(asked[2]["fromVersion"], "01");
    assert_eq!(stack.documents().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn vehicles_are_read_from_the_beginning_and_then_as_they_change() {
    let stack = Stack::new(&[Stream::GeotabDevice]).await;
    let page = |name: &str, version: &str| {
        let device = json!({ "id": "b7", "name": name, "licensePlate": "XD-7" });
        json!({ "result": { "data": [device], "toVersion": version } })
    };
    stack.gateway.page("Device", &page("Truck 7", "0a"));
    stack.gateway.page("Device", &page("Truck 77", "0b"));
    for _ in 0..2 {
        assert!(pull(&stack.deps).await.unwrap().complete);
    }
    let versions: Vec<_> = stack
        .gateway
        .calls("Device")
        .iter()
        .map(|call| call.body["params"]["fromVersion"].clone())
        .collect();
    assert_eq!(versions, ["0000000000000000", "0a"]);
    let documents = stack.documents().await;
    assert_eq!(documents, ["vehicle:geotab|b7"; 2], "two versions of one");
    // A refused version begins anew: a fleet is small, and 24 hours of it would be next to nothing.
    let refused = error("ArgumentException", "fromVersion is out of range");
    stack.gateway.page("Device", &refused);
    stack.gateway.page("Device", &page("Truck 77", "0b"));
    assert!(pull(&stack.deps).await.unwrap().complete);
    let last = stack.gateway.calls("Device").pop().unwrap();
    assert_eq!(last.body["params"]["fromVersion"], "0000000000000000");
    assert_eq!(last.body["params"].get("search"), None);
    assert_eq!(stack.documents().await.len(), 2, "the same document");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_errors_fail_the_pull_and_move_nothing() {
    let stack = stack().await;
    stack.gateway.page("LogRecord", &page(&[1], "0b"));
    pull(&stack.deps).await.unwrap();
    stack
        .gateway
        .page("LogRecord", &error("SomethingException", "odd"));
    let error_found = pull(&stack.deps).await.unwrap_err();
    assert!(
        error_found.to_string().contains("SomethingException: odd"),
        "{error_found}"
    );
    stack
        .gateway
        .page("LogRecord", &error("DbUnavailableException", "starting"));
    stack.gateway.page("LogRecord", &page(&[2], "0c"));
    pull(&stack.deps).await.unwrap();
    assert_eq!(stack.documents().await.len(), 2);
    assert!(stack.letters().await.is_empty());
}
