//! What the routes have in common: who asks, and how a refusal reads.

use axum::{
    Json,
    extract::rejection::{JsonRejection, QueryRejection},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header::RETRY_AFTER};
use serde::{Deserialize, Serialize};

use crate::ReplayError;

/// Says who asks. The master key says only that they may.
pub const OPERATOR_HEADER: &str = "x-operator";
/// Most bytes of a name.
const OPERATOR_BYTES_MAX: usize = 128;
/// Most bytes of a reason.
const WHY_BYTES_MAX: usize = 512;

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// A stable name.
    pub error: String,
    /// What is wrong.
    pub message: String,
    /// What to do now.
    pub what_next: String,
    /// The status, not part of the body.
    #[serde(skip)]
    pub status: u16,
}

/// What a route returns.
pub(super) type Answer<T> = Result<Json<T>, Problem>;

impl Problem {
    /// A request that is wrong.
    #[must_use]
    pub fn invalid(message: impl Into<String>) -> Self {
        ReplayError::Invalid(message.into()).into()
    }
}

impl From<ReplayError> for Problem {
    fn from(error: ReplayError) -> Self {
        let status = match error.code() {
            "invalid_request" | "invalid_correction" => 400,
            "no_such_letter" | "no_such_plan" => 404,
            "unavailable" => 503,
            "nothing_to_plan" | "too_many_letters" => 422,
            _ => 409,
        };
        Self {
            error: error.code().to_owned(),
            message: error.to_string(),
            what_next: error.what_next().to_owned(),
            status,
        }
    }
}

impl From<feed::FeedError> for Problem {
    fn from(error: feed::FeedError) -> Self {
        ReplayError::from(error).into()
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        Self::invalid(rejection.body_text())
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::invalid(rejection.body_text())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        tracing::warn!(
            event = "operation_refused",
            status = status.as_u16(),
            reason = self.error
        );
        let mut response = (status, Json(self)).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            let soon = http::HeaderValue::from_static("2");
            response.headers_mut().insert(RETRY_AFTER, soon);
        }
        response
    }
}

/// Who asks.
///
/// # Errors
/// When the header is missing or no name.
pub fn operator(headers: &HeaderMap) -> Result<String, Problem> {
    let name = headers
        .get(OPERATOR_HEADER)
        .and_then(|name| name.to_str().ok());
    let name = name.map(str::trim).unwrap_or_default();
    match name.is_empty() || name.len() > OPERATOR_BYTES_MAX {
        true => Err(Problem::invalid(format!(
            "header {OPERATOR_HEADER} must say who asks, in at most {OPERATOR_BYTES_MAX} bytes"
        ))),
        false => Ok(name.to_owned()),
    }
}

/// The reason that a change needs.
pub(super) fn why(why: Option<&str>) -> Result<&str, Problem> {
    let why = why.map(str::trim).unwrap_or_default();
    match why.is_empty() || why.len() > WHY_BYTES_MAX {
        true => Err(Problem::invalid(format!(
            "`why` must say for what reason, in at most {WHY_BYTES_MAX} bytes"
        ))),
        false => Ok(why),
    }
}
