//! How messages come: pushed over HTTP, verified, taken in, and answered when everything in them is durable.

mod answer;
mod capture;
mod door;
mod producer;
mod repair;
mod sender;

use std::{fmt, iter, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{Path, State, rejection::BytesRejection},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use azure_functions_handler::{self as handler, App, Invocation, trigger::Timer};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use ingest::{Door, Ingest, IngestError, Message};
use jiff::Timestamp;
use record::{EpochMillis, Source};
use replay::Replay;
use sha2::{Digest as _, Sha256};
use telemetry::correlation::{CorrelationId, Traceparent, join};

use crate::{
    APP, VERSION,
    normalize::{Feedback, Standard, normalize},
};

pub use capture::{ERROR_BEHAVIOUR, Job};
pub use producer::{CallError, Producer};
pub use repair::{FUNCTION as REPAIR, Repair, RepairError, repair};
pub use sender::{BearerKey, Refused, Senders};

/// Where carriers post DCSA 3.0 events; `ingest/function.json` has the same path without the host's prefix.
pub const EVENTS: &str = "/api/visibility/events";
/// Where publishers post DCSA 2.2 notifications.
pub const NOTIFICATIONS: &str = "/api/visibility/notifications";
/// Where scanners post EPCIS documents.
pub const CAPTURE: &str = "/api/visibility/capture";
/// Where they ask what became of one.
pub const CAPTURE_JOB: &str = "/api/visibility/capture/{captureID}";

/// Longest body: 8 MiB. A vessel whose schedule shifts brings 2000 events at once, of about 2 kB each.
pub const BODY_LIMIT_BYTES: usize = 8 * 1024 * 1024;

/// What the app works with.
#[derive(Clone)]
pub struct Deps {
    /// Takes in what came.
    pub ingest: Ingest,
    /// Who may send.
    pub senders: Arc<Senders>,
    /// Who has the events that were not pushed, if it can be asked.
    pub producer: Option<Arc<Producer>>,
    /// After this a repair begins no further span.
    pub repair_budget: Duration,
    /// The clock.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// Called after each message, to have its telemetry sent soon; must not wait.
    pub flush: Arc<dyn Fn() + Send + Sync>,
}

impl fmt::Debug for Deps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deps")
            .field("ingest", &self.ingest)
            .field("senders", &self.senders)
            .finish_non_exhaustive()
    }
}

/// The function app.
pub fn app(deps: Deps) -> App {
    let tick = {
        let deps = deps.clone();
        move |_: Invocation<Timer>| repair_tick(deps.clone())
    };
    let door = Door::new(deps.ingest.clone(), Source::Visibility, door::read);
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
        Source::Visibility,
        deps.now.clone(),
        deps.flush.clone(),
    );
    let routes = Router::new()
        .route(EVENTS, post(events))
        .route(NOTIFICATIONS, post(notifications).head(reachable))
        .route(CAPTURE, post(capture))
        .route(CAPTURE_JOB, get(capture_job))
        .with_state(deps);
    App::new()
        .http(routes)
        .http(replay::routes(replay))
        .function(REPAIR, tick)
        .function("canary", canary)
        .body_limit_bytes(BODY_LIMIT_BYTES)
        .on_span(join)
}

/// A timer's tick: nothing to do where there is no producer to ask.
async fn repair_tick(deps: Deps) -> Result<handler::Outcome, RepairError> {
    let Some(producer) = &deps.producer else {
        return Ok(handler::Outcome::done());
    };
    let repaired = Box::pin(repair(&deps, producer)).await;
    match &repaired {
        Ok(repair) => tracing::info!(
            event = "repaired",
            source = "visibility",
            pages = repair.pages,
            received = repair.received,
            created = repair.created,
            complete = repair.complete,
        ),
        Err(error) => tracing::warn!(event = "repair_failed", source = "visibility", %error),
    }
    (deps.flush)();
    let repair = repaired?;
    let told = format!("{} pages, {} new", repair.pages, repair.created);
    Ok(handler::Outcome::done().log(told))
}

type Body = Result<Bytes, BytesRejection>;

/// DCSA 3.0: answered 200 with feedback, event by event.
async fn events(State(deps): State<Deps>, headers: HeaderMap, body: Body) -> Response {
    let now = (deps.now)();
    let answer = match body {
        Ok(body) => match deps.senders.pushes(&headers, &body, now) {
            Ok(id) => {
                match Box::pin(take(&deps, Standard::Dcsa3, id, &headers, &body, now)).await {
                    Ok(taken) => answer::feedback(&taken.feedback),
                    Err(unavailable) => unavailable,
                }
            }
            Err(refused) => answer::refused(&refused),
        },
        Err(rejection) => answer::unreadable(rejection),
    };
    (deps.flush)();
    answer
}

