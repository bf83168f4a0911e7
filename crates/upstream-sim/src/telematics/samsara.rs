//! Samsara: `GET /fleet/vehicles/stats/feed` and `…/history`.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::Telematics;
use super::gate::{Count, Troubles};
use super::log::{Entry, Feed};
use super::reading::{Broken, Kind, Reading, Said, degrees};
use crate::sim::Sim;

/// Readings on a page of a feed.
const PAGE: usize = 100;
/// Readings on a page of a history, and as many more as its last leg has.
const HISTORY_PAGE: usize = 60;
/// The organisation's limit.
const MOST: usize = 200;
const WINDOW: Duration = Duration::from_secs(1);

type Asked = HashMap<String, String>;

pub(super) fn routes(sim: Arc<Sim>) -> Router {
    Router::new()
        .route("/fleet/vehicles/stats/{kind}", get(stats))
        .with_state(sim)
}

async fn stats(
    State(sim): State<Arc<Sim>>,
    Path(kind): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let Some(settings) = &sim.settings.telematics else {
        return refusal(StatusCode::NOT_FOUND, "no gateways here");
    };
    let bearer = format!("Bearer {}", settings.samsara_token);
    if headers
        .get(header::AUTHORIZATION)
        .is_none_or(|value| value.as_bytes() != bearer.as_bytes())
    {
        return refusal(StatusCode::UNAUTHORIZED, "Invalid token.");
    }
    let troubles = {
        let requests = &mut sim.lock().telematics.requests;
        requests.enter("samsara", MOST, WINDOW)
    };
    if let Some(delay) = troubles.slow {
        tokio::time::sleep(delay).await;
    }
    if let Some(seconds) = troubles.throttled {
        let mut answer = refusal(StatusCode::TOO_MANY_REQUESTS, "Rate limit exceeded.");
        if let Ok(value) = seconds.parse() {
            answer.headers_mut().insert(header::RETRY_AFTER, value);
        }
        return answer;
    }
    if troubles.unavailable {
        return refusal(StatusCode::SERVICE_UNAVAILABLE, "upstream connect error");
    }
    let telematics = &mut sim.lock().telematics;
    let body = match kind.as_str() {
        "feed" => telematics.samsara_feed(&asked, &troubles),
        "history" => telematics.samsara_history(&asked),
        _ => Err((StatusCode::NOT_FOUND, "no such resource")),
    };
    match body {
        Ok(body) => ([(header::CONTENT_TYPE, "application/json")], body).into_response(),
        Err((status, message)) => refusal(status, message),
    }
}

