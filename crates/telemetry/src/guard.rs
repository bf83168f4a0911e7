//! Flushing and ending the export.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{SyncSender, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

use opentelemetry_sdk::{
    error::OTelSdkResult, logs::SdkLoggerProvider, metrics::SdkMeterProvider,
    trace::SdkTracerProvider,
};
use tokio::task::spawn_blocking;

use crate::ingestion::{Export, Losses};

/// How long the end of a process may wait for its last telemetry.
const SHUTDOWN: Duration = Duration::from_secs(2);
/// Metrics are sent with the rest, but not more often: each reading has a row for each series.
const METRICS_APART: Duration = Duration::from_secs(10);

/// Holds the export; made by [`init`](crate::init) and kept by `main` until the end.
#[derive(Debug)]
pub struct Guard {
    /// Wakes the thread that flushes; `None` where nothing is exported. At most one wish waits: a flush covers all that came
    /// before it began.
    wishes: Option<SyncSender<()>>,
    ways: Mutex<Option<Ways>>,
    losses: Option<Arc<Losses>>,
}

#[derive(Debug, Clone)]
struct Ways {
    spans: SdkTracerProvider,
    logs: SdkLoggerProvider,
    metrics: SdkMeterProvider,
}

impl Guard {
    pub(crate) fn new(spans: SdkTracerProvider, export: Option<Export>) -> Self {
        let losses = export.as_ref().map(|export| Arc::clone(&export.losses));
        let ways = export.map(|export| Ways {
            spans,
            logs: export.logs,
            metrics: export.metrics,
        });
        Self {
            wishes: ways.clone().and_then(flush_on_wish),
            ways: Mutex::new(ways),
            losses,
        }
    }

    /// Has everything sent soon that was said before this call; returns at once, whatever the endpoint does.
    ///
    /// Call it once per invocation, after the answer: the platform may end the process at any instruction, without a word.
    /// What is lost then is what was said since the last call, and of metrics up to ten seconds more.
    pub fn flush(&self) {
        if let Some(wishes) = &self.wishes {
            // A full channel means that a flush which covers this wish is due anyway.
            wishes.try_send(()).ok();
        }
    }

    /// Spans, events and readings of metrics that will not arrive, by reason: `queue_full`, `refused`, `gave_up`,
    /// `unwritable`. Empty where nothing is exported.
    #[must_use]
    pub fn losses(&self) -> Vec<(&'static str, u64)> {
        let of = |losses: &Arc<Losses>| {
            let all = crate::ingestion::Loss::ALL.into_iter();
            all.map(|loss| (loss.name(), losses.count(loss))).collect()
        };
        self.losses.as_ref().map(of).unwrap_or_default()
    }

    #[cfg(test)]
    pub(crate) fn spans(&self) -> Option<SdkTracerProvider> {
        let ways = self.ways.lock().unwrap();
        ways.as_ref().map(|ways| ways.spans.clone())
    }

    /// Sends what is left and ends the export; gives up after 2 seconds. A second call does nothing.
    pub async fn shutdown(&self) {
        let ways = self
            .ways
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(Ways {
            spans,
            logs,
            metrics,
        }) = ways
        else {
            return;
        };
        // All at once, since each may take its time.
        let metrics = spawn_blocking(move || metrics.shutdown_with_timeout(SHUTDOWN));
        let spans = spawn_blocking(move || spans.shutdown_with_timeout(SHUTDOWN));
        let logs = spawn_blocking(move || logs.shutdown_with_timeout(SHUTDOWN));
        let ended =
            tokio::time::timeout(2 * SHUTDOWN, async { tokio::join!(spans, logs, metrics) });
        let is_good = |result: &Result<OTelSdkResult, _>| matches!(result, Ok(Ok(())));
        match ended.await {
            Ok((spans, logs, metrics)) if [&spans, &logs, &metrics].into_iter().all(is_good) => {}
            ended => tracing::warn!(event = "telemetry_shutdown_incomplete", ?ended),
        }
    }
}

/// Starts the thread that flushes. It is never joined: a flush may hang for 5 seconds, the end of the process must not.
fn flush_on_wish(ways: Ways) -> Option<SyncSender<()>> {
    let (wishes, wished) = sync_channel::<()>(1);
    let flushing = move || {
        let mut metrics_sent: Option<Instant> = None;
        for () in wished {
            // What cannot be sent is reported where it is sent.
            ways.spans.force_flush().ok();
            ways.logs.force_flush().ok();
            if metrics_sent.is_none_or(|at| at.elapsed() >= METRICS_APART) {
                ways.metrics.force_flush().ok();
                metrics_sent = Some(Instant::now());
            }
        }
    };
    match thread::Builder::new()
        .name("telemetry-flush".to_owned())
        .spawn(flushing)
    {
        Ok(_) => Some(wishes),
        Err(error) => {
            tracing::warn!(event = "telemetry_flush_unavailable", %error);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use opentelemetry::trace::{Span, Tracer, TracerProvider};
    use opentelemetry_sdk::trace::{
        BatchConfigBuilder, BatchSpanProcessor, SpanData, SpanExporter,
    };

    use super::*;

    /// Counts what is exported, each time once it may go on.
    #[derive(Debug)]
    struct Gated {
        exported: Sender<usize>,
        go: Mutex<Receiver<()>>,
    }

    impl SpanExporter for Gated {
        async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
            self.go.lock().unwrap().recv().unwrap();
            self.exported.send(batch.len()).unwrap();
            Ok(())
        }
    }

    #[test]
    fn a_flush_sends_and_does_not_wait() {
        let (exported, sent) = channel();
        let (go, gate) = channel();
        // Left to itself, this one would send in an hour.
        let config = BatchConfigBuilder::default()
            .with_scheduled_delay(Duration::from_secs(3600))
            .build();
        let exporter = Gated {
            exported,
            go: Mutex::new(gate),
        };
        let batches = BatchSpanProcessor::builder(exporter)
            .with_batch_config(config)
            .build();
        let spans = SdkTracerProvider::builder()
            .with_span_processor(batches)
            .build();
        let guard = Guard {
            wishes: flush_on_wish(Ways {
                spans: spans.clone(),
                logs: SdkLoggerProvider::builder().build(),
                metrics: SdkMeterProvider::builder().build(),
            }),
            ways: Mutex::default(),
            losses: None,
        };

        spans.tracer("").start("first").end();
        for _ in 0..100 {
            // Would never return if it waited: the exporter goes on only after this.
            guard.flush();
        }
        go.send(()).unwrap();
        assert_eq!(sent.recv_timeout(Duration::from_secs(30)), Ok(1));
    }
}
