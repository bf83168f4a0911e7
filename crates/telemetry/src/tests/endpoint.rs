//! An ingestion endpoint on this machine that answers as it is told to.

use std::{
    collections::{HashMap, VecDeque},
    io::Read,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Instant,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use flate2::read::GzDecoder;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch};

use crate::Config;

/// Takes what is sent to `/v2/track` and answers once its gate is open.
pub(super) struct Endpoint {
    address: SocketAddr,
    taken: Arc<Mutex<Taken>>,
    gate: watch::Sender<bool>,
    items: watch::Receiver<usize>,
    readings: watch::Receiver<usize>,
}

/// How a request is answered that is not just taken.
#[derive(Clone)]
pub(super) enum Answer {
    /// With this status and these headers; nothing is taken.
    Status(u16, &'static [(&'static str, &'static str)]),
    /// Partly: the items at these places with these statuses, the rest is taken.
    Partly(&'static [(usize, u16)]),
    /// Not at all.
    Never,
}

#[derive(Default)]
struct Taken {
    items: Vec<Value>,
    authorizations: Vec<Option<String>>,
    requests: Vec<Instant>,
    script: VecDeque<Answer>,
}

#[derive(Clone)]
struct Desk {
    taken: Arc<Mutex<Taken>>,
    gate: watch::Receiver<bool>,
    items: Arc<watch::Sender<usize>>,
    readings: Arc<watch::Sender<usize>>,
}

impl Endpoint {
    pub(super) async fn open() -> Self {
        Self::start(true, []).await
    }

    /// An endpoint that accepts requests and answers none until [`Self::open_gate`].
    pub(super) async fn silent() -> Self {
        Self::start(false, []).await
    }

    /// An endpoint that answers the first requests like this, and takes all that come after them.
    pub(super) async fn scripted(script: impl IntoIterator<Item = Answer>) -> Self {
        Self::start(true, script).await
    }

    async fn start(open: bool, script: impl IntoIterator<Item = Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let taken = Arc::new(Mutex::new(Taken {
            script: script.into_iter().collect(),
            ..Taken::default()
        }));
        let (gate, entry) = watch::channel(open);
        let (count, items) = watch::channel(0);
        let (read, readings) = watch::channel(0);
        let desk = Desk {
            taken: Arc::clone(&taken),
            gate: entry,
            items: Arc::new(count),
            readings: Arc::new(read),
        };
        let routes = Router::new()
            .route("/v2/track", post(track))
            .with_state(desk);
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self {
            address,
            taken,
            gate,
            items,
            readings,
        }
    }

    pub(super) fn open_gate(&self) {
        self.gate.send_replace(true);
    }

    pub(super) fn config(&self, more: &[(&str, &str)]) -> Config {
        config_of(self.address, more)
    }

    /// Everything taken so far.
    pub(super) fn items(&self) -> Vec<Value> {
        self.taken.lock().unwrap().items.clone()
    }

    /// The spans and events, once so many are there.
    pub(super) async fn arrived(&self, items: usize) -> Vec<Value> {
        let mut count = self.items.clone();
        count.wait_for(|count| *count >= items).await.unwrap();
        let mut items = self.items();
        items.retain(|item| !is_metric(item));
        items
    }

    /// Everything taken, once metrics were read.
    pub(super) async fn metrics(&self) -> Vec<Value> {
        self.readings
            .clone()
            .wait_for(|readings| *readings > 0)
            .await
            .unwrap();
        self.items()
    }

    /// The `Authorization` header of each request so far.
    pub(super) fn authorizations(&self) -> Vec<Option<String>> {
        self.taken.lock().unwrap().authorizations.clone()
    }

    /// When each request came.
    pub(super) fn requests(&self) -> Vec<Instant> {
        self.taken.lock().unwrap().requests.clone()
    }
}

/// A configuration for an endpoint at this address.
pub(super) fn config_of(address: SocketAddr, more: &[(&str, &str)]) -> Config {
    let connection = format!(
        "InstrumentationKey=00000000-0000-0000-0000-000000000001;IngestionEndpoint=http://{address}/"
    );
    // A reading of metrics would be one item more in most of the tests.
    let mut settings = HashMap::from([("TELEMETRY_METRICS_SECONDS", "3600")]);
    settings.extend(more.iter().copied());
    settings.insert("APPLICATIONINSIGHTS_CONNECTION_STRING", &connection);
    Config::from_vars(
        |name| settings.get(name).map(|value| (*value).to_owned()),
        "orders",
        "1.2.3",
    )
}

async fn track(State(mut desk): State<Desk>, headers: HeaderMap, body: Bytes) -> Response {
    desk.gate.wait_for(|open| *open).await.unwrap();
    assert_eq!(headers[header::CONTENT_ENCODING], "gzip");
    let mut json = String::new();
    GzDecoder::new(&body[..]).read_to_string(&mut json).unwrap();
    let items: Vec<Value> = serde_json::from_str(&json).unwrap();
    // Readings of metrics come when they are due, so they are taken and not counted.
    let are_metrics = items.iter().all(is_metric);
    let mut scripted = || desk.taken.lock().unwrap().script.pop_front();
    let answer = (!are_metrics).then(&mut scripted).flatten();
    let authorization = headers
        .get(header::AUTHORIZATION)
        .map(|value| value.to_str().unwrap().to_owned());
    {
        let mut taken = desk.taken.lock().unwrap();
        taken.authorizations.push(authorization);
        if !are_metrics {
            taken.requests.push(Instant::now());
        }
    }
    let (items, answer) = match answer {
        None => (items, (StatusCode::OK, "{}").into_response()),
        Some(Answer::Never) => std::future::pending().await,
        Some(Answer::Status(status, more)) => {
            let mut answer = StatusCode::from_u16(status).unwrap().into_response();
            for (name, value) in more {
                answer.headers_mut().insert(*name, value.parse().unwrap());
            }
            (Vec::new(), answer)
        }
        Some(Answer::Partly(refused)) => partly(items, refused),
    };
    let count = {
        let mut taken = desk.taken.lock().unwrap();
        taken.items.extend(items);
        taken.items.iter().filter(|item| !is_metric(item)).count()
    };
    desk.items.send_replace(count);
    if are_metrics {
        desk.readings.send_modify(|readings| *readings += 1);
    }
    answer
}

fn is_metric(item: &Value) -> bool {
    item["data"]["baseType"] == "MetricData"
}

fn partly(items: Vec<Value>, refused: &[(usize, u16)]) -> (Vec<Value>, Response) {
    let errors: Vec<Value> = refused
        .iter()
        .map(|(index, status)| json!({ "index": index, "statusCode": status, "message": "no" }))
        .collect();
    let received = items.len();
    let is_taken = |index: &usize| !refused.iter().any(|(place, _)| place == index);
    let items: Vec<Value> = items
        .into_iter()
        .enumerate()
        .filter(|(index, _)| is_taken(index))
        .map(|(_, item)| item)
        .collect();
    let body = json!({ "itemsReceived": received, "itemsAccepted": items.len(), "errors": errors });
    (
        items,
        (StatusCode::PARTIAL_CONTENT, body.to_string()).into_response(),
    )
}
