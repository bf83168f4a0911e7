//! The report made anew on demand: begun, gone on with step by step, looked at, given up.

use std::time::Duration;

use axum::{
    Json,
    extract::{State, rejection::JsonRejection},
};
use consolidate::{Ask, Consolidate, RebuildError};
use http::HeaderMap;
use record::EpochMillis;
use replay::{Problem, operator};
use reporting::{MergeError, Rebuild, Removals};
use serde::{Deserialize, Serialize};

use super::unavailable;

/// How long a step takes that names no time.
const STEP_MS: u64 = 10_000;
/// Longest step: the platform's front end ends a request after 230 s, and the last step takes over as well.
const STEP_MS_MAX: u64 = 60_000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// Which one goes on; without it the one under way, or else a new one.
    rebuild: Option<String>,
    why: Option<String>,
    step_ms: Option<u64>,
    #[serde(default)]
    accept_removals: bool,
    keep_before: Option<EpochMillis>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GivenUp {
    rebuild: String,
    why: String,
}

/// How far a rebuild is.
#[derive(Debug, Serialize)]
pub(super) struct Progress {
    rebuild: String,
    state: &'static str,
    who: String,
    why: String,
    asked_at: EpochMillis,
    feed_from: EpochMillis,
    filled_until: EpochMillis,
    documents: i64,
    dead_lettered: i64,
    stepped_at: EpochMillis,
    removed: Option<i64>,
    added: Option<i64>,
    replaced: Option<i64>,
    differences: Vec<String>,
}

impl From<Rebuild> for Progress {
    fn from(rebuild: Rebuild) -> Self {
        let merged = rebuild.merged;
        Self {
            rebuild: rebuild.id,
            state: rebuild.state.as_str(),
            who: rebuild.who,
            why: rebuild.why,
            asked_at: rebuild.asked_at,
            feed_from: rebuild.feed_from,
            filled_until: rebuild.filled_until,
            documents: rebuild.documents,
            dead_lettered: rebuild.dead_lettered,
            stepped_at: rebuild.stepped_at,
            removed: merged.as_ref().map(|merged| merged.removed),
            added: merged.as_ref().map(|merged| merged.added),
            replaced: merged.as_ref().map(|merged| merged.replaced),
            differences: merged.map_or_else(Vec::new, |merged| merged.differences),
        }
    }
}

pub(super) async fn list(
    State(consolidate): State<Consolidate>,
) -> Result<Json<Vec<Progress>>, Problem> {
    let rebuilds = consolidate.store().rebuilds().await.map_err(unavailable)?;
    Ok(Json(rebuilds.into_iter().map(Progress::from).collect()))
}

pub(super) async fn step(
    State(consolidate): State<Consolidate>,
    headers: HeaderMap,
    asked: Result<Json<Asked>, JsonRejection>,
) -> Result<Json<Progress>, Problem> {
    let who = operator(&headers)?;
    let Json(asked) = asked?;
    let step_ms = asked.step_ms.unwrap_or(STEP_MS);
    if !(1..=STEP_MS_MAX).contains(&step_ms) {
        return Err(Problem::invalid(format!(
            "`step_ms` is from 1 to {STEP_MS_MAX}"
        )));
    }
    tracing::info!(
        event = "rebuild_asked",
        who = %who,
        rebuild = asked.rebuild.as_deref(),
        accept_removals = asked.accept_removals,
    );
    let ask = Ask {
        who,
        why: asked.why.filter(|why| !why.trim().is_empty()),
        id: asked.rebuild,
        step: Duration::from_millis(step_ms),
        removals: match asked.accept_removals {
            true => Removals::Any,
            false => Removals::Few,
        },
        keep_before: asked.keep_before,
    };
    let rebuild = Box::pin(consolidate.rebuild(&ask)).await;
    Ok(Json(rebuild.map_err(problem)?.into()))
}

pub(super) async fn cancel(
    State(consolidate): State<Consolidate>,
    headers: HeaderMap,
    asked: Result<Json<GivenUp>, JsonRejection>,
) -> Result<Json<Progress>, Problem> {
    let who = operator(&headers)?;
    let Json(GivenUp { rebuild, why }) = asked?;
    tracing::info!(event = "rebuild_cancelled", who = %who, rebuild = %rebuild, why = %why);
    let rebuild = consolidate.cancel_rebuild(&rebuild).await;
    Ok(Json(rebuild.map_err(problem)?.into()))
}

fn problem(error: RebuildError) -> Problem {
    let refused = |error: &str, status, what_next: &str, message| Problem {
        error: error.to_owned(),
        message,
        what_next: what_next.to_owned(),
        status,
    };
    let message = error.to_string();
    match error {
        RebuildError::Unavailable(error) => unavailable(error),
        RebuildError::Merge(MergeError::Store(error)) => unavailable(error),
        RebuildError::NoReason => Problem::invalid(message),
        RebuildError::Unknown(_) => refused("no_such_rebuild", 404, "ask for the list", message),
        RebuildError::Elsewhere => refused("busy", 409, "ask again", message),
        RebuildError::Merge(MergeError::Ended) => {
            refused("ended", 409, "ask for the list", message)
        }
        RebuildError::Merge(MergeError::TooMany { .. }) => refused(
            "too_many_removals",
            409,
            "find out why the feed lacks them; `accept_removals` if it is right, `keep_before` if the feed was cut",
            message,
        ),
    }
}
