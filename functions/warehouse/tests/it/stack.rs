//! The app between a real storage account and a real feed.

use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicU64, Ordering},
};

use axum::{Router, body::Body};
use azurite::Server;
use drops::{Deliveries, DropQueue, Drops};
use emulator_process::{Emulator, Operator};
use feed::{Feed, FeedEntry, Reason};
use http::{Request, StatusCode};
use ingest::Ingest;
use jiff::Timestamp;
use record::Source;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use warehouse::{
    APP, Deps, VERSION, app,
    config::Units,
    contract::CONTRACT,
    upstream::{GROUP_BYTES, QUEUE},
    wire::Contracts,
};

use crate::world;

/// When every file here was written, unless its test says otherwise.
pub(crate) const WRITTEN: &str = "2026-11-09T20:31:00Z";

pub(crate) struct Stack {
    pub(crate) emulator: Emulator,
    pub(crate) feed: Feed,
    storage: Server,
    door: Router,
    /// Seconds since 1970 on the app's clock.
    clock: Arc<AtomicI64>,
    /// How far that clock goes on each time that it is looked at.
    tick_s: Arc<AtomicU64>,
    client: reqwest::Client,
}

/// What the host got to hear.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// What became of the message, for one that is answered with success.
    pub(crate) delivered: String,
}

impl Stack {
    /// `None`, after printing why, where Node is missing.
    pub(crate) async fn start() -> Option<Self> {
        Self::with_group_bytes(GROUP_BYTES).await
    }

    pub(crate) async fn with_group_bytes(group_bytes: u64) -> Option<Self> {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let storage = Server::for_test(&root)?;
        storage.create_container("warehouse").unwrap();
        storage.create_queue(QUEUE).unwrap();
        let emulator = Emulator::start();
        let feed = emulator.sealing_feed().await;
        let clock = Arc::new(AtomicI64::new(
            WRITTEN.parse::<Timestamp>().unwrap().as_second(),
        ));
        let tick_s = Arc::new(AtomicU64::new(0));
        let config = drops::Config {
            blob_service: storage.blob_service_uri(),
            queue_service: storage.queue_service_uri(),
            client_id: None,
        };
        let ingest = Ingest::new(feed.clone(), APP, VERSION)
            .under(CONTRACT)
            .unwrap();
        let queue = DropQueue::connect(&config, QUEUE).unwrap();
        let deps = Deps {
            deliveries: Deliveries::new(queue, ingest.clone(), Source::Warehouse),
            ingest,
            feed: feed.clone(),
            drops: Drops::connect(&config).unwrap(),
            contracts: Arc::new(Contracts::embedded(None).unwrap()),
            sites: Arc::new(world::sites()),
            units: Arc::new(Units::embedded().unwrap()),
            partial_wait: std::time::Duration::from_secs(600),
            time_budget: std::time::Duration::from_secs(180),
            group_bytes,
            now: {
                let (clock, tick) = (Arc::clone(&clock), Arc::clone(&tick_s));
                Arc::new(move || {
                    let tick = i64::try_from(tick.load(Ordering::SeqCst)).unwrap();
                    Timestamp::from_second(clock.fetch_add(tick, Ordering::SeqCst)).unwrap()
                })
            },
            flush: Arc::new(|| ()),
        };
        Some(Self {
            emulator,
            feed,
            storage,
            door: app(deps).into_router(),
            clock,
            tick_s,
            client: reqwest::Client::new(),
        })
    }

    /// The smallest message that brings a letter's unit in again.
    pub(crate) async fn message_of(&self, id: &str) -> String {
        let asked = json!({ "why": "ticket 7" });
        let path = format!("letters/{id}/unseal");
        let opened = self.operator().post(&path, &asked).await;
        opened["message"].as_str().unwrap_or_default().to_owned()
    }

    /// Somebody at the app's admin routes.
    pub(crate) fn operator(&self) -> Operator<'_> {
        Operator::at(&self.door)
    }

    /// Lets time pass on the app's clock.
    pub(crate) fn wait(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Has the app's clock go on by itself, at each look.
    pub(crate) fn tick(&self, seconds: u64) {
        self.tick_s.store(seconds, Ordering::SeqCst);
    }

    /// Writes a blob, also over one that is there, and gives the message that tells of it.
    pub(crate) async fn drop_file(&self, name: &str, content: &[u8]) -> String {
        let uri = self.storage.blob_service_uri();
        let (service, signature) = uri.split_once('?').unwrap();
        let url = format!("{service}/warehouse/{name}?{signature}");
        let put = self
            .client
            .put(url)
            .header("x-ms-blob-type", "BlockBlob")
            .header("content-length", content.len());
        let answer = put.body(content.to_vec()).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::CREATED, "{name}");
        let etag = answer.headers()["etag"]
            .to_str()
            .unwrap()
            .trim_matches('"')
            .to_owned();
        let written = Timestamp::from_second(self.clock.load(Ordering::SeqCst)).unwrap();
        world::event(service, name, &etag, content.len(), &written.to_string())
    }

    pub(crate) async fn remove_file(&self, name: &str) {
        let uri = self.storage.blob_service_uri();
        let (service, signature) = uri.split_once('?').unwrap();
        let url = format!("{service}/warehouse/{name}?{signature}");
        let answer = self.client.delete(url).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::ACCEPTED, "{name}");
    }

    /// Delivers a message as the host does.
    pub(crate) async fn deliver(&self, message: &str) -> Answer {
        self.invoke("/ingest", message).await
    }

    pub(crate) async fn invoke(&self, function: &str, message: &str) -> Answer {
        let body = json!({
            "Data": {"message": serde_json::to_string(message).unwrap()},
            "Metadata": {"DequeueCount": "1", "Id": "\"queue-id\""},
        });
        let request = Request::post(function)
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()))
            .unwrap();
        let answer = self.door.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX)
            .await
            .unwrap();
        let body: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        let delivered = body["Logs"][0].as_str().unwrap_or_default().to_owned();
        Answer { status, delivered }
    }

    /// Delivers, and says what became of the message.
    pub(crate) async fn delivered(&self, message: &str) -> String {
        let answer = self.deliver(message).await;
        assert_eq!(answer.status, StatusCode::OK);
        answer.delivered
    }

    /// Messages in the queue, hidden ones too.
    pub(crate) async fn queued(&self) -> u64 {
        let uri = self.storage.queue_service_uri();
        let (service, signature) = uri.split_once('?').unwrap();
        let url = format!("{service}/{QUEUE}?comp=metadata&{signature}");
        let answer = self.client.get(url).send().await.unwrap();
        let count = &answer.headers()["x-ms-approximate-messages-count"];
        count.to_str().unwrap().parse().unwrap()
    }

    pub(crate) async fn documents(&self) -> Vec<FeedEntry> {
        let mut documents = self.feed.documents().collect().await.unwrap();
        documents.sort_by(|one, other| one.id.cmp(&other.id));
        documents
    }

    /// Ids of all documents, sorted.
    pub(crate) async fn ids(&self) -> Vec<String> {
        let documents = self.documents().await;
        documents.into_iter().map(|entry| entry.id).collect()
    }

    /// Reason, place and detail of all dead letters, sorted.
    pub(crate) async fn letters(&self) -> Vec<(Reason, String, String)> {
        let entries = self.feed.dead_letters().collect().await.unwrap();
        let mut letters: Vec<_> = entries
            .into_iter()
            .map(|entry| (entry.reason, entry.place, entry.detail))
            .collect();
        letters.sort();
        letters
    }
}
