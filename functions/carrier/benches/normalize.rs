//! How fast files become records, beside framing and checking the same bytes with `x12` alone in the same run; and how
//! much memory a file of a hundred megabytes takes.
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
use x12::{Interchange, Limits, Splitter};

/// Long enough for a stable figure on two busy cores.
const SPAN: Duration = Duration::from_secs(1);
/// Bytes of the long file.
const LONG: usize = 100 << 20;
/// Bytes of one read of it, as a blob is read.
const READ: usize = 4 << 20;
/// Records made at a time, as the app does.
const UNITS: usize = 500;

fn main() {
    let partners =
        Partners::parse(r#"[{"sender":"TSTL","zone":"America/New_York"}]"#).expect("partners");
    for name in ["214_batch.edi", "210_invoice.edi", "990_accept.edi"] {
        let raw = fixture(name);
        let message = message();
        let normalized = || {
            let window = Window {
                bytes: black_box(&raw),
                offset: 0,
            };
            let interchanges = x12::interchanges(&raw).flatten();
            interchanges
                .map(|interchange| records(&message, &interchange, window, &partners))
                .sum()
        };
        let records = normalized();
        // In turns, so that both meet the same noise.
        let (mut ours, mut framing) = (Duration::MAX, Duration::MAX);
        for _ in 0..5 {
            ours = ours.min(each(normalized));
            framing = framing.min(each(|| elements(black_box(&raw))));
        }
        println!(
            "{name}: {} bytes, {records} records, {ours:?} each, {:.0} records/s, {:.1} MB/s; \
             framing alone {framing:?}; ratio {:.2}",
            raw.len(),
            per_second(records, ours),
            per_second(raw.len(), ours) / 1e6,
            ours.as_secs_f64() / framing.as_secs_f64(),
        );
    }
    long_file(&partners, 1, "of many interchanges");
    long_file(&partners, (20 << 20) / 1200, "of interchanges of 20 MiB");
}

/// A file that is longer than what the app holds of it, read as a blob is. `repeats`: how often the four sets of the story
/// stand in one interchange.
fn long_file(partners: &Partners, repeats: usize, what: &str) {
    let text = String::from_utf8(fixture("214_batch.edi")).expect("text");
    let (head, rest) = text.split_once("ST*").expect("sets");
    let (sets, tail) = rest.split_once("GE*").expect("a trailer");
    let interchange = format!("{head}{}GE*{tail}", format!("ST*{sets}").repeat(repeats));
    let message = message();
    let mut splitter = Splitter::new(Limits::default());
    let mut endless = interchange.bytes().cycle();
    let (mut read, mut made, mut ended) = (0, 0, false);
    let mut spent = Duration::ZERO;
    loop {
        let start = Instant::now();
        let piece = splitter.next_piece().expect("within the limit");
        match piece {
            Some(piece) => {
                let window = Window {
                    bytes: piece.bytes(),
                    offset: piece.offset(),
                };
                for interchange in piece.interchanges().flatten() {
                    made += records(&message, &interchange, window, partners);
                }
            }
            None if ended => break,
            None if read >= LONG => {
                splitter.end();
                ended = true;
            }
            None => {
                let bytes: Vec<u8> = endless.by_ref().take(READ).collect();
                read += bytes.len();
                splitter.push(&bytes);
                continue;
            }
        }
        spent += start.elapsed();
    }
    println!(
        "{} MiB {what}: {made} records, {:.0} records/s, {:.1} MB/s, peak memory of the process {}",
        read >> 20,
        per_second(made, spent),
        per_second(read, spent) / 1e6,
        peak(),
    );
}

fn records(
    message: &Message<'_>,
    interchange: &Interchange<'_>,
    window: Window<'_>,
    partners: &Partners,
) -> usize {
    let mut records = 0;
    let mut units = Units::new(message, interchange, window, partners, 0);
    while let Some(made) = units.next_units(UNITS) {
        records += black_box(made).records.len();
    }
    black_box(units.into_outgoing());
    records
}

fn elements(raw: &[u8]) -> usize {
    let interchanges = x12::interchanges(raw).flatten();
    interchanges
        .map(|interchange| {
            let segments = interchange.sets().flat_map(x12::TransactionSet::segments);
            segments
                .map(|segment| black_box(segment.elements().count()))
                .sum::<usize>()
        })
        .sum()
}

fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    std::fs::read(folder.join(name)).expect("a fixture")
}

fn message() -> Message<'static> {
    Message {
        source: Source::Carrier,
        message_id: "carrier/in/a.edi@0x1".into(),
        correlation_id: "0af7651916cd43dd8448eb211c80319c".into(),
        traceparent: None,
        received_at: EpochMillis(1_794_252_733_000),
        raw: &[],
        arrival: Vec::new(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn per_second(count: usize, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}

/// The highest memory of the process so far, where the system tells it.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or_else(|| "unknown".to_owned(), |line| line.trim().to_owned())
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
