//! The app through its outer doors: what a sender is answered, and what is in the feed then.

use std::{sync::Arc, time::Duration};

use axum::{Router, body::Body};
use emulator_process::{Emulator, Operator};
use feed::{Feed, Reason};
use http::{Request, StatusCode, request};
use ingest::Ingest;
use jiff::Timestamp;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use visibility::{
    APP, Deps, VERSION, app,
    contract::CONTRACT,
    upstream::{
        BODY_LIMIT_BYTES, BearerKey, CAPTURE, ERROR_BEHAVIOUR, EVENTS, NOTIFICATIONS, Senders,
    },
};
use webhook_signature::{Secret, body_only, standard};

use crate::world::fixture;

const KEY: &str = "a-key-of-twenty-four-bytes-or-more";
pub(crate) const SECRET: &str = "bG9naXN0aWNzLXRlc3Qtc2VjcmV0LTMyLWJ5dGVzISE=";
const RETIRING: &str = "b2xkLXNlY3JldC1vbGQtc2VjcmV0LW9sZC1zZWNyZXQ=";
const SUBSCRIPTION: &str = "b80d923d-e8ac-4c34-9506-55d3de347034";
const NOW: i64 = 1_794_252_733;

pub(crate) struct World {
    emulator: Emulator,
    feed: Feed,
    door: Router,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    location: Option<String>,
    body: Value,
}

