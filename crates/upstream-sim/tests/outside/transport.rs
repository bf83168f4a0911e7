//! The pushes: signed, retried, forged ones refused, and saying what the truth says.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::Value;
use upstream_sim::signature::Secret;
use upstream_sim::sim::{Settings, Sim};

use crate::{SECRET, courier, settings, truth_of};

/// What a receiver took in, by webhook id, and the ids it has sent away once.
#[derive(Debug, Default)]
struct Inbox {
    accepted: Vec<(String, Value)>,
    sent_away: BTreeSet<String>,
    refused: usize,
}

async fn receive(
    State(inbox): State<Arc<Mutex<Inbox>>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let text = |name: &str| headers[name].to_str().unwrap().to_owned();
    let (id, timestamp) = (
        text("webhook-id"),
        text("webhook-timestamp").parse().unwrap(),
    );
    let mut inbox = inbox.lock().unwrap();
    let secret: Secret = SECRET.parse().unwrap();
    if secret.sign(&id, timestamp, &body) != text("webhook-signature") {
        inbox.refused += 1;
        return StatusCode::UNAUTHORIZED.into_response();
    }
    if inbox.sent_away.insert(id.clone()) {
        return (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "0.02")]).into_response();
    }
    inbox
        .accepted
        .push((id, serde_json::from_slice(&body).unwrap()));
    StatusCode::ACCEPTED.into_response()
}

/// Runs a world to its end against a receiver that sends everything away once.
async fn run(faults: &[&str]) -> (Arc<Sim>, Inbox) {
    let inbox = Arc::new(Mutex::new(Inbox::default()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let routes = Router::new()
        .fallback(receive)
        .with_state(Arc::clone(&inbox));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    let mut settings = Settings {
        transport_rate: 300.0,
        orders_rate: 50.0,
        bulk_trips: 20,
        transport: Some(courier(&url)),
        ..settings(7)
    };
    faults
        .iter()
        .for_each(|setting| settings.faults.set(setting).unwrap());
    let sim = Sim::new(settings, Timestamp::now);
    Arc::clone(&sim).generate().await;
    let quiet = async {
        while sim.status()["finished"] != true {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), quiet)
        .await
        .expect("all letters are answered");
    let inbox = std::mem::take(&mut *inbox.lock().unwrap());
    (sim, inbox)
}

/// Newest accepted message per shipment number; bodies that break their contract are left out.
fn newest(inbox: &Inbox) -> BTreeMap<String, &Value> {
    let mut newest: BTreeMap<String, ((Timestamp, i64), &Value)> = BTreeMap::new();
    for (_, body) in &inbox.accepted {
        let trip = &body["data"];
        let modified = trip["lastModified"]
            .as_str()
            .or(trip["creationDate"].as_str())
            .unwrap();
        let (Ok(modified), Some(id)) = (modified.parse(), trip["id"].as_str()) else {
            continue;
        };
        let extra = &trip["externalAttributes"];
        // A revision that is no number is one of the ways in which a trip is broken.
        if extra["revision"].is_string() {
            continue;
        }
        let version = (modified, extra["revision"].as_i64().unwrap_or(0));
        let key = extra["loadNumber"].as_str().unwrap_or(id).to_owned();
        let held = newest.entry(key).or_insert((version, body));
        if held.0 < version {
            *held = (version, body);
        }
    }
    newest
        .into_iter()
        .map(|(key, (_, body))| (key, body))
        .collect()
}

#[tokio::test]
async fn everything_is_accepted_in_the_end_and_says_what_the_truth_says() {
    let (sim, inbox) = run(&[
        "twice=0.3",
        "stale=0.5",
        "bad-signature=0.1",
        "invalid-trip=0.05",
    ])
    .await;
    let status = sim.status();
    let transport = &status["sources"]["transport"];
    assert_eq!(transport["accepted"], transport["sent"]);
    assert_eq!(transport["accepted"], inbox.accepted.len());
    assert_eq!(transport["refused_401"], inbox.refused);
    assert_eq!(transport["refused_401"], transport["forged"]);
    assert!(inbox.refused > 10 && transport["retried"].as_u64().unwrap() > 300);

    let truth = truth_of(&sim);
    let said = newest(&inbox);
    let gone = said
        .values()
        .filter(|body| body["type"] == "trip.deleted")
        .count();
    let rows = truth["rpt_shipment"].as_array().unwrap();
    assert_eq!(rows.len(), said.len() - gone);
    for row in rows {
        let trip = &said[row["shipment_no"].as_str().unwrap()]["data"];
        assert_eq!(row["source_id"], trip["id"]);
        assert_eq!(
            row["vehicle_plate"],
            trip["vehicle"]["entity"]["licensePlate"]
        );
        assert_eq!(row["status"] == "in_transit", trip["status"] == "inTransit");
        let ids = |values: &Value, pointer: &str| -> BTreeSet<String> {
            values
                .as_array()
                .unwrap()
                .iter()
                .map(|v| v.pointer(pointer).unwrap().as_str().unwrap().to_owned())
                .collect()
        };
        assert_eq!(
            ids(&row["stop_ids"], ""),
            ids(&trip["actions"], "/entity/id")
        );
        for stop in truth["rpt_stop"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|stop| stop["shipment_no"] == row["shipment_no"])
        {
            let fact = trip["actions"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| &one["entity"])
                .find(|one| {
                    one["id"] == stop["stop_id"]
                        && ["actual", "realized"].contains(&one["lifecycle"].as_str().unwrap())
                });
            let ms = |field: &str| {
                let text = fact.and_then(|fact| fact[field].as_str());
                text.map(|text| text.parse::<Timestamp>().unwrap().as_millisecond())
            };
            assert_eq!(stop["actual_arrive"].as_i64(), ms("startTime"));
            assert_eq!(stop["actual_depart"].as_i64(), ms("endTime"));
        }
    }
}

#[tokio::test]
async fn late_and_repeated_messages_arrive_out_of_order() {
    let (_, inbox) = run(&["late=0.5", "twice=0.2"]).await;
    let revisions: Vec<_> = inbox
        .accepted
        .iter()
        .map(|(_, body)| {
            (
                body["data"]["id"].as_str().unwrap(),
                body["data"]["externalAttributes"]["revision"].as_i64(),
            )
        })
        .collect();
    let mut highest = BTreeMap::new();
    let overtaken = revisions.iter().filter(|(trip, revision)| {
        let held = highest.entry(*trip).or_insert(*revision);
        let older = *revision < *held;
        *held = (*held).max(*revision);
        older
    });
    assert!(overtaken.count() > 10);
    let ids: BTreeSet<_> = inbox.accepted.iter().map(|(id, _)| id).collect();
    assert!(
        ids.len() < inbox.accepted.len(),
        "some came again under the same id"
    );
}
