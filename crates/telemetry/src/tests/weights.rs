//! Of a part that is sent, the whole can be counted.

use std::io;

use serde_json::Value;
use tracing::{Dispatch, dispatcher, info, info_span, warn};

use super::{endpoint::Endpoint, of_type, properties};
use crate::{
    correlation::{CorrelationId, Traceparent},
    init::subscriber,
    steps::{Moment, Name, Step, Steps},
};

const RATIO: &str = "0.25";
const TRACES: u32 = 1500;
const FAILED: u32 = 75;

fn weight(item: &Value) -> f64 {
    100.0 / item["sampleRate"].as_f64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_count_once_and_the_rest_by_their_weight() {
    let endpoint = Endpoint::open().await;
    let config = endpoint.config(&[("TELEMETRY_SAMPLE_RATIO", RATIO)]);
    let (subscriber, guard) = subscriber(&config, io::sink).unwrap();
    let dispatch = Dispatch::new(subscriber);
    dispatcher::with_default(&dispatch, || {
        for number in 0..TRACES {
            let span = info_span!("work", otel.status_code = tracing::field::Empty);
            if number < FAILED {
                span.record("otel.status_code", "ERROR");
            }
        }
    });
    guard.shutdown().await;

    let items = endpoint.items();
    let spans = of_type(&items, "RemoteDependencyData");
    let failed = |span: &Value| span["data"]["baseData"]["success"] == false;
    let of = |has_failed: bool| -> f64 {
        let of = spans.iter().filter(|span| failed(span) == has_failed);
        of.map(|span| weight(span)).sum()
    };
    assert!((of(true) - f64::from(FAILED)).abs() < 1e-9, "{}", of(true));
    // Five standard deviations: sqrt(n (1 - r) / r) is 65.
    let good = f64::from(TRACES - FAILED);
    assert!((of(false) - good).abs() < 330.0, "{}", of(false));
    assert!(spans.len() < 700, "{}", spans.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_are_sampled_by_message_and_those_of_replays_are_kept() {
    let endpoint = Endpoint::open().await;
    let config = endpoint.config(&[("TELEMETRY_SAMPLE_RATIO", RATIO)]);
    let (subscriber, guard) = subscriber(&config, io::sink).unwrap();
    let dispatch = Dispatch::new(subscriber);
    let mut flagged = 0;
    dispatcher::with_default(&dispatch, || {
        for number in 0..TRACES {
            let batch = info_span!("batch");
            let _in_batch = batch.enter();
            let id = CorrelationId::new();
            let is_replay = number < FAILED;
            let place = match is_replay {
                true => Traceparent::of_replay().unwrap(),
                false => Traceparent::of_message(id.as_str()).unwrap(),
            };
            if !is_replay && place.as_str().ends_with("-01") {
                flagged += 1;
            }
            let now = Moment::now();
            for name in [Name::Published, Name::Consolidated] {
                Steps::current().tell(&Step {
                    name,
                    began: now,
                    ended: now,
                    source: "orders",
                    source_key: Some(if is_replay { "again" } else { "once" }),
                    correlation_id: id.as_str(),
                    traceparent: Some(place.as_str()),
                    outcome: "applied",
                    has_failed: false,
                    lag_ms: None,
                    records: None,
                });
            }
        }
    });
    guard.shutdown().await;

    let items = endpoint.items();
    let steps = of_type(&items, "RemoteDependencyData").into_iter();
    let steps: Vec<&Value> = steps
        .filter(|item| properties(item)["step"] == "consolidated")
        .collect();
    let of = |key: &str| -> Vec<f64> {
        let of = steps
            .iter()
            .filter(|step| properties(step)["source_key"] == key);
        of.map(|step| weight(step)).collect()
    };
    assert_eq!(of("again"), vec![1.0; FAILED as usize]);
    // The flag in the documents says the same as what was sent.
    assert_eq!(of("once"), vec![4.0; flagged]);
    assert!((200..600).contains(&flagged), "{flagged}");
}

#[tokio::test(flavor = "multi_thread")]
async fn warnings_are_kept_and_lines_of_everyday_go_with_their_trace() {
    let endpoint = Endpoint::open().await;
    let config = endpoint.config(&[("TELEMETRY_SAMPLE_RATIO", "0.000001")]);
    let (subscriber, guard) = subscriber(&config, io::sink).unwrap();
    let dispatch = Dispatch::new(subscriber);
    dispatcher::with_default(&dispatch, || {
        info_span!("work").in_scope(|| {
            info!(event = "ingested");
            warn!(event = "dead_lettered");
            info!(event = "replayed", outcome = "applied");
        });
        info!(event = "outside");
    });
    guard.shutdown().await;
    let items = endpoint.items();
    let said = of_type(&items, "MessageData").into_iter();
    let said: Vec<&str> = said
        .map(|item| properties(item)["event"].as_str().unwrap())
        .collect();
    assert_eq!(said, ["dead_lettered", "replayed", "outside"]);
}
