//! Letters that come in again: as the smallest page around them, through the admin routes.

use axum::Router;
use emulator_process::Operator;
use ingest::Rejection;
use serde_json::{Value, json};
use telematics::{app, config::Stream, pull};

use crate::{
    stack::Stack,
    world::{fixture, with_normalized},
};

/// What does not depend on where on its page a unit stands.
fn shown(rejection: &Rejection<'_>) -> [String; 4] {
    [
        rejection.reason.code().to_owned(),
        feed::field_path(&rejection.place, &rejection.detail),
        rejection.detail.clone(),
        String::from_utf8_lossy(&rejection.raw).into_owned(),
    ]
}

#[test]
fn a_rejected_unit_comes_in_again_alone_and_fails_the_same_way() {
    let mut tried = 0;
    for (name, stream) in [
        ("samsara_quirks.json", Stream::SamsaraGps),
        ("geotab_logrecord.json", Stream::GeotabLogRecord),
        ("geotab_status_data.json", Stream::GeotabStatusData),
        ("geotab_trip.json", Stream::GeotabTrip),
        ("geotab_device.json", Stream::GeotabDevice),
    ] {
        with_normalized(&fixture(name), stream, |normalized| {
            for rejection in &normalized.rejections {
                let message = rejection.message.as_deref().unwrap();
                with_normalized(message, stream, |again| {
                    let records = again.records.len();
                    assert_eq!(records, 0, "{name}: neighbours came with {rejection:?}");
                    let again: Vec<_> = again.rejections.iter().map(shown).collect();
                    assert_eq!(again, [shown(rejection)], "{name}");
                });
                tried += 1;
            }
        });
    }
    assert!(tried >= 13, "{tried}");
}

/// A page with two readings of vehicle 7, of which one has a word for a time.
fn page() -> Value {
    let readings = json!([
        { "time": "2026-11-09T09:00:00Z", "latitude": 40.5, "longitude": -74.5 },
        { "time": "soon", "latitude": 40.5, "longitude": -74.5 }
    ]);
    json!({
        "data": [{ "id": "7", "name": "Truck 7", "gps": readings }],
        "pagination": { "endCursor": "c-1", "hasNextPage": false }
    })
}

async fn pulled(stream: Stream, door: &'static str, pages: &[Value]) -> (Stack, Router) {
    let stack = Stack::new(&[stream]).await;
    for page in pages {
        stack.gateway.page(door, page);
    }
    pull(&stack.deps).await.unwrap();
    let app = app(stack.deps.clone()).into_router();
    (stack, app)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_reading_is_corrected_and_replayed_and_its_neighbours_are_not_doubled() {
    let (stack, app) = pulled(Stream::SamsaraGps, "feed", &[page()]).await;
    let operator = Operator::at(&app);
    let before = stack.documents().await;
    assert_eq!(before.len(), 2, "a reading and the vehicle");
    let letter = operator.letter_about("$.data[].gps[].time").await;
    let again = operator.replay(&letter).await;
    assert_eq!(again["outcome"]["outcome"], "failed_again", "{again:#}");

    // Ten seconds after the one that was kept: a page would have left it out. A replay does not.
    let patch = json!([{ "op": "replace", "path": "/time", "value": "2026-11-09T09:00:10Z" }]);
    let edited = operator.edit(&letter, &patch).await;
    assert_eq!(edited["would"], "publish", "{edited:#}");
    let documents = edited["documents"].as_array().unwrap();
    assert_eq!(documents.len(), 1, "{edited:#}");
    assert_eq!(stack.documents().await, before, "a preview writes nothing");

    let replayed = operator.replay(&letter).await;
    assert_eq!(replayed["item"], "awaiting", "{replayed:#}");
    assert_eq!(replayed["targets"][0]["key"], "samsara|7|gps|1794214810000");
    let mut expected = before;
    expected.push("vehicle_position:samsara|7|gps|1794214810000".to_owned());
    expected.sort();
    assert_eq!(stack.documents().await, expected);
    let position = stack.position(Stream::SamsaraGps).await;
    assert_eq!(position, json!({ "token": "c-1" }), "no cursor moves");

    // What the upstream sends again by itself is the same document, and no second one.
    stack.gateway.page("feed", &page());
    pull(&stack.deps).await.unwrap();
    assert_eq!(stack.documents().await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_of_geotab_comes_in_as_one_of_its_stream() {
    let trip = |id: &str, stop: &str| json!({ "id": id, "device": { "id": "b1" }, "stop": stop, "version": "1f" });
    let page = json!({ "result": {
        "data": [trip("t1", "2026-11-09T09:00:00Z"), trip("t2", "then")],
        "toVersion": "20"
    }});
    let idle = json!({ "result": { "data": [], "toVersion": "20" } });
    let (stack, app) = pulled(Stream::GeotabTrip, "Trip", &[page, idle]).await;
    let operator = Operator::at(&app);
    let letter = operator.letter_about("$.result.data[].stop").await;
    let patch = json!([{ "op": "replace", "path": "/stop", "value": "2026-11-09T10:00:00Z" }]);
    operator.edit(&letter, &patch).await;
    let replayed = operator.replay(&letter).await;
    assert_eq!(replayed["item"], "awaiting", "{replayed:#}");
    assert_eq!(
        stack.documents().await,
        [
            "vehicle_position:geotab|b1|trip|1794214800000",
            "vehicle_position:geotab|b1|trip|1794218400000"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_drove_is_sealed() {
    let driver = "Erika Mustermann";
    let row = json!({ "device": { "id": "b1" }, "dateTime": "then", "driver": { "id": driver } });
    let page = json!({ "result": { "data": [row], "toVersion": "20" } });
    let (_stack, app) = pulled(Stream::GeotabLogRecord, "LogRecord", &[page]).await;
    let operator = Operator::at(&app);
    let letter = operator.letter_about("$.result.data[].dateTime").await;
    operator.reads_only_audited(&letter, driver).await;
    let listed = &operator.open_letters().await[0];
    assert_eq!(listed["schema_version"], "geotab-1", "{listed:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_no_page_fails_again_until_somebody_writes_one() {
    let stack = Stack::new(&[Stream::SamsaraGps]).await;
    let html = "<html>maintenance</html>";
    stack.gateway.answer("feed", 200, [], html);
    pull(&stack.deps).await.unwrap_err();
    let app = app(stack.deps.clone()).into_router();
    let operator = Operator::at(&app);
    let letter = operator.letter_about("$").await;
    let dry_run = operator.dry_run(&letter).await;
    assert_eq!(
        (&dry_run["would"], &dry_run["reason"]),
        (&"fail".into(), &"E101".into()),
        "{dry_run:#}"
    );
    let again = operator.replay(&letter).await;
    assert_eq!(again["outcome"]["reason"], "E101", "{again:#}");

    let mut good = page();
    good["data"][0]["gps"].as_array_mut().unwrap().pop();
    let correction = json!({ "kind": "replacement", "patch": good.to_string() });
    let asked =
        json!({ "ids": [letter], "correction": correction, "why": "from the provider's log" });
    operator.post("letters/edit", &asked).await;
    let replayed = operator.replay(&letter).await;
    assert_eq!(replayed["item"], "awaiting", "{replayed:#}");
    assert_eq!(stack.documents().await.len(), 2);
    let position = stack.position(Stream::SamsaraGps).await;
    assert_eq!(position, Value::Null, "no cursor moves");
}
