//! Samsara's stats feed and Geotab's `GetFeed`.

use axum::{
    Json,
    extract::{Query, State},
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};

use super::{Outside, Parameters};

/// Streams of Samsara that the app reads, each with a cursor of its own.
pub(super) const SAMSARA_STREAMS: usize = 2;

/// What of a vehicle is no reading.
const ALWAYS: [&str; 3] = ["id", "name", "externalIds"];

/// The cursor is the number of pages before it.
pub(super) async fn samsara_feed(
    State(outside): State<Outside>,
    Query(parameters): Parameters,
) -> Json<Value> {
    let mut pages = outside.pages();
    let after = parameters.get("after");
    let number = after.and_then(|after| after.strip_prefix("c-")?.parse().ok());
    let number: usize = number.unwrap_or_default();
    let types = parameters.get("types").cloned().unwrap_or_default();
    let read = pages.samsara_read.entry(types.clone()).or_default();
    *read = (*read).max(number);
    let Some(page) = pages.samsara.get(number) else {
        return Json(idle(&format!("c-{number}")));
    };
    let mut page = with_types(page, &types);
    page["pagination"] = json!({
        "endCursor": format!("c-{}", number + 1),
        "hasNextPage": number + 1 < pages.samsara.len(),
    });
    Json(page)
}

/// What is older than the feed is empty.
pub(super) async fn samsara_history() -> Json<Value> {
    Json(idle(""))
}

fn idle(cursor: &str) -> Value {
    json!({"data": [], "pagination": {"endCursor": cursor, "hasNextPage": false}})
}

/// The page with the readings that were asked for, as the service answers.
fn with_types(page: &Value, types: &str) -> Value {
    let asked: Vec<&str> = types.split(',').chain(ALWAYS).collect();
    let vehicles = page["data"].as_array().into_iter().flatten();
    let vehicles = vehicles.filter_map(Value::as_object).map(|vehicle| {
        let fields = vehicle
            .iter()
            .filter(|(name, _)| asked.contains(&name.as_str()));
        fields
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect::<serde_json::Map<_, _>>()
    });
    json!({ "data": vehicles.map(Value::Object).collect::<Vec<_>>() })
}

/// The token is the number of pages before it, in 16 hexadecimal digits. The first feed that is asked for is too much.
pub(super) async fn geotab(State(outside): State<Outside>, Json(call): Json<Value>) -> Response {
    if call["method"] == "Authenticate" {
        let credentials = json!({"database": "d", "userName": "u", "sessionId": "s"});
        return answer(&json!({"credentials": credentials, "path": "ThisServer"}));
    }
    let mut pages = outside.pages();
    if !std::mem::replace(&mut pages.geotab_was_over_limit, true) {
        let over_limit =
            include_str!("../../fixtures/story/telematics/geotab_overlimit_http200.json");
        return ([("retry-after", "0.2")], over_limit).into_response();
    }
    let parameters = &call["params"];
    if parameters["typeName"] != "LogRecord" {
        return answer(&json!({"data": [], "toVersion": token(0)}));
    }
    let from = parameters["fromVersion"].as_str();
    let number = from.and_then(|from| usize::from_str_radix(from, 16).ok());
    let number = number.unwrap_or_default();
    pages.geotab_read = pages.geotab_read.max(number);
    match pages.geotab.get(number) {
        Some(page) => answer(&json!({
            "data": page["result"]["data"],
            "toVersion": token(number + 1),
        })),
        None => answer(&json!({"data": [], "toVersion": token(number)})),
    }
}

fn token(number: usize) -> String {
    format!("{number:016x}")
}

fn answer(result: &Value) -> Response {
    Json(json!({"jsonrpc": "2.0", "result": result})).into_response()
}
