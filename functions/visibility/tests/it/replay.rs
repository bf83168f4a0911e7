//! Letters that come in again: one event as a message of its standard, through the admin routes.

use feed::field_path;
use ingest::Rejection;
use serde_json::{Value, json};
use visibility::{
    normalize::normalize,
    upstream::{CAPTURE, ERROR_BEHAVIOUR, EVENTS},
};

use crate::{
    app::{World, with_key},
    world::{fixture, message, standard},
};
use http::{Request, StatusCode};

/// What does not depend on where in its message an event stands.
fn shown(rejection: &Rejection<'_>) -> [String; 4] {
    [
        rejection.reason.code().to_owned(),
        field_path(&rejection.place, &rejection.detail),
        rejection.detail.clone(),
        String::from_utf8_lossy(&rejection.raw).into_owned(),
    ]
}

#[test]
fn a_rejected_event_comes_in_again_alone_and_fails_the_same_way() {
    let mut tried = 0;
    for name in [
        "dcsa_broken.json",
        "dcsa2_corrections.json",
        "epcis_broken.json",
    ] {
        let raw = fixture(name);
        let first = message(&raw);
        let outcome = normalize(standard(name), &first);
        for rejection in &outcome.normalized.rejections {
            let raw = rejection.message.as_deref().unwrap();
            let second = message(raw);
            let again = normalize(standard(name), &second).normalized;
            assert_eq!(again.records.len(), 0, "{name}: neighbours came along");
            let again: Vec<_> = again.rejections.iter().map(shown).collect();
            assert_eq!(again, [shown(rejection)], "{name}");
            tried += 1;
        }
    }
    assert!(tried >= 13, "{tried}");
}

