//! Flushing and ending the export.

use std::{
    sync::mpsc::{SyncSender, sync_channel},
    thread,
    time::Duration,
};

use opentelemetry_sdk::{logs::SdkLoggerProvider, trace::SdkTracerProvider};

/// How long the end of a process may wait for its last telemetry.
const SHUTDOWN: Duration = Duration::from_secs(2);

/// Holds the export; made by [`init`](crate::init) and kept by `main` until the end.
#[derive(Debug)]
pub struct Guard {
    export: Option<Export>,
}

#[derive(Debug)]
struct Export {
    spans: SdkTracerProvider,
    logs: SdkLoggerProvider,
    /// Wakes the thread that flushes. At most one wish waits: a flush covers all that came before it began.
    wishes: SyncSender<()>,
}

impl Guard {
    pub(crate) fn new(spans: SdkTracerProvider, logs: Option<SdkLoggerProvider>) -> Self {
        let export = logs.and_then(|logs| {
            let wishes = flush_on_wish(spans.clone(), logs.clone())?;
            Some(Export {
                spans,
                logs,
                wishes,
            })
        });
        Self { export }
    }

    /// Has everything sent soon that was said before this call; returns at once, whatever the endpoint does.
    ///
    /// Call it once per invocation, after the answer.
    pub fn flush(&self) {
        if let Some(export) = &self.export {
            // A full channel means that a flush which covers this wish is due anyway.
            export.wishes.try_send(()).ok();
        }
    }

    #[cfg(test)]
    pub(crate) fn spans(&self) -> Option<SdkTracerProvider> {
        self.export.as_ref().map(|export| export.spans.clone())
    }

    /// Sends what is left and ends the export; gives up after 2 seconds.
    pub async fn shutdown(self) {
        let Some(Export {
            spans,
            logs,
            wishes,
        }) = self.export
        else {
            return;
        };
        drop(wishes);
        let spans = tokio::task::spawn_blocking(move || spans.shutdown_with_timeout(SHUTDOWN));
        let logs = tokio::task::spawn_blocking(move || logs.shutdown_with_timeout(SHUTDOWN));
        let (spans, logs) = tokio::join!(spans, logs);
        if !matches!((&spans, &logs), (Ok(Ok(())), Ok(Ok(())))) {
            tracing::warn!(event = "telemetry_shutdown_incomplete", ?spans, ?logs);
        }
    }
}

/// Starts the thread that flushes. It is never joined: a flush may hang for 5 seconds, the end of the process must not.
fn flush_on_wish(spans: SdkTracerProvider, logs: SdkLoggerProvider) -> Option<SyncSender<()>> {
    let (wishes, wished) = sync_channel::<()>(1);
    let flushing = move || {
        for () in wished {
            // What cannot be sent is reported where it is sent.
            spans.force_flush().ok();
            logs.force_flush().ok();
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
    use std::sync::{
        Mutex,
        mpsc::{Receiver, Sender, channel},
    };

    use opentelemetry::trace::{Span, Tracer, TracerProvider};
    use opentelemetry_sdk::{
        error::OTelSdkResult,
        trace::{BatchConfigBuilder, BatchSpanProcessor, SpanData, SpanExporter},
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
        let guard = Guard::new(spans.clone(), Some(SdkLoggerProvider::builder().build()));

        spans.tracer("").start("first").end();
        for _ in 0..100 {
            // Would never return if it waited: the exporter goes on only after this.
            guard.flush();
        }
        go.send(()).unwrap();
        assert_eq!(sent.recv_timeout(Duration::from_secs(30)), Ok(1));
    }
}
