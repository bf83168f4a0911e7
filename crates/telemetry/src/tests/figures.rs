//! Metrics come of the events that say the same.

use std::io;

use serde_json::Value;
use tracing::{Dispatch, debug, dispatcher, info, warn};

use super::{endpoint::Endpoint, of_type, properties};
use crate::init::subscriber;

/// Name, labels that matter and sum of each figure.
fn figures(items: &[Value]) -> Vec<(String, String, f64)> {
    let mut figures: Vec<_> = of_type(items, "MetricData")
        .into_iter()
        .map(|item| {
            let metric = &item["data"]["baseData"]["metrics"][0];
            let label = |name: &str| {
                properties(item)[name]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned()
            };
            let labels = [
                "step", "source", "outcome", "reason", "sink", "stream", "cause",
            ];
            let labels: Vec<String> = labels
                .map(label)
                .into_iter()
                .filter(|l| !l.is_empty())
                .collect();
            let name = metric["name"].as_str().unwrap().to_owned();
            (name, labels.join(" "), metric["value"].as_f64().unwrap())
        })
        .filter(|(name, _, value)| name != "uptime_s" && (name != "telemetry_lost" || *value > 0.0))
        .collect();
    figures.sort_by(|a, b| a.partial_cmp(b).unwrap());
    figures
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_is_counted_whether_or_not_it_is_sent() {
    let endpoint = Endpoint::open().await;
    let config = endpoint.config(&[("TELEMETRY_SAMPLE_RATIO", "0.000001")]);
    let (subscriber, guard) = subscriber(&config, io::sink).unwrap();
    let dispatch = Dispatch::new(subscriber);
    dispatcher::with_default(&dispatch, || {
        for _ in 0..2 {
            info!(
                event = "ingested",
                source = "orders",
                received = 9_usize,
                created = 7_usize,
                duplicate = 1_usize,
                dead_lettered = 1_usize,
                request_charge = 6.5,
            );
        }
        info!(
            event = "consolidated",
            source = "orders",
            applied = 8_i64,
            duplicate = 0_i64,
            superseded = 1_i64,
            dead_lettered = 0_i64,
            lag_ms_max = 900_i64
        );
        warn!(event = "dead_lettered", source = "orders", reason = "E102");
        info!(
            event = "freshness",
            source = "orders",
            stream = "canary",
            level = "alert",
            cause = "canary",
            backlog = 4_i64,
            oldest_waiting_s = 3_i64,
            watermark_s = 640_i64
        );
        warn!(event = "sink_is_away", sink = "store");
        debug!(target: "retry::run", event = "retry_waits", attempts = 1);
        tracing::trace!(target: "sqlx::pool::acquire", acquired_after_secs = 0.25, "acquired connection");
    });
    guard.shutdown().await;

    let expected = [
        ("backlog", "orders canary", 4.0),
        ("batch_records", "consolidated orders", 9.0),
        ("batch_records", "published orders", 18.0),
        ("behind_level", "orders canary canary", 10.0),
        ("dead_letters", "orders E102", 1.0),
        ("lag_ms", "orders", 900.0),
        ("oldest_waiting_s", "orders canary", 3.0),
        ("pool_wait_ms", "", 250.0),
        ("records", "consolidated orders applied", 8.0),
        ("records", "consolidated orders superseded", 1.0),
        ("records", "published orders created", 14.0),
        ("records", "published orders dead_lettered", 2.0),
        ("records", "published orders duplicate", 2.0),
        ("request_charge_ru", "orders", 13.0),
        ("retries", "waits", 1.0),
        ("sink_away", "store", 1.0),
        ("watermark_s", "orders canary", 640.0),
    ];
    let expected =
        expected.map(|(name, labels, value)| (name.to_owned(), labels.to_owned(), value));
    assert_eq!(figures(&endpoint.items()), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_gives_signs_of_life() {
    let endpoint = Endpoint::open().await;
    let config = endpoint.config(&[("TELEMETRY_METRICS_SECONDS", "1")]);
    let (_subscriber, _guard) = subscriber(&config, io::sink).unwrap();
    let items = endpoint.metrics().await;
    let uptime = of_type(&items, "MetricData").into_iter();
    let mut uptime =
        uptime.filter(|item| item["data"]["baseData"]["metrics"][0]["name"] == "uptime_s");
    assert_eq!(
        uptime.next().unwrap()["tags"]["ai.cloud.role"],
        "crossdock.orders"
    );
}
