//! Geotab: JSON-RPC at `/apiv1`, `Authenticate` and `GetFeed`. Errors come with status 200.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Telematics;
use super::gate::{Count, Troubles};
use super::log::{Entry, Feed};
use super::reading::{Broken, Kind, Reading, Said, degrees};
use super::samsara::tenths;
use crate::sim::Sim;

/// Calls a minute for each type.
const MOST: usize = 60;
const WINDOW: Duration = Duration::from_secs(60);
/// Calls that a session lives at least.
const SESSION_CALLS: u32 = 3;

/// Who is signed in, as long as that lasts.
#[derive(Debug, Default)]
pub(super) struct Session {
    id: Option<String>,
    calls: u32,
    signed_in: u32,
}

/// An error: its type, its text, and how long to wait.
struct Fault(&'static str, String, Option<&'static str>);

impl Fault {
    fn new(kind: &'static str, message: &str) -> Self {
        Self(kind, message.to_owned(), None)
    }
}

pub(super) fn routes(sim: Arc<Sim>) -> Router {
    Router::new().route("/apiv1", post(rpc)).with_state(sim)
}

async fn rpc(State(sim): State<Arc<Sim>>, Json(call): Json<Value>) -> Response {
    let params = &call["params"];
    let (door, is_feed) = match call["method"].as_str() {
        Some("Authenticate") => ("geotab:Authenticate", false),
        _ => match params["typeName"].as_str() {
            Some("LogRecord") => ("geotab:LogRecord", true),
            Some("Device") => ("geotab:Device", true),
            _ => ("geotab:StatusData", true),
        },
    };
    let troubles = sim.lock().telematics.requests.enter(door, MOST, WINDOW);
    if let Some(delay) = troubles.slow {
        tokio::time::sleep(delay).await;
    }
    if troubles.throttled.is_none() && troubles.unavailable && troubles.way % 2 == 0 {
        return (StatusCode::SERVICE_UNAVAILABLE, "no server available").into_response();
    }
    let telematics = &mut sim.lock().telematics;
    let answer = if troubles.throttled.is_some() {
        let message = format!("API calls quota exceeded. Maximum admitted {MOST} per 1m.");
        Err(Fault("OverLimitException", message, troubles.throttled))
    } else if troubles.unavailable {
        Err(Fault::new("DbUnavailableException", "database is starting"))
    } else if is_feed {
        telematics.get_feed(params, &troubles)
    } else {
        telematics.authenticate(params)
    };
    let mut wait = None;
    let body = answer.unwrap_or_else(|Fault(kind, message, seconds)| {
        wait = seconds;
        json!({"error": {"message": message, "code": -32000, "data": {"id": "sim", "type": kind, "requestIndex": 0},
            "name": "JSONRPCError", "errors": [{"message": message, "name": kind}]}, "jsonrpc": "2.0", "requestIndex": 0})
        .to_string()
    });
    let mut answer = ([(header::CONTENT_TYPE, "application/json")], body).into_response();
    if let Some(seconds) = wait.and_then(|seconds| seconds.parse().ok()) {
        answer.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    answer
}

fn unknown_user() -> Fault {
    Fault::new("InvalidUserException", "Incorrect login credentials")
}

impl Telematics {
    fn authenticate(&mut self, params: &Value) -> Result<String, Fault> {
        let Some(settings) = &self.settings else {
            return Err(unknown_user());
        };
        let given = ["database", "userName", "password"].map(|name| params[name].as_str());
        if given != settings.geotab.each_ref().map(|text| Some(text.as_str())) {
            return Err(unknown_user());
        }
        self.session.signed_in += 1;
        self.session.calls = 0;
        let id = format!("session-{}", self.session.signed_in);
        self.session.id = Some(id.clone());
        self.requests.count(Count::SignedIn);
        let credentials = json!({"database": settings.geotab[0], "sessionId": id, "userName": settings.geotab[1]});
        Ok(
            json!({"jsonrpc": "2.0", "result": {"credentials": credentials, "path": "ThisServer"}})
                .to_string(),
        )
    }

    fn get_feed(&mut self, params: &Value, troubles: &Troubles) -> Result<String, Fault> {
        let shown = params["credentials"]["sessionId"].as_str();
        if shown.is_none() || shown != self.session.id.as_deref() {
            return Err(unknown_user());
        }
        if troubles.session && self.session.calls >= SESSION_CALLS {
            self.session.id = None;
            return Err(unknown_user());
        }
        self.session.calls += 1;
        let feed = match params["typeName"].as_str() {
            Some("LogRecord") => Feed::LogRecord,
            Some("StatusData") => Feed::StatusData,
            Some("Device") => return self.devices(params),
            _ => return Err(Fault::new("ArgumentException", "unknown typeName")),
        };
        let limit = params["resultsLimit"]
            .as_u64()
            .filter(|limit| (1..=50_000).contains(limit))
            .ok_or_else(|| Fault::new("ArgumentOutOfRangeException", "resultsLimit"))?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let Some(version) = params["fromVersion"].as_str() else {
            return Ok(self.cold_call(feed, &params["search"], limit));
        };
        let log = &mut self.logs[feed as usize];
        let refused = || Fault::new("ArgumentException", "fromVersion is not known");
        let position = position(log.age, version).ok_or_else(refused)?;
        log.follow();
        log.resume = None;
        let position = position.min(log.entries.len());
        if troubles.expired && position == log.entries.len() && position > 0 {
            log.forget(position);
            self.requests.count(Count::Expired);
            return Err(refused());
        }
        if let Some(torn) = self.requests.torn(feed, version) {
            return Ok(torn);
        }
        let log = &self.logs[feed as usize];
        let again = usize::from(troubles.repeated && limit > 1);
        let from = position.saturating_sub(again);
        let end = (from + limit).min(log.entries.len());
        let rows: Vec<&Entry> = log.entries[from..end].iter().collect();
        let body = self.answer(feed, &rows, end);
        if troubles.torn
            && let Some(torn) = self.requests.tear(feed, version, &body)
        {
            self.dead.insert(torn.clone().into_bytes());
            return Ok(torn);
        }
        Ok(body)
    }

    /// Nothing but the token of the present; or with a date, what is known since.
    fn cold_call(&self, feed: Feed, search: &Value, limit: usize) -> String {
        let log = &self.logs[feed as usize];
        let resume = log.resume.unwrap_or(log.entries.len());
        let date = search["fromDate"]
            .as_str()
            .and_then(|date| date.parse::<Timestamp>().ok());
        let Some(from) = date.map(Timestamp::as_millisecond) else {
            return self.answer(feed, &[], resume);
        };
        let since = |(at, entry): &(usize, &Entry)| *at >= resume || entry.leg >= from;
        let rows: Vec<(usize, &Entry)> = log.entries.iter().enumerate().filter(since).collect();
        let end = match rows.get(limit) {
            Some((next, _)) => *next,
            None => log.entries.len(),
        };
        let rows: Vec<&Entry> = rows.iter().take(limit).map(|(_, entry)| *entry).collect();
        self.answer(feed, &rows, end)
    }

    /// The vehicles, from a version on; each time that one is described anew it comes once more.
    fn devices(&self, params: &Value) -> Result<String, Fault> {
        let refused = || Fault::new("ArgumentException", "fromVersion is not known");
        let devices = &self.fleet.devices;
        let from = match params["fromVersion"].as_str() {
            Some(version) => position(0, version).ok_or_else(refused)?,
            None => devices.len(),
        };
        let limit = params["resultsLimit"].as_u64().unwrap_or(1);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let rows: Vec<Value> = (1..)
            .zip(devices)
            .skip(from)
            .take(limit)
            .map(|(number, (vehicle, name))| {
                let vehicle = &self.fleet.vehicles[*vehicle];
                json!({"id": vehicle.id, "name": name, "licensePlate": vehicle.plate,
                    "vehicleIdentificationNumber": vehicle.vin.as_deref().unwrap_or_default(),
                    "engineVehicleIdentificationNumber": "?", "version": version(0, number)})
            })
            .collect();
        let end = version(0, (from + rows.len()).min(devices.len()));
        Ok(json!({"jsonrpc": "2.0", "result": {"toVersion": end, "data": rows}}).to_string())
    }

    fn answer(&self, feed: Feed, rows: &[&Entry], end: usize) -> String {
        let age = self.logs[feed as usize].age;
        let data: Vec<Value> = rows
            .iter()
            .flat_map(|entry| {
                let device = &self.fleet.vehicles[entry.vehicle].id;
                entry.readings.iter().map(move |one| record(device, one))
            })
            .collect();
        let data = Value::Array(data);
        format!(
            r#"{{"jsonrpc":"2.0","result":{{"toVersion":"{}","data":{data}}}}}"#,
            version(age, end)
        )
    }
}

/// 16 hexadecimal digits.
fn version(age: u32, position: usize) -> String {
    format!("{age:08x}{position:08x}")
}

fn position(age: u32, version: &str) -> Option<usize> {
    let (shown, position) = version.split_at_checked(8)?;
    let known = u32::from_str_radix(shown, 16) == Ok(age) && position.len() == 8;
    known
        .then(|| usize::from_str_radix(position, 16).ok())
        .flatten()
}

/// A reading as Geotab writes it.
pub(super) fn record(device: &str, reading: &Reading) -> Value {
    let mut record = json!({"id": format!("b{:X}", 0x14A_0000 + reading.number)});
    record["device"] = match reading.broken {
        Some(Broken::NoTime) => "NoDeviceId".into(),
        _ => json!({"id": device}),
    };
    record["dateTime"] = match reading.broken {
        Some(Broken::NoTime) => crate::stamp::rfc3339_ms(reading.time).into(),
        _ => reading.time_text().into(),
    };
    let bad = reading.broken == Some(Broken::BadNumber);
    match reading.said {
        Said::Fix(fix) => {
            record["latitude"] = Value::Number(degrees(fix.lat_e6, ""));
            record["longitude"] = Value::Number(degrees(fix.lon_e6, ""));
            record["speed"] = tenths(fix.speed_tenths);
            if bad {
                record["longitude"] = "west".into();
            }
        }
        Said::Engine(state) => record["data"] = u8::from(state != "Off").into(),
        Said::Count(count) => record["data"] = count.into(),
    }
    if let Some(diagnostic) = diagnostic(reading.kind) {
        record["diagnostic"] = json!({"id": diagnostic});
        record["controller"] = "ControllerNoneId".into();
        record["version"] = format!("{:016x}", reading.number).into();
        if bad {
            record["data"] = "many".into();
        }
    }
    record
}

fn diagnostic(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::Gps => return None,
        Kind::EngineState => "DiagnosticIgnitionId",
        Kind::Odometer => "DiagnosticOdometerAdjustmentId",
        Kind::OdometerRaw => "DiagnosticOdometerId",
        Kind::EngineTime => "DiagnosticEngineHoursAdjustmentId",
        Kind::EngineTimeRaw => "DiagnosticEngineHoursId",
        Kind::Fuel => "DiagnosticFuelLevelId",
    })
}