fn refusal(status: StatusCode, message: &str) -> Response {
    let body = json!({"message": message, "requestId": "sim"}).to_string();
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

type Refusal = (StatusCode, &'static str);

/// The feed that tells these types.
fn feed(asked: &Asked) -> Result<(Feed, Vec<Kind>), Refusal> {
    let types = asked.get("types").map(String::as_str).unwrap_or_default();
    let kinds: Option<Vec<Kind>> = types
        .split(',')
        .map(|name| {
            FIELDS
                .iter()
                .find(|(_, field)| *field == name)
                .map(|(kind, _)| *kind)
        })
        .collect();
    let kinds = kinds
        .filter(|kinds| kinds.len() <= 3)
        .ok_or((StatusCode::BAD_REQUEST, "Invalid value for types."))?;
    let feed = kinds
        .first()
        .and_then(|kind| Feed::of_samsara(*kind))
        .ok_or((StatusCode::BAD_REQUEST, "No types."))?;
    Ok((feed, kinds))
}

const FIELDS: [(Kind, &str); 4] = [
    (Kind::EngineState, "engineStates"),
    (Kind::Gps, "gps"),
    (Kind::Odometer, "obdOdometerMeters"),
    (Kind::EngineTime, "obdEngineSeconds"),
];

/// An opaque cursor: of a feed or of a history, its age, and a position.
fn cursor(kind: char, age: u32, position: usize) -> String {
    URL_SAFE_NO_PAD.encode(format!("{kind}/{age}/{position}"))
}

fn position(kind: char, age: u32, cursor: &str) -> Option<usize> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    text.strip_prefix(&format!("{kind}/{age}/"))?.parse().ok()
}

/// A cursor that is not known, or not any more. All of these were seen for it.
fn unknown_cursor(way: usize) -> Refusal {
    let status = [
        StatusCode::BAD_REQUEST,
        StatusCode::GONE,
        StatusCode::UNPROCESSABLE_ENTITY,
    ][way % 3];
    (status, "Invalid value for pagination cursor.")
}

impl Telematics {
    fn samsara_feed(&mut self, asked: &Asked, troubles: &Troubles) -> Result<String, Refusal> {
        let (feed, kinds) = feed(asked)?;
        let Some(after) = asked.get("after").filter(|after| !after.is_empty()) else {
            return Ok(self.first_call(feed, &kinds, troubles));
        };
        let log = &mut self.logs[feed as usize];
        let Some(position) = position('f', log.age, after) else {
            return Err(unknown_cursor(troubles.way));
        };
        log.follow();
        log.resume = None;
        let position = position.min(log.entries.len());
        if troubles.expired && position == log.entries.len() && position > 0 {
            log.forget(position);
            self.requests.count(Count::Expired);
            return Err(unknown_cursor(troubles.way));
        }
        if let Some(torn) = self.requests.torn(feed, after) {
            return Ok(torn);
        }
        let log = &self.logs[feed as usize];
        let from = position.saturating_sub(usize::from(troubles.repeated));
        let (mut end, mut readings) = (from, 0);
        while end < log.entries.len() && (readings < PAGE || end < position) {
            readings += log.entries[end].readings.len();
            end += 1;
        }
        let entries: Vec<&Entry> = log.entries[from..end].iter().collect();
        let (next, more) = (cursor('f', log.age, end), end < log.entries.len());
        let body = self.page(&entries, &kinds, false, &next, more);
        if troubles.torn
            && let Some(torn) = self.requests.tear(feed, after, &body)
        {
            self.dead.insert(torn.clone().into_bytes());
            return Ok(torn);
        }
        Ok(body)
    }

    /// What is known of every vehicle, and where to go on.
    fn first_call(&self, feed: Feed, kinds: &[Kind], troubles: &Troubles) -> String {
        let log = &self.logs[feed as usize];
        let position = log.resume.unwrap_or(log.entries.len());
        let known = log.last_known(position);
        let entries: Vec<&Entry> = known.iter().collect();
        let next = cursor('f', log.age, position);
        let more = position < log.entries.len();
        self.page(&entries, kinds, troubles.way.is_multiple_of(2), &next, more)
    }

    fn samsara_history(&self, asked: &Asked) -> Result<String, Refusal> {
        let (feed, kinds) = feed(asked)?;
        let wrong = (
            StatusCode::BAD_REQUEST,
            "Invalid value for startTime or endTime.",
        );
        let instant = |name: &str| asked.get(name)?.parse::<Timestamp>().ok();
        let from = instant("startTime").ok_or(wrong)?;
        instant("endTime").ok_or(wrong)?;
        let log = &self.logs[feed as usize];
        let history = log.history(
            from.as_millisecond(),
            log.resume.unwrap_or(log.entries.len()),
        );
        let begin = match asked.get("after").filter(|after| !after.is_empty()) {
            Some(after) => position('h', log.age, after).ok_or(unknown_cursor(0))?,
            None => 0,
        };
        let (mut end, mut readings) = (begin.min(history.len()), 0);
        let begin = end;
        let same_leg = |one: usize| {
            let (here, before) = (history[one], history[one - 1]);
            (here.vehicle, here.leg) == (before.vehicle, before.leg)
        };
        while end < history.len() && (readings < HISTORY_PAGE || (end > begin && same_leg(end))) {
            readings += history[end].readings.len();
            end += 1;
        }
        let more = end < history.len();
        let next = if more {
            cursor('h', log.age, end)
        } else {
            String::new()
        };
        Ok(self.page(&history[begin..end], &kinds, false, &next, more))
    }

    /// A page: a row per vehicle, with lists of readings; single ones in a snapshot.
    fn page(
        &self,
        entries: &[&Entry],
        kinds: &[Kind],
        snapshot: bool,
        next: &str,
        more: bool,
    ) -> String {
        let mut order = Vec::new();
        let mut rows: HashMap<usize, Map<String, Value>> = HashMap::new();
        for entry in entries {
            let row = rows.entry(entry.vehicle).or_insert_with(|| {
                order.push(entry.vehicle);
                self.described(entry.vehicle, true)
            });
            if !entry.bare {
                row.append(&mut self.described(entry.vehicle, false));
            }
            for reading in &entry.readings {
                let Some((_, field)) = FIELDS.iter().find(|(kind, _)| *kind == reading.kind) else {
                    continue;
                };
                if !kinds.contains(&reading.kind) {
                    continue;
                }
                let unit = self::reading(reading);
                if snapshot {
                    row.insert((*field).to_owned(), unit);
                } else if let Value::Array(list) = row
                    .entry(*field)
                    .or_insert_with(|| Value::Array(Vec::new()))
                {
                    list.push(unit);
                }
            }
        }
        let data: Vec<Value> = order
            .iter()
            .filter_map(|vehicle| Some(Value::Object(rows.remove(vehicle)?)))
            .collect();
        let data = Value::Array(data);
        // The cursor comes first, so that no two torn pages are the same.
        format!(r#"{{"pagination":{{"endCursor":"{next}","hasNextPage":{more}}},"data":{data}}}"#)
    }

    fn described(&self, vehicle: usize, bare: bool) -> Map<String, Value> {
        let vehicle = &self.fleet.vehicles[vehicle];
        let mut row = Map::new();
        row.insert("id".to_owned(), vehicle.id.as_str().into());
        row.insert("name".to_owned(), vehicle.name.as_str().into());
        if !bare {
            let mut ids = json!({"samsara.serial": format!("G{}", vehicle.id)});
            if let Some(vin) = &vehicle.vin {
                ids["samsara.vin"] = vin.as_str().into();
            }
            row.insert("externalIds".to_owned(), ids);
        }
        row
    }
}

/// A reading as Samsara writes it.
pub(super) fn reading(reading: &Reading) -> Value {
    let mut unit = json!({});
    if let Some(time) = reading.time_text() {
        unit["time"] = time.into();
    }
    let bad = reading.broken == Some(Broken::BadNumber);
    match reading.said {
        Said::Fix(fix) => {
            let digits = ["", "", "3", "1"][usize::try_from(reading.number % 4).unwrap_or(0)];
            unit["latitude"] = Value::Number(degrees(fix.lat_e6, digits));
            unit["longitude"] = Value::Number(degrees(fix.lon_e6, digits));
            unit["headingDegrees"] = fix.heading.into();
            unit["speedMilesPerHour"] = tenths(fix.speed_tenths);
            unit["isEcuSpeed"] = false.into();
            if let Some(place) = fix.place {
                unit["reverseGeo"] = json!({"formattedLocation": place});
            }
            if bad {
                unit["latitude"] = format!("north of {}", reading.number).into();
            }
        }
        Said::Engine(_) if bad => unit["decorations"] = reading.number.into(),
        Said::Engine(state) => unit["value"] = state.into(),
        Said::Count(_) if bad => unit["value"] = format!("{} or so", reading.number).into(),
        // Some devices write whole numbers with a fraction.
        Said::Count(count) if reading.number.is_multiple_of(5) => {
            unit["value"] = format!("{count}.0")
                .parse::<f64>()
                .unwrap_or_default()
                .into();
        }
        Said::Count(count) => unit["value"] = count.into(),
    }
    unit
}

/// Tenths as a JSON number.
pub(super) fn tenths(tenths: i64) -> Value {
    if tenths % 10 == 0 {
        return (tenths / 10).into();
    }
    let sign = if tenths < 0 { "-" } else { "" };
    format!("{sign}{}.{}", tenths.abs() / 10, tenths.abs() % 10)
        .parse::<f64>()
        .unwrap_or_default()
        .into()
}
