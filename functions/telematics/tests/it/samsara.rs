//! Pulling Samsara's feeds.

use std::time::Duration;

use axum::body::Body;
use http::{Request, StatusCode};
use serde_json::{Value, json};
use telematics::{app, config::Stream, pull, upstream::PullError};
use tower::ServiceExt as _;

use crate::{stack::Stack, world::fixture};

async fn stack() -> Stack {
    Stack::new(&[Stream::SamsaraGps]).await
}

fn sample(name: &str) -> Value {
    serde_json::from_slice(&fixture(name)).unwrap()
}

/// A page with one reading of vehicle 7.
fn page(time: &str, cursor: &str, more: bool) -> Value {
    json!({
        "data": [{ "id": "7", "gps": [{ "time": time, "latitude": 40.5, "longitude": -74.5 }] }],
        "pagination": { "endCursor": cursor, "hasNextPage": more }
    })
}

fn idle(cursor: &str) -> Value {
    json!({ "data": [], "pagination": { "endCursor": cursor, "hasNextPage": false } })
}

/// The queries of the calls at a door since the last look.
fn queries(stack: &Stack, door: &str) -> Vec<String> {
    let query = |uri: &str| uri.split_once('?').unwrap().1.to_owned();
    let calls = stack.gateway.calls(door);
    calls.iter().map(|call| query(&call.uri)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_followed_to_the_end_and_the_cursor_stays_behind_them() {
    let stack = stack().await;
    for name in ["samsara_page1.json", "samsara_page2.json"] {
        stack.gateway.page("feed", &sample(name));
    }
    let pulled = pull(&stack.deps).await.unwrap();
    assert!(pulled.complete && pulled.pages == 2, "{pulled:?}");
    let calls = stack.gateway.calls("feed");
    assert_eq!(
        calls[0].uri,
        "/fleet/vehicles/stats/feed?types=gps%2CengineStates"
    );
    assert_eq!(
        calls[1].uri,
        "/fleet/vehicles/stats/feed?types=gps%2CengineStates&after=c-0002"
    );
    let token = calls[0].authorization.as_deref();
    assert_eq!(token, Some("Bearer samsara-token"));
    let documents = stack.documents().await;
    assert_eq!(documents.len(), 10, "{documents:#?}");
    let position = stack.position(Stream::SamsaraGps).await;
    assert_eq!(position, json!({ "token": "c-0003" }));

    // What was read comes again, and is there already.
    stack.gateway.page("feed", &sample("samsara_page2.json"));
    stack
        .gateway
        .page("feed", &sample("samsara_page3_idle.json"));
    pull(&stack.deps).await.unwrap();
    pull(&stack.deps).await.unwrap();
    let after = "types=gps%2CengineStates&after=c-0003";
    assert_eq!(queries(&stack, "feed"), [after, after]);
    assert_eq!(stack.documents().await, documents);
    assert!(stack.letters().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_stream_has_a_cursor_of_its_own_and_one_that_fails_holds_up_no_other() {
    let stack = Stack::new(&[Stream::SamsaraGps, Stream::GeotabLogRecord]).await;
    stack.gateway.answer("feed", 401, [], "who are you");
    let result = json!({ "result": { "data": [], "toVersion": "0a" } });
    stack.gateway.page("LogRecord", &result);
    let error = pull(&stack.deps).await.unwrap_err();
    assert_eq!(error.failed.len(), 1);
    assert_eq!(error.failed[0].0, Stream::SamsaraGps);
    assert!(!error.to_string().contains("samsara-token"), "{error}");
    assert_eq!(stack.position(Stream::SamsaraGps).await, Value::Null);
    let position = stack.position(Stream::GeotabLogRecord).await;
    assert_eq!(position, json!({ "token": "0a" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_provider_is_waited_for_to_the_fraction() {
    let stack = stack().await;
    let headers = [("retry-after", "0.40235".to_owned())];
    stack.gateway.answer("feed", 429, headers, "slow down");
    stack.gateway.answer("feed", 503, [], "later");
    stack.gateway.page("feed", &idle("c-1"));
    let began = std::time::Instant::now();
    assert!(pull(&stack.deps).await.unwrap().complete);
    assert!(began.elapsed() >= Duration::from_micros(402_350));
    assert_eq!(stack.gateway.calls("feed").len(), 3);

    // A wait that is longer than the pull has patience is left to the next one.
    let headers = [("retry-after", "3600".to_owned())];
    stack.gateway.answer("feed", 429, headers, "slow down");
    pull(&stack.deps).await.unwrap_err();
    assert_eq!(stack.gateway.calls("feed").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_cursor_falls_back_to_a_history_of_24_hours() {
    let stack = stack().await;
    stack
        .gateway
        .page("feed", &page("2026-11-08T08:00:00Z", "old", false));
    pull(&stack.deps).await.unwrap();
    queries(&stack, "feed");

    stack.gateway.answer("feed", 400, [], "unknown cursor");
    stack
        .gateway
        .page("feed", &page("2026-11-10T07:59:00Z", "new", false));
    stack
        .gateway
        .page("history", &page("2026-11-09T09:00:00Z", "h-1", true));
    stack
        .gateway
        .page("history", &page("2026-11-09T21:00:00Z", "", false));
    stack.gateway.page("feed", &idle("new"));
    let pulled = pull(&stack.deps).await.unwrap();
    assert!(pulled.complete && pulled.pages == 4, "{pulled:?}");
    let types = "types=gps%2CengineStates";
    let span = "startTime=2026-11-09T08%3A00%3A00Z&endTime=2026-11-10T08%3A00%3A00Z";
    assert_eq!(
        queries(&stack, "feed"),
        [
            format!("{types}&after=old"),
            types.to_owned(),
            format!("{types}&after=new")
        ]
    );
    assert_eq!(
        queries(&stack, "history"),
        [
            format!("{types}&{span}"),
            format!("{types}&{span}&after=h-1")
        ]
    );
    assert_eq!(stack.documents().await.len(), 4);
    let position = stack.position(Stream::SamsaraGps).await;
    assert_eq!(position, json!({ "token": "new" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_that_was_cut_short_goes_on_where_it_was() {
    let mut stack = stack().await;
    stack.deps.start = Some("2026-11-09T00:00:00Z".parse().unwrap());
    stack.deps.time_budget = Duration::ZERO;
    stack
        .gateway
        .page("feed", &page("2026-11-10T07:59:00Z", "new", false));
    stack
        .gateway
        .page("history", &page("2026-11-09T09:00:00Z", "h-1", true));
    stack
        .gateway
        .page("history", &page("2026-11-09T10:00:00Z", "", false));
    stack.gateway.page("feed", &idle("new"));
    for complete in [false, false, false, true] {
        assert_eq!(pull(&stack.deps).await.unwrap().complete, complete);
    }
    let history = queries(&stack, "history");
    assert!(history[1].ends_with("&after=h-1"), "{history:?}");
    assert_eq!(stack.documents().await.len(), 3);
    let position = stack.position(Stream::SamsaraGps).await;
    assert_eq!(position, json!({ "token": "new" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_that_fails_spares_its_neighbours_and_does_not_hold_the_cursor() {
    let stack = stack().await;
    let mut broken = page("2026-11-09T09:00:00Z", "c-1", false);
    let reading = json!({ "time": "time", "latitude": 1.1 });
    broken["data"][0]["gps"]
        .as_array_mut()
        .unwrap()
        .push(reading);
    stack.gateway.page("feed", &broken);
    assert!(pull(&stack.deps).await.unwrap().complete);
    assert_eq!(stack.letters().await, ["E102 $.data[0].gps[1].time"]);
    assert_eq!(
        stack.documents().await,
        ["vehicle_position:samsara|7|gps|1794214800000"]
    );
    let position = stack.position(Stream::SamsaraGps).await;
    assert_eq!(position, json!({ "token": "c-1" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_page_fails_the_pull_moves_nothing_and_is_one_letter_however_often() {
    let stack = stack().await;
    for _ in 0..2 {
        stack
            .gateway
            .answer("feed", 200, [], "<html>maintenance</html>");
        let error = pull(&stack.deps).await.unwrap_err();
        assert!(
            matches!(error.failed[0].1, PullError::NoPage { .. }),
            "{error}"
        );
    }
    assert_eq!(stack.letters().await, ["E101 $"]);
    assert_eq!(stack.position(Stream::SamsaraGps).await, Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_lead_in_a_circle_end() {
    let stack = stack().await;
    for _ in 0..3 {
        stack
            .gateway
            .page("feed", &page("2026-11-09T09:00:00Z", "c-1", true));
    }
    let error = pull(&stack.deps).await.unwrap_err();
    assert!(matches!(error.failed[0].1, PullError::Circle), "{error}");
    assert_eq!(stack.gateway.calls("feed").len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn readings_are_thinned_out_over_pages_and_pulls() {
    let stack = stack().await;
    for (second, cursor) in [
        (0, "c-1"),
        (20, "c-2"),
        (40, "c-3"),
        (60, "c-4"),
        (80, "c-5"),
    ] {
        let time = format!("2026-11-09T09:0{}:{:02}Z", second / 60, second % 60);
        stack.gateway.page("feed", &page(&time, cursor, false));
    }
    let mut thinned_out = 0;
    for _ in 0..5 {
        thinned_out += pull(&stack.deps).await.unwrap().thinned_out;
    }
    assert_eq!((thinned_out, stack.documents().await.len()), (3, 2));
    let position = stack.position(Stream::SamsaraGps).await;
    assert_eq!(position, json!({ "token": "c-5" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cursor_moves_only_behind_what_is_durable() {
    let stack = stack().await;
    // Only records are refused, so nothing but our own order of things keeps the cursor where it is.
    let lost = page("2026-11-09T09:00:00Z", "c-1", false);
    stack.emulator.refuse_writes("records").await;
    stack.gateway.page("feed", &lost);
    let error = pull(&stack.deps).await.unwrap_err();
    assert!(matches!(error.failed[0].1, PullError::Ingest(_)), "{error}");
    assert_eq!(stack.position(Stream::SamsaraGps).await, Value::Null);

    // Now the readings are durable, but the cursor is not: the page is read again and nothing counts twice.
    stack.emulator.refuse_writes("checkpoints").await;
    stack.gateway.page("feed", &lost);
    let error = pull(&stack.deps).await.unwrap_err();
    assert!(matches!(error.failed[0].1, PullError::Feed(_)), "{error}");
    let documents = stack.documents().await;
    assert_eq!(documents.len(), 1);
    stack.emulator.faults(serde_json::json!({})).await;
    stack.gateway.page("feed", &lost);
    pull(&stack.deps).await.unwrap();
    assert_eq!(stack.documents().await, documents);
    let position = stack.position(Stream::SamsaraGps).await;
    assert_eq!(position, json!({ "token": "c-1" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_pulls_at_once_lose_nothing() {
    let stack = stack().await;
    for time in ["2026-11-09T09:00:00Z", "2026-11-09T10:00:00Z"] {
        stack.gateway.page("feed", &page(time, "c-1", false));
    }
    let (first, second) = tokio::join!(pull(&stack.deps), pull(&stack.deps));
    first.unwrap();
    second.unwrap();
    assert_eq!(stack.documents().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_timer_pulls_and_a_failed_pull_is_a_failed_invocation() {
    let stack = stack().await;
    stack
        .gateway
        .page("feed", &page("2026-11-09T09:00:00Z", "c-1", false));
    stack.gateway.answer("feed", 200, [], "no page");
    let door = app(stack.deps.clone()).into_router();
    let mut statuses = Vec::new();
    for _ in 0..2 {
        let tick = json!({ "Data": { "tick": { "IsPastDue": false } }, "Metadata": {} });
        let request = Request::post("/ingest")
            .header("content-type", "application/json")
            .body(Body::from(tick.to_string()));
        let response = door.clone().oneshot(request.unwrap()).await.unwrap();
        statuses.push(response.status());
    }
    assert_eq!(
        statuses,
        [StatusCode::OK, StatusCode::INTERNAL_SERVER_ERROR]
    );
    assert_eq!(stack.documents().await.len(), 1);
}
