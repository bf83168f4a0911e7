//! How messages come: webhooks, verified, taken in, and answered when everything in them is durable.

use std::{fmt, sync::Arc};

use axum::{
    Router,
    extract::{DefaultBodyLimit, State, rejection::BytesRejection},
    response::{IntoResponse as _, Response},
    routing::post,
};
use azure_functions_handler::App;
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header::RETRY_AFTER};
use ingest::{Door, Ingest, Message};
use jiff::Timestamp;
use record::{EpochMillis, Source};
use replay::Replay;
use retry::{Class, Classify};
use telemetry::correlation::{CorrelationId, Traceparent, join};
use webhook_signature::{Secret, standard::verify};

use crate::{APP, VERSION, normalize::normalize};

/// Where the sender posts to; `ingest/function.json` has the same path without the host's prefix.
pub const PATH: &str = "/api/transport/webhooks";

/// Longest body: 1 MiB. The standard suggests to stay under 20 kB; a trip of a hundred stops has about 200 kB.
pub const BODY_LIMIT_BYTES: usize = 1024 * 1024;

/// What a sender is asked to wait where the feed does not say how long.
const RETRY_AFTER_SECONDS_DEFAULT: u64 = 5;

/// What the app works with.
#[derive(Clone)]
pub struct Deps {
    /// Takes in what came.
    pub ingest: Ingest,
    /// Secrets that a sender may sign with.
    pub secrets: Vec<Secret>,
    /// The clock.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// Called after each message, to have its telemetry sent soon; must not wait.
    pub flush: Arc<dyn Fn() + Send + Sync>,
}

impl fmt::Debug for Deps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deps")
            .field("ingest", &self.ingest)
            .field("secrets", &self.secrets)
            .finish_non_exhaustive()
    }
}

/// The function app.
pub fn app(deps: Deps) -> App {
    let door = Door::new(deps.ingest.clone(), Source::Transport, normalize);
    let replay = Replay::new(
        deps.ingest.feed(),
        APP,
        VERSION,
        Arc::new(door),
        deps.now.clone(),
    );
    let replay = replay.behind(deps.ingest.traffic().clone());
    let canary = ingest::canary(
        deps.ingest.clone(),
        Source::Transport,
        deps.now.clone(),
        deps.flush.clone(),
    );
    let limit = DefaultBodyLimit::max(BODY_LIMIT_BYTES);
    let routes = Router::new()
        .route(PATH, post(receive).layer(limit))
        .with_state(deps);
    App::new()
        .http(routes)
        .http(replay::routes(replay))
        .function("canary", canary)
        .on_span(join)
}

async fn receive(
    State(deps): State<Deps>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let answer = match body {
        Ok(body) => Box::pin(answer(&deps, &headers, &body)).await,
        Err(rejection) => {
            tracing::warn!(event = "webhook_unreadable", status = rejection.status().as_u16(), reason = %rejection);
            rejection.into_response()
        }
    };
    (deps.flush)();
    answer
}

/// Verifies, takes in, remembers, answers; in this order, so that a kill at any point loses nothing that was answered.
async fn answer(deps: &Deps, headers: &HeaderMap, body: &[u8]) -> Response {
    let now = (deps.now)();
    let id = match verify(headers, body, &deps.secrets, now) {
        Ok(id) => id,
        Err(untrusted) => {
            // Neither body nor headers are kept: they come from anybody.
            tracing::warn!(event = "webhook_untrusted", status = 401, reason = %untrusted);
            return (StatusCode::UNAUTHORIZED, untrusted.to_string()).into_response();
        }
    };
    let feed = deps.ingest.feed();
    match feed.receipt_exists(id).await {
        Ok(false) => {}
        Ok(true) => {
            tracing::info!(
                event = "webhook_repeated",
                source = Source::Transport.as_str(),
                message_id = id
            );
            return (StatusCode::OK, "taken in before").into_response();
        }
        Err(error) => return unavailable(id, &error),
    }
    let message = message(id, headers, body, now);
    let normalized = normalize(&message);
    if let Err(error) = deps.ingest.take(&message, normalized).await {
        return unavailable(id, &error);
    }
    // All is durable. Without a receipt a repeat costs some refused creates, so this is no reason to ask for one.
    if let Err(error) = feed.store_receipt(id).await {
        tracing::warn!(event = "receipt_not_stored", message_id = id, %error);
    }
    (StatusCode::ACCEPTED, "taken in").into_response()
}

fn message<'a>(id: &'a str, headers: &HeaderMap, body: &'a [u8], now: Timestamp) -> Message<'a> {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let id_of_message = CorrelationId::new();
    Message {
        source: Source::Transport,
        message_id: id.into(),
        traceparent: Traceparent::of_message(id_of_message.as_str())
            .map(|place| place.as_str().to_owned().into()),
        correlation_id: id_of_message.as_str().to_owned().into(),
        received_at: EpochMillis::from(now),
        raw: body,
        arrival: headers
            .iter()
            .map(|(name, value)| (name.to_string(), text(value)))
            .collect(),
    }
}

/// Not everything is durable, so the sender has to send again.
fn unavailable(id: &str, error: &(impl Classify + fmt::Display)) -> Response {
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
