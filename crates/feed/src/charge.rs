//! What requests cost.

use std::sync::{Mutex, PoisonError};

use azure_data_cosmos::{CosmosError, diagnostics::DiagnosticsContext};
use tracing::{Span, field::Empty};

/// Sum of the request charges of concurrent requests, failed and repeated ones included.
#[derive(Debug, Default)]
pub(crate) struct Charge(Mutex<f64>);

impl Charge {
    /// Adds what a request cost, and notes on its span how it went.
    pub(crate) fn add(&self, diagnostics: &DiagnosticsContext) {
        let charge = diagnostics.total_request_charge().value();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += charge;
        let span = Span::current();
        span.record("azure.cosmosdb.operation.request_charge", charge);
        span.record("requests", diagnostics.request_count());
        if let Some(status) = diagnostics.status() {
            let status = u16::from(status.status_code());
            // The first becomes the `resultCode` of the row; 409 says that a document is there, which is an answer.
            span.record("http.response.status_code", status);
            let outcome = if status < 400 || status == 409 {
                "OK"
            } else {
                "ERROR"
            };
            span.record("otel.status_code", outcome);
        }
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

/// The span of one request to the feed's records. The names are those that the SDK itself uses.
pub(crate) fn request(operation: &'static str, documents: usize) -> Span {
    tracing::info_span!(
        "feed request",
        otel.kind = "client",
        otel.status_code = Empty,
        db.system.name = "azure.cosmosdb",
        db.operation.name = operation,
        db.collection.name = "records",
        http.response.status_code = Empty,
        azure.cosmosdb.operation.request_charge = Empty,
        requests = Empty,
        documents,
    )
}
