//! What senders are answered.

use std::fmt::Display;

use axum::{
    Json,
    extract::rejection::BytesRejection,
    response::{IntoResponse as _, Response},
};
use http::{StatusCode, header::RETRY_AFTER};
use retry::{Class, Classify};
use serde::Serialize;

use super::Refused;
use crate::normalize::Feedback;

/// What a sender is asked to wait where the feed does not say how long.
const RETRY_AFTER_SECONDS_DEFAULT: u64 = 5;

/// Header by which a producer says where the next page is.
pub(super) const NEXT_PAGE_CURSOR: &str = "next-page-cursor";

/// Version of DCSA Track and Trace that questions and answers follow.
pub(super) const API_VERSION: (&str, &str) = ("api-version", "3.0.0");

/// The answer to a DCSA 3.0 push.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'f> {
    feedback_elements: &'f [Feedback],
}

/// Taken in, with what there is to say about single events.
pub(super) fn feedback(feedback: &[Feedback]) -> Response {
    let answer = Answer {
        feedback_elements: feedback,
    };
    ([API_VERSION], Json(answer)).into_response()
}

/// From somebody who is no sender of ours.
pub(super) fn refused(refused: &Refused) -> Response {
    tracing::warn!(event = "webhook_untrusted", status = 401, reason = %refused);
    (StatusCode::UNAUTHORIZED, refused.to_string()).into_response()
}

/// Too long, or broken off on its way.
pub(super) fn unreadable(rejection: BytesRejection) -> Response {
    tracing::warn!(event = "webhook_unreadable", status = rejection.status().as_u16(), reason = %rejection);
    rejection.into_response()
}

/// Not everything is durable, so the sender has to send again.
pub(super) fn unavailable(id: &str, error: &(impl Classify + Display)) -> Response {
    let wait = match error.class() {
        Class::Transient { retry_after } => retry_after,
        Class::Permanent => None,
    };
    // Rounded up: whole seconds are all that every sender understands.
    let seconds = wait.map_or(RETRY_AFTER_SECONDS_DEFAULT, |wait| {
        wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
    });
    tracing::warn!(event = "webhook_unavailable", status = 503, message_id = id, retry_after_s = seconds, %error);
    (
        StatusCode::SERVICE_UNAVAILABLE,
        [(RETRY_AFTER, seconds.max(1).to_string())],
        "try again",
    )
        .into_response()
}
