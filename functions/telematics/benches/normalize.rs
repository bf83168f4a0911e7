//! How fast `normalize` is, beside reading the same bytes into `serde_json::Value` in the same run.
//!
//! `cargo bench -p telematics`

#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]

use std::{
    fmt::Write as _,
    hint::black_box,
    time::{Duration, Instant},
};

use ingest::Message;
use record::{EpochMillis, Source};
use telematics::{
    config::Stream,
    normalize::{Kept, Origin, normalize},
};

/// Vehicles on the page that is measured: as many as Samsara puts on one.
const VEHICLES: usize = 512;
/// Positions of each; all are kept.
const READINGS: usize = 5;

/// Long enough for a stable figure on two busy cores.
const SPAN: Duration = Duration::from_millis(200);

fn main() {
    measure(Stream::SamsaraGps, &samsara());
    measure(Stream::GeotabLogRecord, &geotab());
}

fn samsara() -> String {
    let mut rows = Vec::new();
    for vehicle in 0..VEHICLES {
        let mut gps = String::new();
        for minute in 0..READINGS {
            let comma = if minute == 0 { "" } else { "," };
            write!(
                gps,
                r#"{comma}{{"time":"2026-11-09T12:{minute:02}:40.100Z","latitude":40.67841,"longitude":-74.15072,"headingDegrees":90,"speedMilesPerHour":62.4,"isEcuSpeed":true,"reverseGeo":{{"formattedLocation":"100 Example St, Example City, NJ"}}}}"#
            )
            .expect("a text takes everything");
        }
        rows.push(format!(
            r#"{{"id":"28147498000{vehicle:04}","name":"Truck {vehicle}","externalIds":{{"samsara.vin":"SYNTH{vehicle:012}"}},"gps":[{gps}]}}"#
        ));
    }
    format!(
        r#"{{"data":[{}],"pagination":{{"endCursor":"c-2","hasNextPage":false}}}}"#,
        rows.join(",")
    )
}

fn geotab() -> String {
    let mut rows = Vec::new();
    for row in 0..VEHICLES * READINGS {
        let (vehicle, minute) = (row % VEHICLES, row / VEHICLES);
        rows.push(format!(
            r#"{{"id":"b{row:x}","device":{{"id":"b{vehicle:x}"}},"dateTime":"2026-11-09T12:{minute:02}:40.000Z","latitude":40.67841,"longitude":-74.15072,"speed":63}}"#
        ));
    }
    format!(
        r#"{{"jsonrpc":"2.0","result":{{"data":[{}],"toVersion":"00000000000014a2"}}}}"#,
        rows.join(",")
    )
}

fn measure(stream: Stream, raw: &str) {
    let message = Message {
        source: Source::Telematics,
        message_id: format!("{stream}@c-1").into(),
        correlation_id: "0af7651916cd43dd8448eb211c80319c".into(),
        traceparent: None,
        received_at: EpochMillis(1_794_226_000_000),
        raw: raw.as_bytes(),
        arrival: Vec::new(),
    };
    let kept = Kept::default();
    let origin = Origin {
        message: &message,
        stream,
        kept: &kept,
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
                black_box(raw),
            )))
        }));
    }
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    let per_second = records as f64 / ours.as_secs_f64();
    println!(
        "{stream}: {} bytes, {records} records, {ours:?} each, {per_second:.0} records/s; Value {value:?}; ratio {:.2}",
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
