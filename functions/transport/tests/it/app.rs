//! The app through its outer door: what a sender is answered, and what is in the feed then.

use std::sync::Arc;

use axum::{Router, body::Body};
use emulator_process::{Emulator, Operator};
use feed::{Feed, Reason};
use http::{Request, StatusCode};
use ingest::Ingest;
use jiff::Timestamp;
use tower::ServiceExt as _;
use transport::{
    APP, Deps, VERSION, app,
    contract::CONTRACT,
    upstream::{BODY_LIMIT_BYTES, PATH},
};
use webhook_signature::{Secret, standard::signature};

use crate::world::fixture;

const SECRET: &str = "whsec_bG9naXN0aWNzLXRlc3Qtc2VjcmV0LTMyLWJ5dGVzISE=";
const NOW: i64 = 1_794_252_733;

pub(crate) struct World {
    pub(crate) emulator: Emulator,
    feed: Feed,
    door: Router,
}

impl World {
    pub(crate) async fn new() -> Self {
        let emulator = Emulator::start();
        let feed = emulator.sealing_feed().await;
        let deps = Deps {
            ingest: Ingest::new(feed.clone(), APP, VERSION)
                .under(CONTRACT)
                .unwrap(),
            secrets: vec![Secret::parse(SECRET).unwrap()],
            now: Arc::new(|| Timestamp::from_second(NOW).unwrap()),
            flush: Arc::new(|| ()),
        };
        Self {
            emulator,
            feed,
            door: app(deps).into_router(),
        }
    }

    /// Somebody at the admin routes.
    pub(crate) fn operator(&self) -> Operator<'_> {
        Operator::at(&self.door)
    }

    /// Posts a message that is signed right.
    pub(crate) async fn post(&self, id: &str, body: &[u8]) -> StatusCode {
        let signed = signature(&Secret::parse(SECRET).unwrap(), id, &NOW.to_string(), body);
        self.send(id, &signed, body).await.status()
    }

    async fn send(&self, id: &str, signed: &str, body: &[u8]) -> http::Response<Body> {
        let request = Request::post(PATH)
            .header("webhook-id", id)
            .header("webhook-timestamp", NOW)
            .header("webhook-signature", signed)
            .body(Body::from(body.to_vec()))
            .unwrap();
        self.door.clone().oneshot(request).await.unwrap()
    }

    /// The keys of all documents, sorted.
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
    async fn letters(&self) -> Vec<(Reason, String)> {
        let entries = self.feed.dead_letters().collect().await.unwrap();
        let mut letters: Vec<_> = entries
            .into_iter()
            .map(|entry| (entry.reason, entry.place))
            .collect();
        letters.sort();
        letters
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_taken_once_however_often_it_comes() {
    let world = World::new().await;
    let trip = fixture("trip_realized.json");
    assert_eq!(world.post("msg_1", &trip).await, StatusCode::ACCEPTED);
    let keys = world.keys().await;
    assert_eq!(keys.len(), 1 + 2 + 4, "{keys:?}");

    // The same message again is known by its id; the same trip in another message by its content.
    assert_eq!(world.post("msg_1", &trip).await, StatusCode::OK);
    assert_eq!(world.post("msg_2", &trip).await, StatusCode::ACCEPTED);
    assert_eq!(world.keys().await, keys);
    assert_eq!(world.letters().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cannot_sign_leaves_nothing_behind() {
    let world = World::new().await;
    let trip = fixture("trip_planned.json");
    let wrong = signature(
        &Secret::parse(SECRET).unwrap(),
        "msg_2",
        &NOW.to_string(),
        &trip,
    );
    assert_eq!(
        world.send("msg_1", &wrong, &trip).await.status(),
        StatusCode::UNAUTHORIZED
    );
    let unsigned = Request::post(PATH).body(Body::from("{}")).unwrap();
    assert_eq!(
        world.door.clone().oneshot(unsigned).await.unwrap().status(),
        StatusCode::UNAUTHORIZED
    );
    assert!(world.keys().await.is_empty() && world.letters().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_taken_and_kept() {
    let world = World::new().await;
    let trip = fixture("trip_planned.json");
    assert_eq!(
        world.post("msg_1", &trip[..trip.len() / 2]).await,
        StatusCode::ACCEPTED
    );
    assert_eq!(
        world.post("msg_2", &fixture("unsupported.json")).await,
        StatusCode::ACCEPTED
    );
    assert_eq!(
        world.post("msg_3", &fixture("no_version.json")).await,
        StatusCode::ACCEPTED
    );
    assert_eq!(
        world.letters().await,
        [
            (Reason::MalformedMessage, "$".to_owned()),
            (Reason::InvalidUnit, "$.data.lastModified".to_owned()),
            (Reason::Unsupported, "$.type".to_owned()),
        ]
    );
    assert!(world.keys().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_stop_stops_nothing_else() {
    let world = World::new().await;
    assert_eq!(
        world.post("msg_1", &fixture("broken_stops.json")).await,
        StatusCode::ACCEPTED
    );
    let keys = world.keys().await;
    assert_eq!(
        keys.iter().filter(|key| key.starts_with("stop:")).count(),
        2,
        "{keys:?}"
    );
    assert!(
        keys.contains(&"shipment:L-2026-55013".to_owned()),
        "{keys:?}"
    );
    let places: Vec<_> = world
        .letters()
        .await
        .into_iter()
        .map(|(_, place)| place)
        .collect();
    assert_eq!(
        places,
        [
            "$.data.actions[1].entity.constraint.entity.value.startTime",
            "$.data.actions[2].entity.endTime"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_over_the_limit_is_refused_unread() {
    let world = World::new().await;
    let status = world.post("msg_1", &vec![b' '; BODY_LIMIT_BYTES + 1]).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(
        world.post("msg_2", &vec![b' '; BODY_LIMIT_BYTES]).await,
        StatusCode::ACCEPTED
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_takes_nothing_is_no_reason_to_lose_anything() {
    let world = World::new().await;
    let trip = fixture("trip_realized.json");
    world.emulator.fail_writes(503, 100_000).await;
    let signed = signature(
        &Secret::parse(SECRET).unwrap(),
        "msg_1",
        &NOW.to_string(),
        &trip,
    );
    let answer = world.send("msg_1", &signed, &trip).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    let wait: u64 = answer.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!(wait >= 1);

    world.emulator.fail_writes(503, 0).await;
    assert_eq!(world.post("msg_1", &trip).await, StatusCode::ACCEPTED);
    assert_eq!(world.keys().await.len(), 7);
    assert_eq!(world.letters().await, []);
}
