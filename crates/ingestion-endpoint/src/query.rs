//! The query API of Log Analytics, for the one query that is understood.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{journey, keep::Keep};

#[derive(Debug, Deserialize)]
pub(crate) struct Query {
    query: String,
}

/// Whom the query asks for.
fn who(query: &str) -> Option<&str> {
    let line = query
        .lines()
        .find_map(|line| line.trim().strip_prefix("let who = \""))?;
    line.split_once('"').map(|(who, _)| who)
}

pub(crate) fn answer(keep: &Keep, query: &Query) -> Response {
    let Some(who) = who(&query.query) else {
        let message = "only infra/queries/end-to-end.kql is understood here";
        let error = json!({ "error": { "code": "BadArgumentError", "message": message } });
        return (StatusCode::BAD_REQUEST, Json(error)).into_response();
    };
    match journey::of(keep, who) {
        Ok(rows) => Json(table(&rows)).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

fn table(rows: &[Vec<Value>]) -> Value {
    let columns = journey::COLUMNS.map(|(name, kind)| json!({ "name": name, "type": kind }));
    json!({ "tables": [{ "name": "PrimaryResult", "columns": columns, "rows": rows }] })
}
