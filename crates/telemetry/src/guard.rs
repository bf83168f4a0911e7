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
