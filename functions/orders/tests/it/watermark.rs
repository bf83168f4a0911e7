//! Pulling by the time of change.

use std::time::Duration;

use axum::body::Body;
use http::{Request, StatusCode};
use orders::{app, config::CursorKind, pull, upstream::PullError};
use serde_json::json;
use tower::ServiceExt as _;

use crate::api::{Api, World, order};

async fn world() -> World {
    World::new(CursorKind::Watermark).await
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_followed_to_the_end_and_asked_for_as_documented() {
    let world = world().await;
    let next = format!("{}?$skiptoken=a%20b&aid=FIN", world.api.collection());
    world
        .api
        .page(json!({ "value": [order(1, "2026-11-09T10:00:00Z")], "@odata.nextLink": next }));
    world
        .api
        .page(json!({ "value": [order(2, "2026-11-10T07:59:00.5Z")] }));
    let pulled = pull(&world.deps).await.unwrap();
    assert!(
        pulled.complete && pulled.pages == 2 && pulled.received == 4,
        "{pulled:?}"
    );

    let calls = world.api.calls();
    let collection = "/api/v2.0/companies(11111111-2222-3333-4444-555555555555)/salesOrders";
    assert_eq!(
        calls[0].uri,
        format!(
            "{collection}?$expand=salesOrderLines&$filter=lastModifiedDateTime%20ge%202026-11-01T00:00:00Z\
             &$orderby=lastModifiedDateTime,id"
        )
    );
    assert_eq!(
        calls[1].uri,
        format!("{collection}?$skiptoken=a%20b&aid=FIN"),
        "verbatim"
    );
    for call in &calls {
        assert_eq!(call.headers["prefer"], "odata.maxpagesize=500");
        assert_eq!(call.headers["data-access-intent"], "ReadOnly");
        assert_eq!(call.headers["accept-language"], "en-US");
        assert!(
            call.headers["authorization"]
                .to_str()
                .unwrap()
                .starts_with("Bearer ")
        );
    }
    assert_eq!(world.documents().await.len(), 4);
    assert_eq!(
        world.cursor("watermark").await,
        json!({ "watermark": "2026-11-10T07:59:00.5Z", "resume": null })
    );

    // The next pull begins with the overlap; what it sees again is a duplicate.
    world
        .api
        .page(json!({ "value": [order(2, "2026-11-10T07:59:00.5Z")] }));
    pull(&world.deps).await.unwrap();
    let uri = &world.api.calls()[0].uri;
    assert!(uri.contains("ge%202026-11-10T07:49:00.5Z&"), "{uri}");
    assert_eq!(world.documents().await.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_upstream_is_waited_for() {
    let world = world().await;
    world
        .api
        .answer(429, [("retry-after", "0.05".to_owned())], "slow down");
    world.api.answer(503, [], "later");
    world
        .api
        .page(json!({ "value": [order(1, "2026-11-09T10:00:00Z")] }));
    assert!(pull(&world.deps).await.unwrap().complete);
    assert_eq!(world.api.calls().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_too_large_is_asked_for_in_halves() {
    let world = world().await;
    world.api.answer(413, [], "too large");
    world.api.page(json!({ "value": [] }));
    assert!(pull(&world.deps).await.unwrap().complete);
    let sizes: Vec<_> = world
        .api
        .calls()
        .into_iter()
        .map(|call| call.headers["prefer"].clone())
        .collect();
    assert_eq!(sizes, ["odata.maxpagesize=500", "odata.maxpagesize=250"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_goes_to_no_other_origin() {
    let (world, elsewhere) = (world().await, Api::start().await);
    let link = format!("{}?$skiptoken=x", elsewhere.collection());
    world
        .api
        .page(json!({ "value": [order(1, "2026-11-09T10:00:00Z")], "@odata.nextLink": link }));
    let error = pull(&world.deps).await.unwrap_err();
    assert!(matches!(error, PullError::Link(_)), "{error}");
    assert!(elsewhere.calls().is_empty());
    assert_eq!(
        world.documents().await.len(),
        2,
        "the page before is durable"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_fails_spares_its_neighbours_and_does_not_hold_the_cursor() {
    let world = world().await;
    let mut broken = order(2, "2026-11-09T11:00:00Z");
    broken["orderDate"] = json!("soon");
    let orders = [
        order(1, "2026-11-09T10:00:00Z"),
        broken,
        order(3, "yesterday"),
    ];
    world.api.page(json!({ "value": orders }));
    assert!(pull(&world.deps).await.unwrap().complete);
    assert_eq!(
        world.documents().await,
        ["order:CRONUS|SO-1", "order_line:CRONUS|SO-1|10000"]
    );
    assert_eq!(
        world.letters().await,
        [
            "E102 $.value[1].orderDate",
            "E102 $.value[2].lastModifiedDateTime"
        ]
    );
    assert_eq!(
        world.cursor("watermark").await["watermark"],
        "2026-11-09T11:00:00Z"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_page_fails_the_pull_moves_nothing_and_is_one_letter_however_often() {
    let world = world().await;
    for (body, letter) in [
        ("<html>maintenance</html>", "E101 $"),
        (r#"{"d":{"results":[]}}"#, "E103 $.d"),
        (
            r#"{"error":{"code":"Busy","message":"see 4711"}}"#,
            "E103 $.error",
        ),
    ] {
        for _ in 0..2 {
            world.api.page(body);
            let error = pull(&world.deps).await.unwrap_err();
            assert!(matches!(error, PullError::NoPage { .. }), "{error}");
        }
        assert!(world.letters().await.contains(&letter.to_owned()));
    }
    world
        .api
        .page(r#"{"error":{"code":"Busy","message":"see 4712"}}"#);
    pull(&world.deps).await.unwrap_err();
    assert_eq!(world.letters().await.len(), 3);
    assert_eq!(world.cursor("watermark").await, json!(null));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_whose_time_is_up_goes_on_where_it_was() {
    let mut world = world().await;
    world.deps.pull.time_budget = Duration::ZERO;
    let next = format!("{}?$skiptoken=2", world.api.collection());
    world
        .api
        .page(json!({ "value": [order(1, "2026-11-02T10:00:00Z")], "@odata.nextLink": next }));
    assert!(!pull(&world.deps).await.unwrap().complete);
    assert_eq!(
        world.cursor("watermark").await,
        json!({ "watermark": "2026-11-02T10:00:00Z", "resume": next })
    );
    world.api.calls();

    world
        .api
        .page(json!({ "value": [order(2, "2026-11-03T10:00:00Z")] }));
    assert!(pull(&world.deps).await.unwrap().complete);
    assert!(
        world.api.calls()[0]
            .uri
            .ends_with("salesOrders?$skiptoken=2")
    );
    assert_eq!(
        world.cursor("watermark").await,
        json!({ "watermark": "2026-11-03T10:00:00Z", "resume": null })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn near_the_present_a_pull_whose_time_is_up_begins_with_the_overlap() {
    let mut world = world().await;
    world.deps.pull.time_budget = Duration::ZERO;
    let next = format!("{}?$skiptoken=2", world.api.collection());
    world
        .api
        .page(json!({ "value": [order(1, "2026-11-10T07:55:00Z")], "@odata.nextLink": next }));
    pull(&world.deps).await.unwrap();
    // An order may still show up before this one, so the link would skip it.
    assert_eq!(
        world.cursor("watermark").await,
        json!({ "watermark": "2026-11-10T07:55:00Z", "resume": null })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_from_the_future_does_not_take_the_cursor_along() {
    let world = world().await;
    world
        .api
        .page(json!({ "value": [order(1, "2099-01-01T00:00:00Z")] }));
    pull(&world.deps).await.unwrap();
    assert_eq!(
        world.cursor("watermark").await["watermark"],
        "2026-11-10T08:00:00Z"
    );
    assert_eq!(world.documents().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_lead_in_a_circle_end() {
    let world = world().await;
    let next = format!("{}?$skiptoken=1", world.api.collection());
    for _ in 0..3 {
        world
            .api
            .page(json!({ "value": [], "@odata.nextLink": next }));
    }
    let error = pull(&world.deps).await.unwrap_err();
    assert!(error.to_string().contains("circle"), "{error}");
    assert_eq!(world.api.calls().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_pulls_at_once_lose_nothing() {
    let world = world().await;
    for number in [1, 2] {
        world
            .api
            .page(json!({ "value": [order(number, "2026-11-09T10:00:00Z")] }));
    }
    let (first, second) = tokio::join!(pull(&world.deps), pull(&world.deps));
    first.unwrap();
    second.unwrap();
    assert_eq!(world.documents().await.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_timer_pulls_and_a_failed_pull_is_a_failed_invocation() {
    let world = world().await;
    world
        .api
        .page(json!({ "value": [order(1, "2026-11-09T10:00:00Z")] }));
    world.api.page("no page");
    let door = app(world.deps.clone()).into_router();
    let mut statuses = Vec::new();
    for _ in 0..2 {
        let tick = json!({ "Data": { "tick": { "IsPastDue": false } }, "Metadata": {} });
        let request = Request::post("/ingest")
            .header("content-type", "application/json")
            .body(Body::from(tick.to_string()));
        statuses.push(
            door.clone()
                .oneshot(request.unwrap())
                .await
                .unwrap()
                .status(),
        );
    }
    assert_eq!(
        statuses,
        [StatusCode::OK, StatusCode::INTERNAL_SERVER_ERROR]
    );
    assert_eq!(world.documents().await.len(), 2);
}
