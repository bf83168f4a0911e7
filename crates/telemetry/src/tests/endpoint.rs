//! An ingestion endpoint on this machine.

use std::{
    collections::HashMap,
    io::Read,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    routing::post,
};
use flate2::read::GzDecoder;
use serde_json::Value;
use tokio::{net::TcpListener, sync::watch};

use crate::Config;

/// Takes what is sent to `/v2/track` and answers once its gate is open.
pub(super) struct Endpoint {
    address: SocketAddr,
    taken: Arc<Mutex<Taken>>,
    gate: watch::Sender<bool>,
}

#[derive(Default)]
struct Taken {
    items: Vec<Value>,
    authorizations: Vec<Option<String>>,
}

#[derive(Clone)]
struct Desk {
    taken: Arc<Mutex<Taken>>,
    gate: watch::Receiver<bool>,
}

impl Endpoint {
    pub(super) async fn open() -> Self {
        Self::start(true).await
    }

    /// An endpoint that accepts requests and answers none until [`Self::open_gate`].
    pub(super) async fn silent() -> Self {
        Self::start(false).await
    }

    async fn start(open: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let taken = Arc::default();
        let (gate, entry) = watch::channel(open);
        let desk = Desk {
            taken: Arc::clone(&taken),
            gate: entry,
        };
        let routes = Router::new()
            .route("/v2/track", post(track))
            .with_state(desk);
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self {
            address,
            taken,
            gate,
        }
    }

    pub(super) fn open_gate(&self) {
        self.gate.send_replace(true);
    }

    pub(super) fn config(&self, more: &[(&str, &str)]) -> Config {
        let connection = format!(
            "InstrumentationKey=00000000-0000-0000-0000-000000000001;IngestionEndpoint=http://{}/",
            self.address
        );
        let mut settings: HashMap<&str, &str> = more.iter().copied().collect();
        settings.insert("APPLICATIONINSIGHTS_CONNECTION_STRING", &connection);
        Config::from_vars(
            |name| settings.get(name).map(|value| (*value).to_owned()),
            "orders",
            "1.2.3",
        )
    }

    /// Everything taken so far.
    pub(super) fn items(&self) -> Vec<Value> {
        self.taken.lock().unwrap().items.clone()
    }

    /// The `Authorization` header of each request so far.
    pub(super) fn authorizations(&self) -> Vec<Option<String>> {
        self.taken.lock().unwrap().authorizations.clone()
    }
}

async fn track(
    State(mut desk): State<Desk>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, &'static str) {
    desk.gate.wait_for(|open| *open).await.unwrap();
    assert_eq!(headers[header::CONTENT_ENCODING], "gzip");
    let mut json = String::new();
    GzDecoder::new(&body[..]).read_to_string(&mut json).unwrap();
    let items: Vec<Value> = serde_json::from_str(&json).unwrap();
    let authorization = headers
        .get(header::AUTHORIZATION)
        .map(|value| value.to_str().unwrap().to_owned());
    let mut taken = desk.taken.lock().unwrap();
    taken.items.extend(items);
    taken.authorizations.push(authorization);
    (StatusCode::OK, "{}")
}
