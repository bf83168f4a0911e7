//! What telemetry costs those who speak: nanoseconds of a span, and the throughput that is left, on against off in one run.
//!
//! `cargo bench -p telemetry`. The endpoint takes all that is sent, so the export works as hard as it ever does; it shares
//! the machine's cores with the work, as it does in an app.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "the figures are the result, and a failed step of the harness is a failed run"
)]

use std::{
    hint::black_box,
    io,
    time::{Duration, Instant},
};

use axum::{Router, body::Bytes, routing::post};
use telemetry::{
    Config, Guard,
    correlation::CorrelationId,
    steps::{Moment, Name, Step, Steps},
};
use tokio::net::TcpListener;
use tracing::{Dispatch, dispatcher, info_span};

/// Spans of one measurement: fewer than wait in a queue, so that what is measured is taking them in, not dropping them.
const SPANS: usize = 1_000;
const ROUNDS: usize = 25;
/// Records of a batch, as the change feed brings them.
const BATCH: usize = 100;
/// Batches of one side of a comparison.
const BATCHES: usize = 40;
/// What a record costs without telemetry; the consolidator takes about as long for one.
const WORK: Duration = Duration::from_micros(150);

#[tokio::main]
async fn main() {
    let ratio = std::env::args()
        .nth(1)
        .filter(|text| text.parse::<f64>().is_ok());
    let ratio = ratio.unwrap_or_else(|| "1".to_owned());
    let (on, guard) = on(&ratio).await;
    tokio::task::spawn_blocking(move || measure(&on, &guard, &ratio))
        .await
        .unwrap();
}

fn measure(on: &Dispatch, guard: &Guard, ratio: &str) {
    println!("sample ratio {ratio}, medians of {ROUNDS} rounds of {SPANS}");
    let span = per_span(on, guard, || {
        drop(info_span!("work", source = "orders", records = 3));
    });
    println!("tracing span              {span:>6} ns");
    let steps = dispatcher::with_default(on, || {
        let batch = info_span!(
            "batch",
            invocation_id = "4ccb6a30-8a77-4d40-97b5-0d3f2ae3b8a6"
        );
        batch.in_scope(Steps::current)
    });
    let now = Moment::now();
    let message = CorrelationId::new();
    let step = per_span(on, guard, || steps.tell(black_box(&step(&message, now))));
    println!("step of a record          {step:>6} ns");
    let nobody = Steps::current();
    let off = per_span(&Dispatch::none(), guard, || {
        nobody.tell(black_box(&self::step(&message, now)))
    });
    println!("step, nobody listens      {off:>6} ns");
    compare(on, guard);
    println!("lost: {:?}", guard.losses());
    assert!(span < 2_000 && step < 2_000, "a span costs 2 µs or more");
}

/// Median time of one, with the queues emptied between rounds.
fn per_span(dispatch: &Dispatch, guard: &Guard, mut one: impl FnMut()) -> u128 {
    let mut rounds: Vec<u128> = (0..ROUNDS)
        .map(|_| {
            let took = dispatcher::with_default(dispatch, || {
                let began = Instant::now();
                for _ in 0..SPANS {
                    one();
                }
                began.elapsed()
            });
            guard.flush();
            std::thread::sleep(Duration::from_millis(40));
            took.as_nanos() / SPANS as u128
        })
        .collect();
    rounds.sort_unstable();
    rounds[rounds.len() / 2]
}

/// Works through batches with telemetry and without, in turns, so that whatever else the machine does meets both.
fn compare(on: &Dispatch, guard: &Guard) {
    let off = Dispatch::none();
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for round in 0..2 * ROUNDS {
        let (dispatch, times) = match round % 2 {
            0 => (on, &mut with),
            _ => (&off, &mut without),
        };
        times.push(dispatcher::with_default(dispatch, batches));
        guard.flush();
    }
    let median = |times: &mut Vec<Duration>| {
        times.sort_unstable();
        times[times.len() / 2].as_secs_f64()
    };
    let (with, without) = (median(&mut with), median(&mut without));
    let per_s = |seconds: f64| (BATCHES * BATCH) as f64 / seconds;
    println!(
        "throughput                on {:.0}/s, off {:.0}/s: {:.2} % less",
        per_s(with),
        per_s(without),
        100.0 * (with / without - 1.0)
    );
}

/// What the consolidator tells of each batch: one span, one line, and a step of each record.
fn batches() -> Duration {
    let began = Instant::now();
    for _ in 0..BATCHES {
        let message = CorrelationId::new();
        let span = info_span!(
            "batch",
            invocation_id = "4ccb6a30-8a77-4d40-97b5-0d3f2ae3b8a6"
        );
        let _in_span = span.enter();
        let started = Moment::now();
        for _ in 0..BATCH {
            let until = Instant::now() + WORK;
            while Instant::now() < until {
                black_box(());
            }
        }
        let steps = Steps::current();
        for _ in 0..BATCH {
            steps.tell(&step(&message, started));
        }
        tracing::info!(
            event = "consolidated",
            source = "orders",
            applied = 100,
            lag_ms_max = 900
        );
    }
    began.elapsed()
}

fn step(message: &CorrelationId, began: Moment) -> Step<'_> {
    Step {
        name: Name::Consolidated,
        began,
        ended: began,
        source: "orders",
        source_key: Some("CRONUS|S-ORD101001"),
        correlation_id: message.as_str(),
        traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-8448eb211c80319c-00"),
        outcome: "applied",
        has_failed: false,
        lag_ms: Some(1200),
        records: None,
    }
}

/// Telemetry that is exported to an endpoint of this process.
async fn on(ratio: &str) -> (Dispatch, Guard) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let routes = Router::new().route("/v2/track", post(|_: Bytes| async { "{}" }));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    let connection = format!(
        "InstrumentationKey=00000000-0000-0000-0000-000000000001;IngestionEndpoint=http://{address}/"
    );
    let setting = |name: &str| match name {
        "APPLICATIONINSIGHTS_CONNECTION_STRING" => Some(connection.clone()),
        "TELEMETRY_SAMPLE_RATIO" => Some(ratio.to_owned()),
        _ => None,
    };
    telemetry::subscribe(&Config::from_vars(setting, "bench", "1.0.0"), io::sink).unwrap()
}
