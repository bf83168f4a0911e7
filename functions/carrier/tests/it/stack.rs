//! The app between a real feed and a real storage account.

use std::{path::Path, sync::Arc, time::Duration};

use axum::{Router, body::Body};
use azurite::Server;
use carrier::{
    APP, Deps, VERSION, app,
    config::Partners,
    contract::CONTRACT,
    upstream::{Limits, OUT, QUEUE},
};
use drops::{Config, Created, Deliveries, DropQueue, Drops, LETTER_BYTES, LetterBytes};
use emulator_process::{Emulator, Operator};
use feed::{Feed, Reason};
use http::{Request, StatusCode};
use ingest::Ingest;
use jiff::Timestamp;
use record::Source;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::world::PARTNERS;

/// The container that carriers write to.
pub(crate) const CONTAINER: &str = "carrier";
const NOW: i64 = 1_794_252_733 + 86_400;

pub(crate) struct Stack {
    pub(crate) emulator: Emulator,
    pub(crate) feed: Feed,
    pub(crate) drops: Drops,
    server: Server,
    limits: Limits,
    door: Router,
}

impl Stack {
    /// `None` where there is no Node for the storage account; a line says so.
    pub(crate) async fn new(limits: Limits) -> Option<Self> {
        Self::with(PARTNERS, limits).await
    }

    pub(crate) async fn with(partners: &str, limits: Limits) -> Option<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let server = Server::for_test(&root)?;
        server.create_container(CONTAINER).unwrap();
        server.create_queue(QUEUE).unwrap();
        let config = config(&server);
        let emulator = Emulator::start();
        let drops = Drops::connect(&config).unwrap();
        server.create_container(LETTER_BYTES).unwrap();
        let bytes = LetterBytes::new(drops.clone(), LETTER_BYTES);
        let feed = emulator.sealing_feed().await.with_blobs(Arc::new(bytes));
        let mut stack = Self {
            emulator,
            feed,
            drops,
            server,
            limits,
            door: Router::new(),
        };
        stack.restart(partners);
        Some(stack)
    }

    /// The app anew, with these partners.
    pub(crate) fn restart(&mut self, partners: &str) {
        let config = config(&self.server);
        let ingest = Ingest::new(self.feed.clone(), APP, VERSION)
            .under(CONTRACT)
            .unwrap();
        let queue = DropQueue::connect(&config, QUEUE).unwrap();
        let deps = Deps {
            deliveries: Deliveries::new(queue, ingest.clone(), Source::Carrier),
            drops: self.drops.clone(),
            ingest,
            partners: Arc::new(Partners::parse(partners).unwrap()),
            now: Arc::new(|| Timestamp::from_second(NOW).unwrap()),
            flush: Arc::new(|| ()),
            limits: self.limits.clone(),
        };
        self.door = app(deps).into_router();
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

    /// Writes a blob and gives the message that tells of it.
    pub(crate) async fn drop_file(&self, name: &str, content: &[u8]) -> String {
        let bytes = content.to_vec().into();
        let created = self.drops.create(CONTAINER, name, bytes).await.unwrap();
        let Created::New(etag) = created else {
            panic!("{name} is there already")
        };
        self.event(name, &etag, content.len())
    }

    pub(crate) fn event(&self, name: &str, etag: &str, length: usize) -> String {
        let uri = self.server.blob_service_uri();
        let service = uri.split('?').next().unwrap();
        json!({
            "id": "e-1",
            "eventType": "Microsoft.Storage.BlobCreated",
            "eventTime": "2026-11-09T20:31:02Z",
            "subject": format!("/blobServices/default/containers/{CONTAINER}/blobs/{name}"),
            "data": {
                "api": "PutBlob",
                "eTag": etag,
                "contentLength": length,
                "url": format!("{service}/{CONTAINER}/{name}"),
            },
        })
        .to_string()
    }

    /// Has the host's request for a message answered; gives what the app logged for the host.
    pub(crate) async fn deliver(&self, message: &str) -> String {
        let (status, answer) = self.invoke("/ingest", message).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer["Logs"][0].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) async fn invoke(&self, path: &str, message: &str) -> (StatusCode, Value) {
        let payload = json!({
            "Data": { "drop": serde_json::to_string(message).unwrap() },
            "Metadata": { "DequeueCount": "1", "Id": "\"m-1\"" },
        });
        let request = Request::post(path)
            .header("content-type", "application/json")
            .body(Body::from(payload.to_string()))
            .unwrap();
        let answer = self.door.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX)
            .await
            .unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    /// The keys of all documents, sorted; each once for each version.
    pub(crate) async fn keys(&self) -> Vec<String> {
        let entries = self.feed.documents().collect().await.unwrap();
        let mut keys: Vec<_> = entries
            .iter()
            .map(|entry| format!("{}:{}", entry.entity, entry.key))
            .collect();
        keys.sort();
        keys
    }

    /// Reason and place of all dead letters, sorted.
    pub(crate) async fn letters(&self) -> Vec<(Reason, String)> {
        let entries = self.feed.dead_letters().collect().await.unwrap();
        let mut letters: Vec<_> = entries
            .into_iter()
            .map(|entry| (entry.reason, entry.place))
            .collect();
        letters.sort();
        letters
    }

    /// The names of our answers.
    pub(crate) async fn answers(&self) -> Vec<String> {
        let listed = self.drops.list(CONTAINER, OUT, 100).await.unwrap();
        listed.into_iter().map(|blob| blob.name).collect()
    }

    /// The text of a blob.
    pub(crate) async fn text(&self, name: &str) -> String {
        let found = self.drops.find(CONTAINER, name).await.unwrap().unwrap();
        let bytes = self.drops.read_whole(&found, 1 << 20).await.unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    /// How many messages are in the queue, hidden ones included.
    pub(crate) async fn queued(&self) -> u64 {
        let uri = self.server.queue_service_uri();
        let (service, query) = uri.split_once('?').unwrap();
        let url = format!("{service}/{QUEUE}?comp=metadata&{query}");
        let answer = reqwest::get(url).await.unwrap();
        let count = answer.headers().get("x-ms-approximate-messages-count");
        count.unwrap().to_str().unwrap().parse().unwrap()
    }
}

fn config(server: &Server) -> Config {
    Config {
        blob_service: server.blob_service_uri(),
        queue_service: server.queue_service_uri(),
        client_id: None,
    }
}

/// Limits under which an invocation has no time for more than one set.
pub(crate) fn hurried() -> Limits {
    Limits {
        time_budget: Duration::ZERO,
        units: 1,
        ..Limits::default()
    }
}
