//! Repair: what could not be pushed is pulled.

use std::{
    collections::VecDeque,
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
use http::StatusCode;
use ingest::Ingest;
use jiff::Timestamp;
use retry::Policy;
use serde_json::{Value, json};
use visibility::{
    APP, Deps, VERSION,
    contract::CONTRACT,
    upstream::{Producer, Repair, RepairError, Senders, repair},
};

/// 2026-11-09T19:32:13Z
const NOW: i64 = 1_794_252_733;

/// A producer's answer: status, the cursor of the next page, body.
type Answer = (u16, Option<&'static str>, String);

#[derive(Default)]
struct Script {
    answers: VecDeque<Answer>,
    asked: Vec<(String, Option<String>)>,
}

struct World {
    emulator: Emulator,
    feed: Feed,
    script: Arc<Mutex<Script>>,
    deps: Deps,
    producer: Arc<Producer>,
}

impl World {
    async fn new() -> Self {
        let emulator = Emulator::start();
        let feed = emulator.sealing_feed().await;
        let script = Arc::<Mutex<Script>>::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v3/events", listener.local_addr().unwrap());
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&script));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let policy = Policy::new(
            3,
            Duration::from_millis(1),
            Duration::from_millis(5),
            Duration::from_secs(1),
        );
        let producer = Producer::new(url.parse().unwrap(), Some("producer-token".to_owned()));
        let producer = Arc::new(producer.unwrap().with_policy(policy.unwrap()));
        let deps = Deps {
            ingest: Ingest::new(feed.clone(), APP, VERSION)
                .under(CONTRACT)
                .unwrap(),
            senders: Arc::new(Senders::default()),
            producer: Some(Arc::clone(&producer)),
            repair_budget: Duration::from_secs(60),
            now: Arc::new(|| Timestamp::from_second(NOW).unwrap()),
            flush: Arc::new(|| ()),
        };
        Self {
            emulator,
            feed,
            script,
            deps,
            producer,
        }
    }

    fn answer(&self, status: u16, next: Option<&'static str>, body: impl Into<String>) {
        let mut script = self.script.lock().unwrap();
        script.answers.push_back((status, next, body.into()));
    }

    /// The queries since the last look.
    fn asked(&self) -> Vec<String> {
        let asked = std::mem::take(&mut self.script.lock().unwrap().asked);
        for (_, authorization) in &asked {
            assert_eq!(authorization.as_deref(), Some("Bearer producer-token"));
        }
        asked.into_iter().map(|(query, _)| query).collect()
    }

    async fn repair(&self) -> Result<Repair, RepairError> {
        repair(&self.deps, &self.producer).await
    }

    /// As if the last repair had been so many minutes ago.
    async fn repaired_before(&self, minutes: i64) {
        let until = Timestamp::from_second(NOW - minutes * 60).unwrap();
        let stored = json!({ "until": until });
        self.feed
            .store_checkpoint("visibility:repair", &stored, None)
            .await
            .unwrap();
    }

    async fn until(&self) -> Option<String> {
        let stored = self.feed.checkpoint::<Value>("visibility:repair").await;
        let stored = stored.unwrap()?;
        Some(stored.value["until"].as_str().unwrap().to_owned())
    }

    async fn documents(&self) -> usize {
        self.feed.documents().collect().await.unwrap().len()
    }
}

async fn answer(State(script): State<Arc<Mutex<Script>>>, request: Request) -> Response {
    let header = |name| {
        request
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap().to_owned())
    };
    assert_eq!(header("api-version").as_deref(), Some("3.0.0"));
    let mut script = script.lock().unwrap();
    let query = request.uri().query().unwrap().replace("%3A", ":");
    script.asked.push((query, header("authorization")));
    let (status, next, body) = script.answers.pop_front().unwrap_or((200, None, page(&[])));
    let mut response = (StatusCode::from_u16(status).unwrap(), body).into_response();
    if let Some(next) = next {
        response
            .headers_mut()
            .insert("next-page-cursor", next.parse().unwrap());
    }
    response
}

