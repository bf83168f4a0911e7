//! What requests cost.

use std::sync::{Mutex, PoisonError};

use azure_data_cosmos::{CosmosError, diagnostics::DiagnosticsContext};

/// Sum of the request charges of concurrent requests, failed and repeated ones included.
#[derive(Debug, Default)]
pub(crate) struct Charge(Mutex<f64>);

impl Charge {
    pub(crate) fn add(&self, diagnostics: &DiagnosticsContext) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) +=
            diagnostics.total_request_charge().value();
    }

    pub(crate) fn add_failed(&self, error: &CosmosError) {
        if let Some(diagnostics) = error.diagnostics() {
            self.add(&diagnostics);
        }
    }

    pub(crate) fn total(&self) -> f64 {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