impl World {
    pub(crate) async fn new() -> Self {
        let emulator = Emulator::start();
        let feed = emulator.sealing_feed().await;
        let secret = |text| Secret::from_base64(text).unwrap();
        let senders = Senders {
            bearer_keys: vec![
                BearerKey::new("another-key-of-twenty-four-bytes"),
                BearerKey::new(KEY),
            ],
            webhook_secrets: vec![secret(SECRET)],
            subscriptions: vec![
                (SUBSCRIPTION.to_owned(), secret(RETIRING)),
                (SUBSCRIPTION.to_owned(), secret(SECRET)),
            ],
        };
        let deps = Deps {
            ingest: Ingest::new(feed.clone(), APP, VERSION)
                .under(CONTRACT)
                .unwrap(),
            senders: Arc::new(senders),
            producer: None,
            repair_budget: Duration::ZERO,
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

    pub(crate) async fn send(&self, request: request::Builder, body: &[u8]) -> Answer {
        let request = request.body(Body::from(body.to_vec())).unwrap();
        let answer = self.door.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let location = answer.headers().get("location");
        let location = location.map(|place| place.to_str().unwrap().to_owned());
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX)
            .await
            .unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Answer {
            status,
            location,
            body,
        }
    }

    /// Posts with the key.
    pub(crate) async fn post(&self, path: &str, body: &[u8]) -> Answer {
        self.send(with_key(Request::post(path)), body).await
    }

    /// Posts a notification that is signed right.
    pub(crate) async fn notify(&self, secret: &str, body: &[u8]) -> StatusCode {
        let signature = body_only::signature(&Secret::from_base64(secret).unwrap(), body);
        let request = Request::post(NOTIFICATIONS)
            .header("Subscription-ID", SUBSCRIPTION)
            .header("Notification-Signature", signature);
        self.send(request, body).await.status
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

pub(crate) fn with_key(request: request::Builder) -> request::Builder {
    request.header("authorization", format!("Bearer {KEY}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_is_answered_with_feedback_and_taken_once_however_often_it_comes() {
    let world = World::new().await;
    let push = fixture("dcsa_push_1.json");
    let answer = world.post(EVENTS, &push).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.body, json!({"feedbackElements": []}));
    let keys = world.keys().await;
    assert_eq!(
        keys,
        [
            "container:TSTU904417",
            "container:TSTU904417",
            "milestone:dcsa|SMDG|LCL|TSTO|e-arri-1",
            "milestone:dcsa|SMDG|LCL|TSTO|e-cusr-1",
            "milestone:dcsa|SMDG|LCL|TSTO|e-disc-1",
        ]
    );
    assert_eq!(world.post(EVENTS, &push).await.status, StatusCode::OK);
    assert_eq!(world.keys().await, keys);
    assert_eq!(world.letters().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_events_are_told_by_path_and_good_ones_taken() {
    let world = World::new().await;
    let answer = world.post(EVENTS, &fixture("dcsa_broken.json")).await;
    assert_eq!(answer.status, StatusCode::OK);
    let elements = answer.body["feedbackElements"].as_array().unwrap();
    let errors: Vec<_> = elements
        .iter()
        .filter(|element| element["severity"] == "ERROR")
        .map(|element| element["propertyPath"].as_str().unwrap())
        .collect();
    assert_eq!(
        errors,
        [
            "$.events[0].eventID",
            "$.events[2].eventDateTime",
            "$.events[3].eventClassification",
            "$.events[4].shipmentDetails",
            "$.events[5].eventDateTime",
            "$.events[7]",
        ]
    );
    let mut places: Vec<_> = world
        .letters()
        .await
        .into_iter()
        .map(|(_, place)| place)
        .collect();
    places.sort();
    assert_eq!(places, errors, "what is told is what is kept");
    assert_eq!(
        world.keys().await,
        [
            "container:TSTU904417",
            "milestone:dcsa|-|-|-|e-retracted-for-good",
            "milestone:dcsa|SMDG|LCL|TSTO|e-good-1",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_bears_no_key_leaves_nothing_behind() {
    let world = World::new().await;
    let push = fixture("dcsa_push_1.json");
    let wrong = |path| Request::post(path).header("authorization", "Bearer guessed");
    for path in [EVENTS, CAPTURE] {
        assert_eq!(
            world.send(Request::post(path), &push).await.status,
            StatusCode::UNAUTHORIZED
        );
        assert_eq!(
            world.send(wrong(path), &push).await.status,
            StatusCode::UNAUTHORIZED
        );
    }
    let job = format!("{CAPTURE}/1794252733000-p-1-0-0123456789abcdef");
    assert_eq!(
        world.send(Request::get(job), b"").await.status,
        StatusCode::UNAUTHORIZED
    );
    assert!(world.keys().await.is_empty() && world.letters().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_must_sign_right() {
    let world = World::new().await;
    let push = fixture("dcsa_push_1.json");
    let signed = |secret: &str| {
        let secret = Secret::from_base64(secret).unwrap();
        let signature = standard::signature(&secret, "msg_1", &NOW.to_string(), &push);
        with_key(Request::post(EVENTS))
            .header("webhook-id", "msg_1")
            .header("webhook-timestamp", NOW)
            .header("webhook-signature", signature)
    };
    assert_eq!(
        world.send(signed(RETIRING), &push).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert!(world.keys().await.is_empty());
    assert_eq!(
        world.send(signed(SECRET), &push).await.status,
        StatusCode::OK
    );
    assert_eq!(world.keys().await.len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notification_is_trusted_by_the_secret_of_its_subscription() {
    let world = World::new().await;
    let body = fixture("dcsa22_notification.json");
    let head = Request::head(NOTIFICATIONS);
    assert_eq!(world.send(head, b"").await.status, StatusCode::NO_CONTENT);
    // The file's own signature, computed elsewhere.
    let request = |subscription: &str| {
        Request::post(NOTIFICATIONS)
            .header("Subscription-ID", subscription)
            .header(
                "Notification-Signature",
                "sha256=63e3d8c6f2acac3f051c5e75b6937ad4f5a8e9dbfa87b5007654420ecf926d13",
            )
    };
    let other = world.send(request("another"), &body).await;
    assert_eq!(other.status, StatusCode::UNAUTHORIZED);
    let keyed = world
        .send(with_key(Request::post(NOTIFICATIONS)), &body)
        .await;
    assert_eq!(
        keyed.status,
        StatusCode::UNAUTHORIZED,
        "a key is no signature"
    );
    assert!(world.keys().await.is_empty());

    let taken = world.send(request(SUBSCRIPTION), &body).await;
    assert_eq!(taken.status, StatusCode::NO_CONTENT);
    let keys = [
        "container:TSTU904417",
        "milestone:dcsa2|TSTU904417|BKG7712345|USNYC|EQUIPMENT-GTOT|ACT",
    ];
    assert_eq!(world.keys().await, keys);
    // While a secret is rotated, both are active; the events are the same all the same.
    assert_eq!(world.notify(RETIRING, &body).await, StatusCode::NO_CONTENT);
    assert_eq!(world.keys().await, keys);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_names_its_job() {
    let world = World::new().await;
    let answer = world.post(CAPTURE, &fixture("epcis_capture.json")).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    let location = answer.location.unwrap();
    let job = world.send(with_key(Request::get(&location)), b"").await;
    assert_eq!(job.status, StatusCode::OK);
    assert_eq!(job.body, answer.body);
    assert_eq!(
        (&job.body["running"], &job.body["success"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(
        world.keys().await,
        [
            "handling_unit:006141410000070015",
            "handling_unit:006141410000070022",
            "milestone:epcis|urn:uuid:374d95fc-9457-4a51-bd6a-0bba13310001",
        ]
    );
    let unknown = with_key(Request::get(format!("{CAPTURE}/unknown")));
    assert_eq!(world.send(unknown, b"").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_is_all_or_nothing_only_if_the_sender_says_so() {
    let world = World::new().await;
    let broken = fixture("epcis_broken.json");
    let request = with_key(Request::post(CAPTURE)).header(ERROR_BEHAVIOUR, "rollback");
    let answer = world.send(request, &broken).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    assert_eq!(answer.body["success"], false);
    assert_eq!(answer.body["captureErrorBehaviour"], "rollback");
    assert!(world.keys().await.is_empty());
    assert_eq!(world.letters().await.len(), 1);

    let answer = world.post(CAPTURE, &broken).await;
    assert_eq!(answer.body["captureErrorBehaviour"], "proceed");
    assert_eq!(
        answer.body["errors"][0]["title"],
        "7 of 9 events were not captured"
    );
    assert_eq!(
        world.keys().await,
        [
            "handling_unit:006141410000070015",
            "milestone:epcis|urn:uuid:7",
            "milestone:epcis|urn:uuid:8",
        ]
    );
    assert_eq!(world.letters().await.len(), 1 + 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_json_is_taken_kept_and_told() {
    let world = World::new().await;
    let answer = world.post(EVENTS, b"{\"events\":[").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.body["feedbackElements"][0]["severity"], "ERROR");
    assert_eq!(world.post(EVENTS, b"[]").await.status, StatusCode::OK);
    assert_eq!(
        world.letters().await,
        [
            (Reason::MalformedMessage, "$".to_owned()),
            (Reason::InvalidUnit, "$".to_owned()),
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_over_the_limit_is_refused_unread() {
    let world = World::new().await;
    let answer = world.post(EVENTS, &vec![b' '; BODY_LIMIT_BYTES + 1]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(world.letters().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_takes_nothing_is_no_reason_to_lose_anything() {
    let world = World::new().await;
    let push = fixture("dcsa_push_1.json");
    world.emulator.fail_writes(503, 100_000).await;
    let answer = world.post(EVENTS, &push).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);

    world.emulator.fail_writes(503, 0).await;
    assert_eq!(world.post(EVENTS, &push).await.status, StatusCode::OK);
    assert_eq!(world.keys().await.len(), 5);
    assert_eq!(world.letters().await, []);
}