fn page(ids: &[&str]) -> String {
    let event = |id: &&str| {
        json!({
            "eventID": id,
            "eventDateTime": "2026-11-09T19:00:00Z",
            "eventUpdatedDateTime": "2026-11-09T19:01:00Z",
            "eventClassification": { "eventTypeCode": "SHIPMENT", "eventClassifierCode": "ACT", "shipmentEventTypeCode": "CONF" },
            "shipmentDetails": { "documentReference": { "typeCode": "BKG", "reference": "B-1" } }
        })
    };
    json!({ "events": ids.iter().map(event).collect::<Vec<_>>() }).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_is_read_span_by_span_with_every_parameter_on_every_page() {
    let world = World::new().await;
    world.repaired_before(90).await;
    world.answer(200, Some("c-1"), page(&["e-1", "e-2"]));
    world.answer(503, None, "");
    world.answer(200, None, page(&["e-2", "e-3"]));
    world.answer(200, None, page(&["e-4"]));
    let repaired = world.repair().await.unwrap();
    assert!(repaired.complete && repaired.pages == 3, "{repaired:?}");
    assert_eq!((repaired.received, repaired.created), (5, 4));
    let first = "eventUpdatedDateTimeMin=2026-11-09T17:47:13Z&eventUpdatedDateTimeMax=2026-11-09T19:02:13Z&limit=1000";
    let second = "eventUpdatedDateTimeMin=2026-11-09T18:47:13Z&eventUpdatedDateTimeMax=2026-11-09T19:32:13Z&limit=1000";
    let with_cursor = format!("{first}&cursor=c-1");
    assert_eq!(
        world.asked(),
        [first, &with_cursor, &with_cursor, second],
        "an attempt that failed is made again"
    );
    assert_eq!(world.documents().await, 4);
    assert_eq!(world.until().await.as_deref(), Some("2026-11-09T19:32:13Z"));
    // Nothing is left to read until time has passed.
    assert_eq!(world.repair().await.unwrap().pages, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_repair_reads_a_day_and_stops_where_its_time_is_up() {
    let mut world = World::new().await;
    world.deps.repair_budget = Duration::ZERO;
    let repaired = world.repair().await.unwrap();
    assert!(!repaired.complete && world.until().await.is_none());
    world.deps.repair_budget = Duration::from_secs(60);
    assert!(world.repair().await.unwrap().complete);
    let asked = world.asked();
    assert_eq!(asked.len(), 24);
    assert!(asked[0].starts_with("eventUpdatedDateTimeMin=2026-11-08T19:17:13Z"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_span_that_breaks_off_is_read_again_from_its_beginning() {
    let world = World::new().await;
    world.repaired_before(10).await;
    world.answer(200, Some("c-1"), page(&["e-1"]));
    world.answer(400, None, "the cursor was used");
    let error = world.repair().await.unwrap_err().to_string();
    assert!(error.contains("the cursor was used"), "{error}");
    assert!(!error.contains("producer-token"), "{error}");
    world.answer(200, Some("c-2"), page(&["e-1"]));
    world.answer(200, None, page(&["e-2"]));
    let repaired = world.repair().await.unwrap();
    assert_eq!((repaired.received, repaired.created), (2, 1));
    assert_eq!(world.documents().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_without_end_end() {
    let world = World::new().await;
    world.repaired_before(10).await;
    for _ in 0..2 {
        world.answer(200, Some("c-1"), page(&["e-1"]));
    }
    let error = world.repair().await.unwrap_err();
    assert!(matches!(error, RepairError::Endless), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_page_is_one_letter_and_moves_nothing() {
    let world = World::new().await;
    world.repaired_before(10).await;
    for _ in 0..2 {
        world.answer(200, None, "<html>signed out</html>");
        let error = world.repair().await.unwrap_err();
        assert!(matches!(error, RepairError::NoPage(_)), "{error}");
    }
    let letters = world.feed.dead_letters().collect().await.unwrap();
    assert_eq!(letters.len(), 1);
    assert_eq!(world.until().await.as_deref(), Some("2026-11-09T19:22:13Z"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_fails_spares_its_neighbours() {
    let world = World::new().await;
    world.repaired_before(10).await;
    let mut mixed: Value = serde_json::from_str(&page(&["e-1", "e-2"])).unwrap();
    mixed["events"][0]["eventDateTime"] = json!("yesterday");
    world.answer(200, None, mixed.to_string());
    assert!(world.repair().await.unwrap().complete);
    assert_eq!(world.documents().await, 1);
    let letters = world.feed.dead_letters().collect().await.unwrap();
    assert_eq!(letters[0].place, "$.events[0].eventDateTime");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_checkpoint_moves_only_behind_what_is_durable() {
    let world = World::new().await;
    world.repaired_before(10).await;
    world.emulator.refuse_writes("records").await;
    world.answer(200, None, page(&["e-1"]));
    let error = world.repair().await.unwrap_err();
    assert!(matches!(error, RepairError::Ingest(_)), "{error}");
    assert_eq!(world.until().await.as_deref(), Some("2026-11-09T19:22:13Z"));
    world.emulator.faults(json!({})).await;
    world.answer(200, None, page(&["e-1"]));
    assert_eq!(world.repair().await.unwrap().created, 1);
}
