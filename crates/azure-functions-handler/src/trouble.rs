//! Every way in which a request ends without an outcome: its status, its one log line, its text.

use std::any::Any;
use std::time::Duration;

use axum::response::{IntoResponse as _, Response};
use http::StatusCode;

use crate::body::BodyError;
use crate::{DecodeError, Failure};

/// Why an invocation has no outcome.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    #[error("{0}")]
    Body(#[from] BodyError),
    #[error("{0}")]
    Decode(#[from] DecodeError),
    #[error("{0}")]
    Failed(Failure),
    #[error("panicked: {0}")]
    Panicked(String),
    #[error("not done within {} s", .0.as_secs_f64())]
    Late(Duration),
}

impl Trouble {
    pub(crate) fn panicked(payload: &(dyn Any + Send)) -> Self {
        let text = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned());
        let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
        Self::Panicked(text.unwrap_or_else(|| "a value that is no text".to_owned()))
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Body(BodyError::TooLong { .. }) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Body(BodyError::Torn(_)) | Self::Decode(_) => StatusCode::BAD_REQUEST,
            Self::Failed(_) | Self::Panicked(_) | Self::Late(_) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }

    fn log(&self) {
        let (error, status) = (self as &dyn std::error::Error, self.status().as_u16());
        // Exporters to OpenTelemetry take the span's outcome from this field.
        tracing::Span::current().record("otel.status_code", "ERROR");
        tracing::error!(event = "invocation_failed", status, error = %error, "invocation failed");
    }

    /// Logs it, in the span that the caller has entered, and answers the host.
    pub(crate) fn answer(&self) -> Response {
        self.log();
        (self.status(), self.to_string()).into_response()
    }

    /// Logs it and answers the caller of an HTTP trigger, who may be anyone: without the text.
    pub(crate) fn answer_caller(&self) -> Response {
        self.log();
        match self {
            Self::Late(_) => StatusCode::GATEWAY_TIMEOUT.into_response(),
            Self::Body(_) | Self::Decode(_) | Self::Failed(_) | Self::Panicked(_) => {
                self.status().into_response()
            }
        }
    }
}
