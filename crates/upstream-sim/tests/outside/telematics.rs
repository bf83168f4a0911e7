//! The gateways: cursors, sessions, limits, and readings that say what the truth says.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use reqwest::StatusCode;
use serde_json::{Value, json};
use upstream_sim::sim::{Settings, Sim};
use upstream_sim::telematics;

use crate::{noon, serve, settings, truth_of};

/// Place of the source among the six.
const TELEMATICS: usize = 4;
const TOKEN: &str = "samsara-token";

fn world(faults: &[&str]) -> Arc<Sim> {
    let mut settings = Settings {
        telematics: Some(telematics::Settings {
            samsara_token: TOKEN.to_owned(),
            geotab: ["db", "user", "pass:word"].map(str::to_owned),
            rate: 20.0,
        }),
        ..settings(7)
    };
    faults
        .iter()
        .for_each(|setting| settings.faults.set(setting).unwrap());
    Sim::new(settings, noon)
}

fn play(sim: &Sim, steps: usize) {
    for _ in 0..steps {
        sim.emit_trip(false);
        (0..3).for_each(|_| sim.act(TELEMATICS));
    }
}

struct Reader {
    client: reqwest::Client,
    url: String,
}

impl Reader {
    async fn of(sim: &Arc<Sim>) -> Self {
        Self {
            client: reqwest::Client::new(),
            url: serve(sim).await,
        }
    }

    async fn samsara(&self, path: &str) -> (StatusCode, String) {
        let url = format!("{}/samsara/fleet/vehicles/stats/{path}", self.url);
        let answer = self
            .client
            .get(url)
            .bearer_auth(TOKEN)
            .send()
            .await
            .unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    /// A page that must be whole: its data, its cursor, and whether there is more.
    async fn page(&self, path: &str) -> (Vec<Value>, String, bool) {
        let (status, body) = self.samsara(path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        let mut page: Value = serde_json::from_str(&body).unwrap();
        let Value::Array(data) = page["data"].take() else {
            panic!("{path}: {page}")
        };
        let pagination = &page["pagination"];
        let cursor = pagination["endCursor"].as_str().unwrap().to_owned();
        (data, cursor, pagination["hasNextPage"] == true)
    }

    /// From `cursor` to the end of a feed.
    async fn walk(&self, types: &str, mut cursor: String) -> (Vec<Value>, String) {
        let mut rows = Vec::new();
        loop {
            let (data, next, more) = self
                .page(&format!("feed?types={types}&after={cursor}"))
                .await;
            rows.extend(data);
            cursor = next;
            if !more {
                return (rows, cursor);
            }
        }
    }

    async fn geotab(&self, method: &str, params: Value) -> Value {
        let call = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let url = format!("{}/geotab/apiv1", self.url);
        let answer = self.client.post(url).json(&call).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "errors come with 200 too");
        answer.json().await.unwrap()
    }

    async fn sign_in(&self) -> Value {
        let params = json!({"database": "db", "userName": "user", "password": "pass:word"});
        self.geotab("Authenticate", params).await["result"]["credentials"].take()
    }
}

/// Readings by vehicle, kind and time.
fn readings<'a>(rows: &'a [Value], field: &str) -> BTreeMap<(String, i64), &'a Value> {
    let mut found = BTreeMap::new();
    for row in rows {
        for reading in row[field].as_array().into_iter().flatten() {
            let time: jiff::Timestamp = reading["time"].as_str().unwrap().parse().unwrap();
            let vehicle = row["id"].as_str().unwrap().to_owned();
            found.insert((vehicle, time.as_millisecond()), reading);
        }
    }
    found
}

fn expected(truth: &Value, provider: &str, stream: &str) -> BTreeMap<(String, i64), Value> {
    let rows = truth["rpt_vehicle_position"].as_array().unwrap().iter();
    rows.filter(|row| row["provider"] == provider && row["stream"] == stream)
        .map(|row| {
            let vehicle = row["vehicle_id"].as_str().unwrap().to_owned();
            (
                (vehicle, row["reading_time"].as_i64().unwrap()),
                row.clone(),
            )
        })
        .collect()
}

