//! Whether telemetry arrives, said once per change.

use std::{
    fmt::Display,
    sync::atomic::{AtomicBool, Ordering},
};

/// Whether the last request to the ingestion endpoint succeeded.
#[derive(Debug, Default)]
pub(crate) struct Health {
    failing: AtomicBool,
}

impl Health {
    pub(crate) fn failed(&self, error: &dyn Display) {
        if !self.failing.swap(true, Ordering::Relaxed) {
            tracing::warn!(event = "telemetry_export_failing", %error);
        }
    }

    pub(crate) fn succeeded(&self) {
        if self.failing.swap(false, Ordering::Relaxed) {
            tracing::info!(event = "telemetry_export_recovered");
        }
    }
}
