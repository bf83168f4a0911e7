//! How fast files become records, beside framing and checking the same bytes with `x12` alone in the same run.
//!
//! `cargo bench -p carrier`

#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]

use std::{
    hint::black_box,
    path::Path,
    time::{Duration, Instant},
};

use carrier::{
    config::Partners,
    normalize::{Units, Window},
};
use ingest::Message;
use record::{EpochMillis, Source};

/// Long enough for a stable figure on two busy cores.
const SPAN: Duration = Duration::from_secs(1);

fn main() {
    let partners =
        Partners::parse(r#"[{"sender":"TSTL","zone":"America/New_York"}]"#).expect("partners");
    for name in ["214_batch.edi", "210_invoice.edi", "990_accept.edi"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
        let raw = std::fs::read(folder.join(name)).expect("a fixture");
        let message = Message {
            source: Source::Carrier,
            message_id: "carrier/in/a.edi@0x1".into(),
            correlation_id: "0af7651916cd43dd8448eb211c80319c".into(),
            traceparent: None,
            received_at: EpochMillis(1_794_252_733_000),
            raw: &raw,
            arrival: Vec::new(),
        };
        let normalized = || {
            let mut records = 0;
            let window = Window {
                bytes: black_box(&raw),
                offset: 0,
            };
            for interchange in x12::interchanges(&raw).flatten() {
                let mut units = Units::new(&message, &interchange, window, &partners, 0);
                while let Some(made) = units.next_units(500) {
                    records += black_box(made).records.len();
                }
                black_box(units.into_outgoing());
            }
            records
        };
        let framed = || {
            let sets = x12::interchanges(black_box(&raw)).flatten();
            let segments = sets.flat_map(|interchange| {
                let segments = interchange.sets().flat_map(x12::TransactionSet::segments);
                let elements = segments.map(|segment| segment.elements().count());
                elements.collect::<Vec<_>>()
            });
            segments.map(black_box).sum()
        };
        let records = normalized();
        // In turns, so that both meet the same noise.
        let (mut ours, mut framing) = (Duration::MAX, Duration::MAX);
        for _ in 0..5 {
            ours = ours.min(each(normalized));
            framing = framing.min(each(framed));
        }
        #[expect(clippy::cast_precision_loss, reason = "figures for people")]
        let (per_second, megabytes) = (
            records as f64 / ours.as_secs_f64(),
            raw.len() as f64 / ours.as_secs_f64() / 1e6,
        );
        println!(
            "{name}: {} bytes, {records} records, {ours:?} each, {per_second:.0} records/s, {megabytes:.1} MB/s; \
             framing alone {framing:?}; ratio {:.2}",
            raw.len(),
            ours.as_secs_f64() / framing.as_secs_f64(),
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