#[tokio::test]
async fn a_feed_begins_with_its_first_follower_and_holds_what_the_truth_holds() {
    let sim = world(&[]);
    let reader = Reader::of(&sim).await;
    play(&sim, 300);
    let types = "gps,engineStates";
    let (known, cursor, more) = reader.page(&format!("feed?types={types}")).await;
    assert!(known.is_empty() && !more, "nothing is known before");
    let (mut rows, cursor) = reader.walk(types, cursor).await;
    play(&sim, 300);
    sim.finish();
    rows.extend(reader.walk(types, cursor.clone()).await.0);
    let (known, ..) = reader.page(&format!("feed?types={types}")).await;

    let truth = truth_of(&sim);
    let sent = readings(&rows, "gps");
    let kept = expected(&truth, "samsara", "gps");
    assert!(
        kept.len() > 100 && kept.len() < sent.len(),
        "some are thinned out"
    );
    for (key, row) in &kept {
        let reading = sent[key];
        let e6 = |name: &str| {
            let degrees = reading[name].as_f64().unwrap();
            format!("{:.0}", degrees * 1e6).parse::<i64>().unwrap()
        };
        assert_eq!(
            (row["lat_e6"].as_i64(), row["lon_e6"].as_i64()),
            (Some(e6("latitude")), Some(e6("longitude")))
        );
        let kmh: f64 = row["speed_kmh"].as_str().unwrap().parse().unwrap();
        let mph = reading["speedMilesPerHour"].as_f64().unwrap();
        assert!((kmh - mph * 1.609_344).abs() < 1e-6);
    }
    let reasons: BTreeSet<_> = kept
        .values()
        .map(|row| row["kept_reason"].as_str())
        .collect();
    assert_eq!(
        reasons,
        BTreeSet::from([Some("distance"), Some("engine"), Some("time")])
    );
    // A first call gives the newest reading of every vehicle.
    let vehicles: BTreeSet<_> = sent.keys().map(|(vehicle, _)| vehicle).collect();
    assert_eq!(known.len(), vehicles.len());
    let names: BTreeSet<_> = rows
        .iter()
        .map(|row| (row["id"].as_str(), row["name"].as_str()))
        .collect();
    let vehicles = truth["rpt_vehicle"].as_array().unwrap().iter();
    for row in vehicles.filter(|row| row["provider"] == "samsara") {
        assert!(names.contains(&(row["vehicle_id"].as_str(), row["name"].as_str())));
    }
}

#[tokio::test]
async fn a_forgotten_cursor_is_refused_and_its_history_is_there() {
    let sim = world(&["telematics_expired=1"]);
    let reader = Reader::of(&sim).await;
    let types = "obdOdometerMeters,obdEngineSeconds";
    let (_, first, _) = reader.page(&format!("feed?types={types}")).await;
    let (rows, _) = reader.walk(types, first.clone()).await;
    assert!(rows.is_empty(), "the feed begins here");
    play(&sim, 300);
    let (rows, cursor) = reader.walk(types, first.clone()).await;
    let (status, _) = reader
        .samsara(&format!("feed?types={types}&after={cursor}"))
        .await;
    assert!([400, 410, 422].contains(&status.as_u16()), "{status}");
    // Meanwhile more is read; the first call goes on where the refused one would have.
    play(&sim, 100);
    let (_, next, more) = reader.page(&format!("feed?types={types}")).await;
    assert!(more);
    let (later, _) = reader.walk(types, next).await;
    let (mut history, mut after) = (Vec::new(), String::new());
    loop {
        let span = "startTime=2026-11-19T00:00:00Z&endTime=2026-11-22T12:00:00Z";
        let (data, cursor, more) = reader
            .page(&format!("history?types={types}&{span}&after={after}"))
            .await;
        history.extend(data);
        after = cursor;
        if !more {
            break;
        }
    }
    let field = "obdOdometerMeters";
    let all = readings(&history, field);
    for key in readings(&rows, field)
        .keys()
        .chain(readings(&later, field).keys())
    {
        assert!(all.contains_key(key), "{key:?}");
    }
    assert!(!readings(&later, field).is_empty());
}

#[tokio::test]
async fn a_torn_page_comes_twice_and_then_whole() {
    let sim = world(&["telematics_torn=1"]);
    let reader = Reader::of(&sim).await;
    let (_, cursor, _) = reader.page("feed?types=gps").await;
    play(&sim, 200);
    let path = format!("feed?types=gps&after={cursor}");
    let (_, first) = reader.samsara(&path).await;
    let (_, second) = reader.samsara(&path).await;
    assert_eq!(first, second);
    assert!(serde_json::from_str::<Value>(&first).is_err());
    let (rows, ..) = reader.page(&path).await;
    assert!(!rows.is_empty());
    assert_eq!(truth_of(&sim)["dead_letters"]["telematics"], 1);
}