/// DCSA 2.2: the standard has no body in the answer.
async fn notifications(State(deps): State<Deps>, headers: HeaderMap, body: Body) -> Response {
    let now = (deps.now)();
    let answer = match body {
        Ok(body) => match deps.senders.notifies(&headers, &body) {
            Ok(()) => {
                match Box::pin(take(&deps, Standard::Dcsa2, None, &headers, &body, now)).await {
                    Ok(_) => StatusCode::NO_CONTENT.into_response(),
                    Err(unavailable) => unavailable,
                }
            }
            Err(refused) => answer::refused(&refused),
        },
        Err(rejection) => answer::unreadable(rejection),
    };
    (deps.flush)();
    answer
}

/// A publisher asks whether anybody is here before it makes a subscription.
async fn reachable() -> StatusCode {
    StatusCode::NO_CONTENT
}

/// EPCIS 2.0: answered 202 with the place of a capture job, which is finished by then.
async fn capture(State(deps): State<Deps>, headers: HeaderMap, body: Body) -> Response {
    let now = (deps.now)();
    let answer = match body {
        Ok(body) => match deps.senders.pushes(&headers, &body, now) {
            Ok(id) => {
                match Box::pin(take(&deps, Standard::Epcis, id, &headers, &body, now)).await {
                    Ok(taken) => {
                        let behaviour = capture::error_behaviour(&headers);
                        Job::new(now, behaviour, taken.events, taken.errors(), &body).accepted()
                    }
                    Err(unavailable) => unavailable,
                }
            }
            Err(refused) => answer::refused(&refused),
        },
        Err(rejection) => answer::unreadable(rejection),
    };
    (deps.flush)();
    answer
}

async fn capture_job(
    State(deps): State<Deps>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    if let Err(refused) = deps.senders.bears_key(&headers) {
        return answer::refused(&refused);
    }
    match Job::from_id(&id) {
        Some(job) => job.answer(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// What became of a message that is durable.
struct Taken {
    feedback: Vec<Feedback>,
    events: usize,
    rejected: usize,
}

impl Taken {
    /// Events that were not taken; a message that could not be read at all counts as one.
    const fn errors(&self) -> usize {
        self.rejected
    }
}

/// Takes in a message. The error is the answer: not everything is durable, so the sender has to send again.
async fn take(
    deps: &Deps,
    standard: Standard,
    id: Option<String>,
    headers: &HeaderMap,
    body: &[u8],
    now: Timestamp,
) -> Result<Taken, Response> {
    let id = id.unwrap_or_else(|| body_id(body));
    let message = message(standard, &id, headers, body, now);
    let mut outcome = normalize(standard, &message);
    let rejected = outcome.normalized.rejections.len();
    if standard == Standard::Epcis && capture::error_behaviour(headers).is_rollback() {
        outcome = outcome.all_or_nothing(body);
    }
    let result: Result<_, IngestError> = deps.ingest.take(&message, outcome.normalized).await;
    match result {
        Ok(_) => Ok(Taken {
            feedback: outcome.feedback,
            events: outcome.events,
            rejected,
        }),
        Err(error) => Err(answer::unavailable(&id, &error)),
    }
}

/// The id of a message that came without one: the same bytes are the same message.
fn body_id(body: &[u8]) -> String {
    let digest = Sha256::digest(body);
    digest[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The standard goes first: a sender may have headers without end, of which a letter keeps the first ones.
fn message<'a>(
    standard: Standard,
    id: &'a str,
    headers: &HeaderMap,
    body: &'a [u8],
    now: Timestamp,
) -> Message<'a> {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = headers
        .iter()
        .map(|(name, value)| (name.to_string(), text(value)));
    let id_of_message = CorrelationId::new();
    Message {
        source: Source::Visibility,
        message_id: id.into(),
        traceparent: Traceparent::of_message(id_of_message.as_str())
            .map(|place| place.as_str().to_owned().into()),
        correlation_id: id_of_message.as_str().to_owned().into(),
        received_at: EpochMillis::from(now),
        raw: body,
        arrival: iter::once(standard.arrival()).chain(headers).collect(),
    }
}
