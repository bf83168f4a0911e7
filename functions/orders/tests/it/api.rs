//! The upstream: a real HTTP server that answers as it is told and remembers what it was asked.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    extract::{Request, State},
    response::{IntoResponse as _, Response},
};
use emulator_process::Emulator;
use feed::Feed;
use ingest::Ingest;
use jiff::{SignedDuration, Timestamp};
use orders::{
    APP, Deps, VERSION,
    config::{CursorKind, Pull},
    contract::CONTRACT,
    upstream::Client,
};
use retry::Policy;
use serde_json::Value;

/// The upstream's clock.
pub(crate) const DATE: &str = "Tue, 10 Nov 2026 08:00:00 GMT";
pub(crate) const COMPANY_ID: &str = "11111111-2222-3333-4444-555555555555";

/// One answer: status, further headers, body.
pub(crate) type Answer = (u16, Vec<(&'static str, String)>, String);

/// What is answered: JSON, or a text that may be anything.
pub(crate) struct Body(String);

impl From<Value> for Body {
    fn from(json: Value) -> Self {
        Self(json.to_string())
    }
}

impl From<&str> for Body {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) uri: String,
    pub(crate) headers: http::HeaderMap,
}

#[derive(Debug, Default)]
struct Script {
    /// For collections, in the order of the calls.
    pages: VecDeque<Answer>,
    /// For single orders, by id.
    orders: HashMap<String, Answer>,
    calls: Vec<Call>,
}

pub(crate) struct Api {
    pub(crate) origin: String,
    script: Arc<Mutex<Script>>,
}

impl Api {
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

    /// The next answer for a collection.
    pub(crate) fn page(&self, body: impl Into<Body>) {
        self.answer(200, [], body);
    }

    pub(crate) fn answer(
        &self,
        status: u16,
        headers: impl Into<Vec<(&'static str, String)>>,
        body: impl Into<Body>,
    ) {
        self.script
            .lock()
            .unwrap()
            .pages
            .push_back((status, headers.into(), body.into().0));
    }

    /// What there is of an order.
    pub(crate) fn order(&self, id: &str, body: &Value) {
        self.script
            .lock()
            .unwrap()
            .orders
            .insert(id.to_owned(), (200, Vec::new(), body.to_string()));
    }

    /// There is no such order any more.
    pub(crate) fn forget(&self, id: &str) {
        self.script.lock().unwrap().orders.remove(id);
    }

    /// The calls since the last look.
    pub(crate) fn calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.script.lock().unwrap().calls)
    }

    pub(crate) fn collection(&self) -> String {
        format!(
            "{}/api/v2.0/companies({COMPANY_ID})/salesOrders",
            self.origin
        )
    }
}

async fn answer(State(script): State<Arc<Mutex<Script>>>, request: Request) -> Response {
    let mut script = script.lock().unwrap();
    let uri = request.uri().to_string();
    script.calls.push(Call {
        uri: uri.clone(),
        headers: request.headers().clone(),
    });
    let id = uri
        .split_once("salesOrders(")
        .and_then(|(_, rest)| rest.split(')').next());
    let found = match id {
        Some(id) => script.orders.get(id).cloned(),
        None => script.pages.pop_front(),
    };
    let (status, headers, body) = found.unwrap_or((404, Vec::new(), "nothing there".to_owned()));
    let mut response = (
        http::StatusCode::from_u16(status).unwrap(),
        [("date", DATE)],
        body,
    )
        .into_response();
    for (name, value) in headers {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}

/// The app between an upstream and a feed.
pub(crate) struct World {
    pub(crate) api: Api,
    pub(crate) feed: Feed,
    pub(crate) deps: Deps,
    _emulator: Emulator,
}

impl World {
    pub(crate) async fn new(cursor: CursorKind) -> Self {
        let (emulator, api) = (Emulator::start(), Api::start().await);
        let feed = emulator.sealing_feed().await;
        let pull = Pull {
            company: "CRONUS".to_owned(),
            cursor,
            overlap: SignedDuration::from_mins(10),
            page_size: 500,
            time_budget: Duration::from_secs(60),
            start: "2026-11-01T00:00:00Z".parse().unwrap(),
        };
        let now: Arc<dyn Fn() -> Timestamp + Send + Sync> =
            Arc::new(|| "2026-11-10T08:00:01Z".parse().unwrap());
        let url = format!("{}/api/v2.0", api.origin).parse().unwrap();
        let credential = credential::for_endpoint(&api.origin, None).unwrap();
        let policy = Policy::new(
            3,
            Duration::from_millis(1),
            Duration::from_millis(5),
            Duration::from_secs(1),
        );
        let client = Client::new(
            &url,
            COMPANY_ID,
            pull.page_size,
            credential,
            Arc::clone(&now),
        )
        .unwrap();
        let deps = Deps {
            ingest: Ingest::new(feed.clone(), APP, VERSION)
                .under(CONTRACT)
                .unwrap(),
            client: Arc::new(client.with_policy(policy.unwrap())),
            pull,
            company_id: COMPANY_ID.to_owned(),
            now,
            flush: Arc::new(|| ()),
        };
        Self {
            api,
            feed,
            deps,
            _emulator: emulator,
        }
    }

    /// Entity, key and whether it is a tombstone, of all documents, sorted.
    pub(crate) async fn documents(&self) -> Vec<String> {
        let entries = self.feed.documents().collect().await.unwrap();
        let show = |entry: &feed::FeedEntry| {
            format!(
                "{}:{}{}",
                entry.entity,
                entry.key,
                if entry.deleted { " deleted" } else { "" }
            )
        };
        let mut documents: Vec<_> = entries.iter().map(show).collect();
        documents.sort();
        documents
    }

    /// Reason code and place of all dead letters, sorted.
    pub(crate) async fn letters(&self) -> Vec<String> {
        let entries = self.feed.dead_letters().collect().await.unwrap();
        let mut letters: Vec<_> = entries
            .iter()
            .map(|entry| format!("{} {}", entry.reason, entry.place))
            .collect();
        letters.sort();
        letters
    }

    /// The stored cursor.
    pub(crate) async fn cursor(&self, kind: &str) -> Value {
        let name = format!("orders:{COMPANY_ID}:{kind}");
        self.feed
            .checkpoint::<Value>(&name)
            .await
            .unwrap()
            .map_or(Value::Null, |stored| stored.value)
    }
}

/// An order as the API shows it, changed at `changed`.
pub(crate) fn order(number: u32, changed: &str) -> Value {
    let page: Value = serde_json::from_slice(&crate::world::fixture("page1.json")).unwrap();
    let mut order = page["value"][0].clone();
    order["number"] = format!("SO-{number}").into();
    order["id"] = id(number).into();
    order["lastModifiedDateTime"] = changed.into();
    order["salesOrderLines"].as_array_mut().unwrap().truncate(1);
    order
}

pub(crate) fn id(number: u32) -> String {
    format!("5f0d8a1e-0000-0000-0000-{number:012}")
}