#[tokio::test]
async fn geotab_says_every_error_with_status_200() {
    let sim = world(&["telematics_invalid=0.2"]);
    let reader = Reader::of(&sim).await;
    let kind = |answer: &Value| answer["error"]["data"]["type"].clone();
    let wrong = json!({"database": "db", "userName": "user", "password": "pass"});
    let answer = reader.geotab("Authenticate", wrong).await;
    assert_eq!(kind(&answer), "InvalidUserException");
    let credentials = reader.sign_in().await;
    let ask = |from: Option<&str>| {
        let mut params =
            json!({"typeName": "LogRecord", "resultsLimit": 20, "credentials": credentials});
        if let Some(from) = from {
            params["fromVersion"] = from.into();
        }
        params
    };
    play(&sim, 400);
    let cold = reader.geotab("GetFeed", ask(None)).await;
    assert_eq!(
        cold["result"]["data"],
        json!([]),
        "a cold call gives the token only"
    );
    let unknown = reader
        .geotab("GetFeed", ask(Some("00000009000000ff")))
        .await;
    assert_eq!(kind(&unknown), "ArgumentException");
    let mut token = cold["result"]["toVersion"].as_str().unwrap().to_owned();
    let mut records = Vec::new();
    let mut answers = 0;
    let kept = expected(&truth_of(&sim), "geotab", "gps");
    loop {
        let mut page = reader.geotab("GetFeed", ask(Some(&token))).await;
        answers += 1;
        let Value::Array(rows) = page["result"]["data"].take() else {
            panic!("{page}")
        };
        let full = rows.len() == 20;
        records.extend(rows);
        token = page["result"]["toVersion"].as_str().unwrap().to_owned();
        if !full {
            break;
        }
    }
    assert!(answers > 2);
    let nobody = records
        .iter()
        .filter(|row| row["device"] == "NoDeviceId")
        .count();
    assert!(nobody > 0);
    let sent: BTreeSet<_> = records
        .iter()
        .filter_map(|row| {
            let time: jiff::Timestamp = row["dateTime"].as_str()?.parse().ok()?;
            Some((
                row["device"]["id"].as_str()?.to_owned(),
                time.as_millisecond(),
            ))
        })
        .collect();
    assert!(kept.len() > 20);
    assert!(kept.keys().all(|key| sent.contains(key)));
    let mut params = ask(Some("0000000000000000"));
    params["typeName"] = "Device".into();
    params["resultsLimit"] = 5_000.into();
    let devices = reader.geotab("GetFeed", params).await;
    // Described anew, a vehicle comes once more: the last row stands.
    let named: BTreeMap<_, _> = devices["result"]["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["id"].clone().to_string(), row["name"].clone()))
        .collect();
    let truth = truth_of(&sim);
    let vehicles = truth["rpt_vehicle"].as_array().unwrap().iter();
    let stated: BTreeMap<_, _> = vehicles
        .filter(|row| row["provider"] == "geotab")
        .map(|row| (row["vehicle_id"].to_string(), row["name"].clone()))
        .collect();
    assert!(named.len() > 3);
    assert_eq!(named, stated);
    let status = loop {
        let answer = reader.geotab("GetFeed", ask(Some(&token))).await;
        if answer["error"].is_object() {
            break kind(&answer);
        }
    };
    assert_eq!(status, "OverLimitException", "60 calls a minute");
}

#[test]
fn faults_of_answers_change_no_reading() {
    let truth = |faults: &[&str]| {
        let sim = world(faults);
        for _ in 0..400 {
            sim.emit_order();
            sim.emit_trip(false);
            (0..3).for_each(|_| sim.act(TELEMATICS));
        }
        sim.finish();
        let mut truth = truth_of(&sim);
        truth["dead_letters"].take();
        truth
    };
    let plain = truth(&[]);
    assert!(plain == truth(&[]));
    let delivered = [
        "telematics_late=1",
        "telematics_twice=1",
        "telematics_disordered=1",
        "telematics_invalid=1",
    ];
    assert!(plain == truth(&delivered));
    assert!(plain != truth(&["telematics_bad_fix=1"]));
}
