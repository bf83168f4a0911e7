//! The pushes of container events and scans: sealed three ways, answered, and saying what the truth says.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::Timestamp;
use serde_json::{Value, json};
use upstream_sim::courier::Courier;
use upstream_sim::faults::FaultProfile;
use upstream_sim::signature::Secret;
use upstream_sim::sim::{Settings, Sim};
use upstream_sim::visibility::{self, Credentials};

use crate::{SECRET, noon, settings, truth_of};

/// Place of the source among the six.
const VISIBILITY: usize = 5;
const KEY: &str = "visibility-key";
const SUBSCRIPTION: &str = "subscription-1";

#[derive(Debug, Default)]
struct Inbox {
    /// Bodies by route, in the order in which they came.
    taken: Vec<(String, String)>,
    refused: usize,
    /// Answers that leave out what was wrong.
    silent: bool,
}

type Shared = Arc<Mutex<Inbox>>;

fn is_trusted(route: &str, headers: &HeaderMap, body: &[u8]) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let secret: Secret = SECRET.parse().unwrap();
    if route == "notifications" {
        return text("subscription-id") == Some(SUBSCRIPTION)
            && text("notification-signature") == Some(&secret.sign_body(body));
    }
    let id = text("webhook-id").unwrap();
    let timestamp = text("webhook-timestamp").unwrap().parse().unwrap();
    text("authorization") == Some(&format!("Bearer {KEY}"))
        && text("webhook-signature") == Some(&secret.sign(id, timestamp, body))
}

/// Whether an event has what events must have.
fn is_good(event: &Value) -> bool {
    let time = ["eventDateTime", "eventTime"]
        .iter()
        .find_map(|name| event[*name].as_str())
        .is_some_and(|time| time.parse::<Timestamp>().is_ok());
    let code = |event: &Value| {
        event.as_object().unwrap().iter().any(|(name, value)| {
            name.ends_with("TypeCode") && name != "eventTypeCode" && value.is_string()
        })
    };
    if event["isRetracted"] == true || event["errorDeclaration"].is_object() {
        return true;
    }
    if event["type"].is_string() {
        let action = event["action"] == "OBSERVE" && event["type"] == "ObjectEvent";
        return time
            && action
            && event["epcList"]
                .as_array()
                .is_some_and(|list| !list.is_empty());
    }
    let reference = !event["shipmentDetails"].is_null() || !event["documentReferences"].is_null();
    let classes = &event["eventClassification"];
    let coded = code(event) || (classes.is_object() && code(classes));
    event["eventID"].is_string() && time && coded && reference
}