fn event(id: &str, happened: &str) -> Value {
    json!({
        "eventRouting": { "originatingParty": { "partyCode": "TSTO", "codeListProvider": "SMDG" } },
        "eventID": id,
        "eventDateTime": happened,
        "eventUpdatedDateTime": "2026-11-09T19:01:00Z",
        "eventClassification": { "eventTypeCode": "SHIPMENT", "eventClassifierCode": "ACT", "shipmentEventTypeCode": "CONF" },
        "shipmentDetails": { "documentReference": { "typeCode": "BKG", "reference": "B-1" } }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn one_event_is_corrected_and_replayed_and_its_neighbours_are_not_doubled() {
    let world = World::new().await;
    let operator = world.operator();
    let push =
        json!({ "events": [event("e-1", "2026-11-09T19:00:00Z"), event("e-2", "yesterday")] });
    let answer = world.post(EVENTS, push.to_string().as_bytes()).await;
    assert_eq!(answer.status, StatusCode::OK);
    let before = world.keys().await;
    assert_eq!(before.len(), 1, "{before:?}");

    let letter = operator.letter_about("$.events[].eventDateTime").await;
    let patch =
        json!([{ "op": "replace", "path": "/eventDateTime", "value": "2026-11-08T19:00:00Z" }]);
    let edited = operator.edit(&letter, &patch).await;
    let would = edited["documents"].as_array().map(Vec::len);
    assert_eq!((&edited["would"], would), (&"publish".into(), Some(1)));
    assert_eq!(world.keys().await, before, "a preview writes nothing");

    let replayed = operator.replay(&letter).await;
    assert_eq!(replayed["item"], "awaiting", "{replayed:#}");
    let keys = world.keys().await;
    assert_eq!(keys.len(), 2, "{keys:?}");
    assert!(keys.iter().any(|key| key.contains("e-2")), "{keys:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notification_comes_in_again_under_its_own_standard() {
    let world = World::new().await;
    let operator = world.operator();
    let mut notification: Value =
        serde_json::from_slice(&fixture("dcsa22_notification.json")).unwrap();
    let events = notification.as_array_mut().unwrap();
    let good = events.len();
    let mut bad = events[0].clone();
    bad["eventID"] = json!("e-bad");
    bad["eventDateTime"] = json!("then");
    bad["equipmentReference"] = json!("APZU4812090");
    events.push(bad);
    world
        .notify(crate::app::SECRET, notification.to_string().as_bytes())
        .await;
    let before = world.keys().await;
    assert!(!before.is_empty() && good > 0);
    let letter = operator.letter_about("$[].eventDateTime").await;
    let patch =
        json!([{ "op": "replace", "path": "/eventDateTime", "value": "2026-11-08T19:00:00Z" }]);
    operator.edit(&letter, &patch).await;
    let replayed = operator.replay(&letter).await;
    assert_eq!(replayed["item"], "awaiting", "{replayed:#}");
    let keys = world.keys().await;
    assert!(keys.len() > before.len(), "{keys:?}");
    assert!(before.iter().all(|key| keys.contains(key)), "{keys:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_without_an_id_keeps_the_names_that_its_id_is_made_of() {
    let (untouched, world) = (World::new().await, World::new().await);
    let whole: Value = serde_json::from_slice(&fixture("epcis_without_ids.json")).unwrap();
    untouched.post(CAPTURE, whole.to_string().as_bytes()).await;
    let expected = untouched.keys().await;
    assert!(!expected.is_empty());

    // The same document elsewhere, with one event whose action is missing.
    let mut broken = whole.clone();
    let list = broken["epcisBody"]["eventList"].as_array_mut().unwrap();
    let action = list[0].as_object_mut().unwrap().remove("action").unwrap();
    world.post(CAPTURE, broken.to_string().as_bytes()).await;
    assert!(world.keys().await.len() < expected.len());
    let operator = world.operator();
    let letter = operator
        .letter_about("$.epcisBody.eventList[].action")
        .await;
    let patch = json!([{ "op": "add", "path": "/action", "value": action }]);
    operator.edit(&letter, &patch).await;
    operator.replay(&letter).await;
    assert_eq!(world.keys().await, expected, "as if nothing had been wrong");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_to_come_in_as_a_whole_or_not_at_all_still_does() {
    let world = World::new().await;
    let operator = world.operator();
    let mut document: Value = serde_json::from_slice(&fixture("epcis_without_ids.json")).unwrap();
    let list = document["epcisBody"]["eventList"].as_array_mut().unwrap();
    let mut bad = list[0].clone();
    bad["action"] = json!("LOOK");
    list.push(bad);
    let at = list.len() - 1;
    let request = with_key(Request::post(CAPTURE)).header(ERROR_BEHAVIOUR, "rollback");
    world.send(request, document.to_string().as_bytes()).await;
    assert!(world.keys().await.is_empty());
    let letter = operator
        .letter_about("$.epcisBody.eventList[].action")
        .await;
    let again = operator.replay(&letter).await;
    assert_eq!(again["outcome"]["outcome"], "failed_again", "{again:#}");
    assert!(world.keys().await.is_empty(), "not even the good ones");

    let path = format!("/epcisBody/eventList/{at}/action");
    let patch = json!([{ "op": "replace", "path": path, "value": "OBSERVE" }]);
    operator.edit(&letter, &patch).await;
    let replayed = operator.replay(&letter).await;
    assert_eq!(replayed["item"], "awaiting", "{replayed:#}");
    assert!(!world.keys().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_no_json_fails_again_until_somebody_writes_some() {
    let world = World::new().await;
    let operator = world.operator();
    world.post(EVENTS, b"{\"events\":[").await;
    let letter = operator.letter_about("$").await;
    let again = operator.replay(&letter).await;
    assert_eq!(again["outcome"]["reason"], "E101", "{again:#}");
    let push = json!({ "events": [event("e-1", "2026-11-09T19:00:00Z")] });
    let correction = json!({ "kind": "replacement", "patch": push.to_string() });
    let asked = json!({ "ids": [letter], "correction": correction, "why": "from the sender" });
    operator.post("letters/edit", &asked).await;
    let replayed = operator.replay(&letter).await;
    assert_eq!(replayed["item"], "awaiting", "{replayed:#}");
    assert_eq!(world.keys().await.len(), 1);
}
