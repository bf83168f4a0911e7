//! Over HTTP, as senders and askers see it.
#![expect(
    clippy::unwrap_used,
    reason = "a failed step of the harness is a failed test"
)]

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};
use ingestion_endpoint::Endpoint;
use reqwest::{Client, Response};
use serde_json::{Value, json};

const MESSAGE: &str = "0af7651916cd43dd8448eb211c80319c";

struct Running {
    url: String,
    client: Client,
    _folder: tempfile::TempDir,
}

async fn running() -> Running {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = Endpoint::bind(0, &folder.path().join("telemetry/items.jsonl"))
        .await
        .unwrap();
    let url = format!("http://127.0.0.1:{}", endpoint.port());
    tokio::spawn(endpoint.serve());
    Running {
        url,
        client: Client::new(),
        _folder: folder,
    }
}

impl Running {
    async fn send(&self, items: &Value) -> Response {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(items.to_string().as_bytes()).unwrap();
        let request = self.client.post(format!("{}/v2/track", self.url));
        let request = request
            .header("content-encoding", "gzip")
            .body(gzip.finish().unwrap());
        request.send().await.unwrap()
    }

    async fn behave(&self, behaviour: Value) {
        let set = self
            .client
            .post(format!("{}/behaviour", self.url))
            .json(&behaviour);
        assert_eq!(set.send().await.unwrap().status(), 204);
    }

    async fn rows(&self, table: &str) -> Vec<Value> {
        let rows = self
            .client
            .get(format!("{}/tables/{table}", self.url))
            .send()
            .await
            .unwrap();
        let text = rows.text().await.unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    async fn trace(&self, query: &str) -> Response {
        let ask = self
            .client
            .post(format!("{}/v1/workspaces/local/query", self.url));
        ask.json(&json!({ "query": query })).send().await.unwrap()
    }
}

fn span(time: &str, step: &str, key: Option<&str>) -> Value {
    let mut properties = json!({ "step": step, "source": "orders", "correlation_id": MESSAGE, "outcome": "created" });
    if let Some(key) = key {
        properties["source_key"] = json!(key);
    }
    json!({
        "name": "Microsoft.ApplicationInsights.RemoteDependency", "time": time, "sampleRate": 50.0, "iKey": "1",
        "tags": { "ai.operation.id": MESSAGE, "ai.cloud.role": "crossdock.orders", "ai.application.ver": "1.0.0" },
        "data": { "baseType": "RemoteDependencyData", "baseData": {
            "ver": 2, "id": "1", "name": step, "duration": "0.00:00:00.005000", "success": true, "properties": properties,
        }},
    })
}

#[tokio::test]
async fn what_is_taken_is_a_row_of_its_table() {
    let running = running().await;
    let answer = running
        .send(&json!([span(
            "2026-03-02T09:00:00Z",
            "published",
            Some("C|1")
        )]))
        .await;
    assert_eq!(answer.status(), 200);
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(
        answer,
        json!({ "itemsReceived": 1, "itemsAccepted": 1, "errors": [] })
    );
    let rows = running.rows("AppDependencies").await;
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (&rows[0]["ItemCount"], &rows[0]["DurationMs"]),
        (&json!(2), &json!(5.0))
    );
    assert_eq!(rows[0]["Properties"]["source_key"], "C|1");
    assert!(running.rows("AppRequests").await.is_empty());
}

#[tokio::test]
async fn each_item_is_judged_by_itself() {
    let running = running().await;
    let good = span("2026-03-02T09:00:00Z", "published", None);
    let mut bad = good.clone();
    bad["time"] = json!("yesterday");
    let answer = running.send(&json!([good, bad])).await;
    assert_eq!(answer.status(), 206);
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(
        (&answer["itemsAccepted"], &answer["errors"][0]["index"]),
        (&json!(1), &json!(1))
    );
    let torn = running
        .client
        .post(format!("{}/v2/track", running.url))
        .body("[{")
        .send()
        .await
        .unwrap();
    assert_eq!(torn.status(), 400);
}

#[tokio::test]
async fn it_behaves_badly_as_often_as_it_is_told() {
    let running = running().await;
    let items = json!([span("2026-03-02T09:00:00Z", "published", None)]);
    running
        .behave(json!({ "mode": "throttle", "requests": 2, "retry_after_s": 7 }))
        .await;
    for _ in 0..2 {
        let answer = running.send(&items).await;
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["retry-after"]),
            (429, &"7".parse().unwrap())
        );
    }
    assert_eq!(running.send(&items).await.status(), 200);
    running.behave(json!({ "mode": "quota" })).await;
    assert_eq!(running.send(&items).await.status(), 439);
    running.behave(json!({ "mode": "partial" })).await;
    let many: Vec<Value> = (0..6).map(|_| items[0].clone()).collect();
    let answer: Value = running.send(&json!(many)).await.json().await.unwrap();
    assert_eq!(answer["itemsAccepted"], 2);
}

#[tokio::test]
async fn the_way_of_a_record_is_its_own_steps_and_those_of_its_message_in_order() {
    let running = running().await;
    let items = json!([
        span("2026-03-02T09:00:02Z", "consolidated", Some("C|1")),
        span("2026-03-02T09:00:01Z", "published", Some("C|2")),
        span("2026-03-02T09:00:01Z", "published", Some("C|1")),
        span("2026-03-02T09:00:00Z", "normalized", None),
        span("2026-03-02T09:00:00Z", "received", None),
    ]);
    assert_eq!(running.send(&items).await.status(), 200);
    let steps = async |who: &str| -> Vec<String> {
        let answer = running
            .trace(&format!("// a comment\nlet who = \"{who}\";\nAppTraces"))
            .await;
        let answer: Value = answer.json().await.unwrap();
        let rows = answer["tables"][0]["rows"].as_array().unwrap().clone();
        rows.iter()
            .map(|row| row[3].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        steps("C|1").await,
        ["received", "normalized", "published", "consolidated"]
    );
    assert_eq!(steps(MESSAGE).await.len(), 5);
    assert!(steps("C|3").await.is_empty());
    assert_eq!(running.trace("AppTraces | take 1").await.status(), 400);
}
