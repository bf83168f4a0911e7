//! How fast `normalize` is, beside reading the same bytes into `serde_json::Value` in the same run.
//!
//! `cargo bench -p visibility`

#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]

use std::{
    hint::black_box,
    path::Path,
    time::{Duration, Instant},
};

use ingest::Message;
use record::{EpochMillis, Source};
use visibility::normalize::{Standard, normalize};

/// Long enough for a stable figure on two busy cores.
const SPAN: Duration = Duration::from_secs(1);

fn main() {
    for (name, standard) in [
        ("dcsa_push_1.json", Standard::Dcsa3),
        ("dcsa22_notification.json", Standard::Dcsa2),
        ("epcis_capture.json", Standard::Epcis),
        ("epcis_without_ids.json", Standard::Epcis),
    ] {
        let raw = std::fs::read(
            Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("fixtures")
                .join(name),
        )
        .expect("a fixture");
        let message = Message {
            source: Source::Visibility,
            message_id: "msg_1".into(),
            correlation_id: "0af7651916cd43dd8448eb211c80319c".into(),
            traceparent: None,
            received_at: EpochMillis(0),
            raw: &raw,
            arrival: Vec::new(),
        };
        let records = normalize(standard, &message).normalized.records.len();
        // In turns, so that both meet the same noise.
        let (mut ours, mut value) = (Duration::MAX, Duration::MAX);
        for _ in 0..5 {
            ours = ours.min(each(|| {
                black_box(normalize(standard, black_box(&message))).events
            }));
            value = value.min(each(|| {
                serde_json::from_slice::<serde_json::Value>(black_box(&raw))
                    .map_or(0, |value| usize::from(black_box(value).is_object()))
            }));
        }
        #[expect(clippy::cast_precision_loss, reason = "figures for people")]
        let per_second = records as f64 / ours.as_secs_f64();
        println!(
            "{name}: {} bytes, {records} records, {ours:?} each, {per_second:.0} records/s; Value {value:?}; ratio {:.2}",
            raw.len(),
            ours.as_secs_f64() / value.as_secs_f64(),
        );
    }
}

/// Mean time of one call.
fn each(mut call: impl FnMut() -> usize) -> Duration {
    let start = Instant::now();
    let mut calls = 0;
    while start.elapsed() < SPAN / 5 {
        for _ in 0..16 {
            black_box(call());
        }
        calls += 16;
    }
    start.elapsed() / calls
}
