//! How fast `normalize` is, beside reading the same bytes into `serde_json::Value` in the same run.
//!
//! `cargo bench -p orders`

#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]

use std::{
    hint::black_box,
    path::Path,
    time::{Duration, Instant},
};

use ingest::Message;
use orders::normalize::{Origin, normalize};
use record::{EpochMillis, Source};

/// Orders on the page that is measured: as many as a page has by default.
const ORDERS: usize = 500;

/// Long enough for a stable figure on two busy cores.
const SPAN: Duration = Duration::from_millis(200);

fn main() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/page1.json");
    let page = std::fs::read_to_string(path).expect("a fixture");
    let (head, rest) = page.split_once("\"value\": [").expect("a page");
    let (order, _) = rest.rsplit_once("\n ],").expect("a page");
    let raw = format!("{head}\"value\": [{}]}}", [order; ORDERS].join(","));
    let message = Message {
        source: Source::Orders,
        message_id: "salesOrders?from=2026-11-02T09:05:22.417Z#1".into(),
        correlation_id: "0af7651916cd43dd8448eb211c80319c".into(),
        traceparent: None,
        received_at: EpochMillis(0),
        raw: raw.as_bytes(),
        arrival: Vec::new(),
    };
    let origin = Origin {
        message: &message,
        company: "CRONUS",
    };
    let normalized = normalize(&origin);
    assert!(
        normalized.rejections.is_empty(),
        "{:?}",
        normalized.rejections
    );
    let records = normalized.records.len();
    // In turns, so that both meet the same noise.
    let (mut ours, mut value) = (Duration::MAX, Duration::MAX);
    for _ in 0..5 {
        ours = ours.min(each(|| drop(black_box(normalize(black_box(&origin))))));
        value = value.min(each(|| {
            drop(black_box(serde_json::from_str::<serde_json::Value>(
                black_box(&raw),
            )))
        }));
    }
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    let per_second = records as f64 / ours.as_secs_f64();
    println!(
        "page of {ORDERS} orders: {} bytes, {records} records, {ours:?} each, {per_second:.0} records/s; Value {value:?}; ratio {:.2}",
        raw.len(),
        ours.as_secs_f64() / value.as_secs_f64(),
    );
}

/// Mean time of one call.
fn each(mut call: impl FnMut()) -> Duration {
    let start = Instant::now();
    let mut calls = 0;
    while start.elapsed() < SPAN {
        call();
        calls += 1;
    }
    start.elapsed() / calls
}
