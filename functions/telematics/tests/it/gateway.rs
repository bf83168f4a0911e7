//! Both providers: a real HTTP server that answers as it is told and remembers what it was asked.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};

/// One answer: status, further headers, body.
type Answer = (u16, Vec<(&'static str, String)>, String);

#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) uri: String,
    pub(crate) authorization: Option<String>,
    /// Of Geotab's calls.
    pub(crate) body: Value,
}

#[derive(Debug, Default)]
struct Script {
    /// By door: `feed`, `history`, `Authenticate`, `LogRecord` and so on.
    answers: BTreeMap<&'static str, VecDeque<Answer>>,
    calls: Vec<(&'static str, Call)>,
    sign_ins: u32,
}

pub(crate) struct Gateway {
    pub(crate) origin: String,
    script: Arc<Mutex<Script>>,
}

impl Gateway {
    pub(crate) async fn start() -> Self {
        let script = Arc::<Mutex<Script>>::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&script));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { origin, script }
    }

    /// The next answer at a door.
    pub(crate) fn answer(
        &self,
        door: &'static str,
        status: u16,
        headers: impl Into<Vec<(&'static str, String)>>,
        body: impl Into<String>,
    ) {
        let answer = (status, headers.into(), body.into());
        let mut script = self.script.lock().unwrap();
        script.answers.entry(door).or_default().push_back(answer);
    }

    pub(crate) fn page(&self, door: &'static str, body: &Value) {
        self.answer(door, 200, [], body.to_string());
    }

    /// The calls at a door since the last look.
    pub(crate) fn calls(&self, door: &str) -> Vec<Call> {
        let mut script = self.script.lock().unwrap();
        let (at_door, others) = std::mem::take(&mut script.calls)
            .into_iter()
            .partition(|(called, _)| *called == door);
        script.calls = others;
        Vec::from_iter(at_door)
            .into_iter()
            .map(|(_, call)| call)
            .collect()
    }
}

async fn answer(State(script): State<Arc<Mutex<Script>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let door = match parts.uri.path() {
        "/fleet/vehicles/stats/feed" => "feed",
        "/fleet/vehicles/stats/history" => "history",
        "/apiv1" if body["method"] == "Authenticate" => "Authenticate",
        "/apiv1" => match body["params"]["typeName"].as_str() {
            Some("LogRecord") => "LogRecord",
            Some("StatusData") => "StatusData",
            Some("Device") => "Device",
            Some("Trip") => "Trip",
            _ => "elsewhere",
        },
        _ => "elsewhere",
    };
    let authorization = parts.headers.get("authorization");
    let call = Call {
        uri: parts.uri.to_string(),
        authorization: authorization.map(|value| value.to_str().unwrap().to_owned()),
        body,
    };
    let mut script = script.lock().unwrap();
    script.calls.push((door, call));
    let told = script.answers.get_mut(door).and_then(VecDeque::pop_front);
    let (status, headers, body) = match told {
        Some(told) => told,
        None if door == "Authenticate" => {
            script.sign_ins += 1;
            (200, Vec::new(), session(script.sign_ins).to_string())
        }
        None => (404, Vec::new(), "nothing there".to_owned()),
    };
    let status = http::StatusCode::from_u16(status).unwrap();
    let mut response = (status, body).into_response();
    for (name, value) in headers {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}

fn session(number: u32) -> Value {
    json!({
        "jsonrpc": "2.0",
        "result": {
            "credentials": { "database": "exampledb", "sessionId": format!("session-{number}"), "userName": "user@example.com" },
            "path": "ThisServer"
        }
    })
}
