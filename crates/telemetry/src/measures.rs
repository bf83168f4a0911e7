//! Metrics, made of the events that tell of the same.
//!
//! An alert must not stand on what is sampled, and two counts of one thing must not differ. So every figure here is taken from a
//! field of an event, at the moment at which the event is said, whether or not the event itself is sent.

mod said;

use std::sync::Arc;

use opentelemetry::{
    KeyValue,
    metrics::{Counter, Gauge, Histogram, Meter, MeterProvider},
};
use tracing::{Event, Metadata, Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    Layer,
    filter::filter_fn,
    layer::{Context, Filter},
};

use crate::ingestion::{Export, Loss, Losses};
use said::Said;

/// The instruments. Their names are those of `docs/logging.md`.
#[derive(Debug)]
pub(crate) struct Measures {
    records: Counter<u64>,
    dead_letters: Counter<u64>,
    replays: Counter<u64>,
    request_charge: Counter<f64>,
    retries: Counter<u64>,
    failed_invocations: Counter<u64>,
    reapplied: Counter<u64>,
    batch_records: Histogram<f64>,
    lag: Histogram<f64>,
    pool_wait: Histogram<f64>,
    backlog: Gauge<i64>,
    oldest_waiting: Gauge<i64>,
    watermark: Gauge<i64>,
    behind: Gauge<i64>,
    missing: Gauge<i64>,
    sink_away: Gauge<i64>,
}

impl Measures {
    pub(crate) fn new(export: &Export) -> Self {
        let meter = export.metrics.meter("crossdock");
        observe(&meter, &export.losses);
        let counter = |name: &'static str| meter.u64_counter(name).build();
        let histogram = |name: &'static str| meter.f64_histogram(name).build();
        let gauge = |name: &'static str| meter.i64_gauge(name).build();
        Self {
            records: counter("records"),
            dead_letters: counter("dead_letters"),
            replays: counter("replays"),
            request_charge: meter.f64_counter("request_charge_ru").build(),
            retries: counter("retries"),
            failed_invocations: counter("failed_invocations"),
            reapplied: counter("reapplied"),
            batch_records: histogram("batch_records"),
            lag: histogram("lag_ms"),
            pool_wait: histogram("pool_wait_ms"),
            backlog: gauge("backlog"),
            oldest_waiting: gauge("oldest_waiting_s"),
            watermark: gauge("watermark_s"),
            behind: gauge("behind_level"),
            missing: gauge("missing"),
            sink_away: gauge("sink_away"),
        }
    }

    fn take(&self, said: &Said) {
        match said.event() {
            "ingested" => self.ingested(said),
            "consolidated" => self.consolidated(said),
            "dead_lettered" => {
                let of = [
                    said.label("source"),
                    said.label("reason"),
                    said.label("fingerprint"),
                ];
                self.dead_letters.add(1, &of);
            }
            "replayed" => self
                .replays
                .add(1, &[said.label("source"), said.label("outcome")]),
            "retry_waits" => self.retries.add(1, &[KeyValue::new("outcome", "waits")]),
            "retry_gave_up" => self.retries.add(1, &[KeyValue::new("outcome", "gave_up")]),
            "invocation_failed" => self.failed_invocations.add(1, &[]),
            "freshness" => self.freshness(said),
            "missing_found" => {
                let of = [said.label("source")];
                self.reapplied.add(said.count("reapplied"), &of);
                self.missing.record(said.whole("missing"), &of);
            }
            "reconciled" => self
                .missing
                .record(said.whole("missing"), &[said.label("source")]),
            "sink_is_away" => self.sink_away.record(1, &[said.label("sink")]),
            "sink_answers_again" => self.sink_away.record(0, &[said.label("sink")]),
            "" => {
                if let Some(seconds) = said.number("acquired_after_secs") {
                    self.pool_wait.record(seconds * 1000.0, &[]);
                }
            }
            _ => {}
        }
    }

    fn ingested(&self, said: &Said) {
        let source = said.label("source");
        for outcome in ["created", "duplicate", "dead_lettered"] {
            self.records_of("published", &source, outcome, said.count(outcome));
        }
        self.batch_records.record(
            said.number("received").unwrap_or_default(),
            &[KeyValue::new("step", "published"), source.clone()],
        );
        self.request_charge
            .add(said.number("request_charge").unwrap_or_default(), &[source]);
    }

    fn consolidated(&self, said: &Said) {
        let source = said.label("source");
        let mut total = 0.0;
        for outcome in ["applied", "duplicate", "superseded", "dead_lettered"] {
            self.records_of("consolidated", &source, outcome, said.count(outcome));
            total += said.number(outcome).unwrap_or_default();
        }
        let step = KeyValue::new("step", "consolidated");
        self.batch_records.record(total, &[step, source.clone()]);
        if let Some(lag_ms) = said.number("lag_ms_max") {
            self.lag.record(lag_ms, &[source]);
        }
    }

    fn records_of(&self, step: &'static str, source: &KeyValue, outcome: &'static str, count: u64) {
        if count > 0 {
            let of = [
                KeyValue::new("step", step),
                source.clone(),
                KeyValue::new("outcome", outcome),
            ];
            self.records.add(count, &of);
        }
    }

    fn freshness(&self, said: &Said) {
        let of = [said.label("source"), said.label("stream")];
        self.backlog.record(said.whole("backlog"), &of);
        self.oldest_waiting
            .record(said.whole("oldest_waiting_s"), &of);
        if said.number("watermark_s").is_some() {
            self.watermark.record(said.whole("watermark_s"), &of);
        }
        let minutes = match said.text("level") {
            "page" => 15,
            "alert" => 10,
            "notice" => 5,
            _ => 0,
        };
        let cause = match said.text("cause") {
            "" => KeyValue::new("cause", "none"),
            _ => said.label("cause"),
        };
        let [source, stream] = of;
        self.behind.record(minutes, &[source, stream, cause]);
    }
}

/// What is asked for at each reading: a sign of life, and what did not arrive.
fn observe(meter: &Meter, losses: &Arc<Losses>) {
    let began = opentelemetry::time::now();
    let uptime = meter
        .u64_observable_gauge("uptime_s")
        .with_callback(move |observer| {
            let since = opentelemetry::time::now().duration_since(began);
            observer.observe(since.unwrap_or_default().as_secs(), &[]);
        });
    uptime.build();
    let losses = Arc::clone(losses);
    let lost = meter
        .u64_observable_counter("telemetry_lost")
        .with_callback(move |observer| {
            for loss in Loss::ALL {
                observer.observe(losses.count(loss), &[KeyValue::new("reason", loss.name())]);
            }
        });
    lost.build();
}

impl<S: Subscriber> Layer<S> for Measures {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let mut said = Said::default();
        event.record(&mut said);
        self.take(&said);
    }
}

/// The events that figures are taken from: those that are exported, and two kinds that would be too many.
pub(crate) fn measured<S>() -> impl Filter<S> {
    filter_fn(is_measured).with_max_level_hint(LevelFilter::TRACE)
}

fn is_measured(metadata: &Metadata<'_>) -> bool {
    let target = metadata.target();
    let is_ours = *metadata.level() <= LevelFilter::INFO && !target.starts_with("sqlx");
    metadata.is_event()
        && (is_ours || target.starts_with("retry") || target == "sqlx::pool::acquire")
}