async fn receive(
    State(inbox): State<Shared>,
    Path(route): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut inbox = inbox.lock().unwrap();
    if !is_trusted(&route, &headers, &body) {
        inbox.refused += 1;
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let text = String::from_utf8(body.to_vec()).unwrap();
    inbox.taken.push((route.clone(), text.clone()));
    let errors: Vec<Value> = match serde_json::from_str::<Value>(&text) {
        Err(_) => vec![json!({"severity": "ERROR", "message": "no JSON", "propertyPath": "$"})],
        Ok(message) => events(&route, &message)
            .iter()
            .enumerate()
            .filter(|(_, event)| !is_good(event))
            .map(|(at, _)| json!({"severity": "ERROR", "message": "no", "propertyPath": format!("$.events[{at}].x")}))
            .collect(),
    };
    match route.as_str() {
        "events" if inbox.silent => Json(json!({"feedbackElements": []})).into_response(),
        "events" => Json(json!({"feedbackElements": errors})).into_response(),
        "notifications" => StatusCode::NO_CONTENT.into_response(),
        _ => {
            let place = format!("/capture/{}", errors.len());
            (StatusCode::ACCEPTED, [("location", place)]).into_response()
        }
    }
}

async fn job(Path(errors): Path<usize>) -> Json<Value> {
    Json(json!({"running": false, "success": errors == 0}))
}

fn events(route: &str, message: &Value) -> Vec<Value> {
    let list = match route {
        "events" => &message["events"],
        "notifications" => message,
        _ => &message["epcisBody"]["eventList"],
    };
    list.as_array().unwrap().clone()
}

fn visible(url: &str, faults: FaultProfile) -> Settings {
    let secret: Secret = SECRET.parse().unwrap();
    let credentials = Credentials {
        key: KEY.to_owned(),
        secret: Some(secret.clone()),
        subscription: (SUBSCRIPTION.to_owned(), secret),
    };
    let courier =
        Courier::with_seal(url.to_owned(), Arc::new(credentials), Timestamp::now).unwrap();
    Settings {
        faults,
        visibility: Some(visibility::Settings {
            courier: Arc::new(courier),
            rate: 2.0,
        }),
        ..settings(7)
    }
}

fn play(sim: &Sim) {
    for at in 0..600 {
        sim.emit_order();
        sim.emit_trip(false);
        if at % 5 == 0 {
            sim.act(VISIBILITY);
        }
    }
    sim.finish();
}

/// Plays a world to its end against a receiver.
async fn run(faults: &[&str], silent: bool) -> (Arc<Sim>, Inbox) {
    let inbox: Shared = Arc::new(Mutex::new(Inbox {
        silent,
        ..Inbox::default()
    }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/api", listener.local_addr().unwrap());
    let routes = Router::new()
        .route("/api/{route}", post(receive))
        .route("/capture/{errors}", get(job))
        .with_state(Arc::clone(&inbox));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    let mut profile = FaultProfile::default();
    faults
        .iter()
        .for_each(|setting| profile.set(setting).unwrap());
    let sim = Sim::new(visible(&url, profile), noon);
    play(&sim);
    let quiet = async {
        while sim.status()["sources"]["visibility"]["in_flight"] != 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), quiet)
        .await
        .expect("all pushes are answered");
    let inbox = std::mem::take(&mut *inbox.lock().unwrap());
    (sim, inbox)
}

/// Final or not, time of update, retraction or not.
type Version = (u8, Option<String>, bool);

/// DCSA 3.0 events by key, each in its newest version.
fn newest(inbox: &Inbox) -> BTreeMap<String, (Version, Value)> {
    let mut newest = BTreeMap::new();
    for (route, body) in &inbox.taken {
        let Ok(message) = serde_json::from_str::<Value>(body) else {
            continue;
        };
        for event in events(route, &message) {
            if route != "events" || !is_good(&event) {
                continue;
            }
            let party = &event["eventRouting"]["originatingParty"];
            let part = |name: &str| party[name].as_str().unwrap_or("-").to_owned();
            let id = event["eventID"].as_str().unwrap();
            let key = format!(
                "dcsa|{}|{}|{}|{id}",
                part("codeListProvider"),
                part("codeListName"),
                part("partyCode")
            );
            let updated = event["eventUpdatedDateTime"].as_str().map(str::to_owned);
            let retracted = event["isRetracted"] == true;
            let last = u8::from(retracted && updated.is_none());
            let version = (last, updated, retracted);
            let held = newest
                .entry(key)
                .or_insert_with(|| (version.clone(), event.clone()));
            if held.0 < version {
                *held = (version, event);
            }
        }
    }
    newest
}

#[tokio::test]
async fn pushes_say_what_the_truth_says_and_forged_ones_are_refused() {
    let (sim, inbox) = run(
        &[
            "visibility_twice=0.3",
            "visibility_first=0.5",
            "visibility_disordered=0.5",
            "visibility_invalid=0.3",
            "visibility_torn=0.1",
            "visibility_bad_signature=0.3",
            "visibility_stale=0.3",
        ],
        false,
    )
    .await;
    let status = &sim.status()["sources"]["visibility"];
    assert_eq!(status["accepted"], status["sent"]);
    assert_eq!(status["refused_401"], inbox.refused);
    assert_eq!(status["forged"], inbox.refused);
    assert_eq!(status["wrong_answers"], 0);
    assert!(inbox.refused > 10);
    let truth = truth_of(&sim);
    let rows = truth["rpt_milestone"].as_array().unwrap();
    let stated: BTreeMap<&str, &Value> = rows
        .iter()
        .map(|row| (row["milestone_id"].as_str().unwrap(), row))
        .collect();
    let newest = newest(&inbox);
    let (mut live, mut retracted) = (0, 0);
    for (key, ((_, _, gone), event)) in &newest {
        if event["eventID"].as_str().unwrap().contains('|')
            || !event["eventClassification"]["iotEventTypeCode"].is_null()
        {
            continue;
        }
        if *gone {
            retracted += 1;
            assert!(!stated.contains_key(key.as_str()), "{key} is taken back");
            continue;
        }
        live += 1;
        let row = stated[key.as_str()];
        let time: Timestamp = event["eventDateTime"].as_str().unwrap().parse().unwrap();
        assert_eq!(row["event_time"], time.as_millisecond());
        assert_eq!(
            row["classifier"],
            event["eventClassification"]["eventClassifierCode"]
        );
        assert_eq!(
            row["reason_code"],
            event["transportDetails"]["delayReasonCodes"][0]
        );
    }
    assert!(live > 50 && retracted > 5, "{live} {retracted}");
    for prefix in ["dcsa2|", "epcis|"] {
        assert!(
            stated.keys().filter(|key| key.starts_with(prefix)).count() > 10,
            "{prefix}"
        );
    }
    assert!(truth["rpt_container"].as_array().unwrap().len() > 5);
    assert!(truth["rpt_handling_unit"].as_array().unwrap().len() > 20);
}

#[tokio::test]
async fn an_answer_that_hides_an_error_is_noticed() {
    let (sim, _) = run(&["visibility_invalid=1"], true).await;
    let status = sim.status();
    assert!(
        status["sources"]["visibility"]["wrong_answers"]
            .as_u64()
            .unwrap()
            > 10
    );
    assert_eq!(status["finished"], false);
}

#[test]
fn faults_change_deliveries_and_not_the_truth() {
    let truth = |faults| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let _inside = runtime.enter();
        let sim = Sim::new(visible("http://127.0.0.1:9", faults), noon);
        play(&sim);
        let mut truth = truth_of(&sim);
        (truth["dead_letters"].take()["visibility"].take(), truth)
    };
    let (none, plain) = truth(FaultProfile::default());
    let (some, troubled) = truth(FaultProfile::hard());
    assert_eq!(none, 0);
    assert!(some.as_u64().unwrap() > 20, "{some}");
    assert!(plain == troubled);
}
