//! Plans: made, looked at, run, held up.

use std::time::Duration;

use axum::{
    Json,
    extract::{Path, Query, State, rejection::JsonRejection},
};
use feed::Verb;
use http::HeaderMap;
use serde::{Deserialize, Serialize};

use super::{
    answer::{Answer, Problem, operator, why},
    changes::Selected,
    sealed::dry_run_of,
};
use crate::{Awaited, Drive, DryRun, Item, Observed, Replay, Step, outcome::Counts, plan::Plan};

/// How long a step takes unless the caller says otherwise.
const STEP_DEFAULT_MS: u64 = 5_000;

pub(super) async fn list(State(replay): State<Replay>) -> Answer<Vec<Plan>> {
    Ok(Json(replay.all_plans().await?))
}

pub(super) async fn create(
    State(replay): State<Replay>,
    headers: HeaderMap,
    body: Result<Json<Selected>, JsonRejection>,
) -> Answer<Plan> {
    let (who, Json(selected)) = (operator(&headers)?, body?);
    let why = why(selected.why.as_deref())?;
    let selection = selected.selection()?;
    let audited = replay
        .intend(&who, why, Verb::Plan, selection.about())
        .await?;
    Ok(Json(replay.plan(&audited, &selection).await?))
}

/// A plan and how far it is.
#[derive(Debug, Serialize)]
pub(super) struct Progress {
    plan: Plan,
    counts: Counts,
}

pub(super) async fn show(State(replay): State<Replay>, Path(id): Path<String>) -> Answer<Progress> {
    let (plan, counts) = replay.progress(&id).await?;
    Ok(Json(Progress { plan, counts }))
}

pub(super) async fn items(
    State(replay): State<Replay>,
    Path((id, chunk)): Path<(String, usize)>,
) -> Answer<Vec<Item>> {
    Ok(Json(replay.items(&id, chunk).await?))
}

pub(super) async fn dry_run(
    State(replay): State<Replay>,
    headers: HeaderMap,
    Path((id, chunk)): Path<(String, usize)>,
) -> Answer<Vec<DryRun>> {
    let who = operator(&headers)?;
    let audited = dry_run_of(&replay, &who, &id, chunk).await?;
    Ok(Json(replay.dry_run(&id, chunk, &audited).await?))
}

#[derive(Debug, Deserialize)]
pub(super) struct RunAsked {
    digest: String,
    runner: String,
    why: Option<String>,
    budget_ms: Option<u64>,
    rate: Option<u32>,
}

pub(super) async fn run(
    State(replay): State<Replay>,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Result<Json<RunAsked>, JsonRejection>,
) -> Answer<Step> {
    let (who, Json(asked)) = (operator(&headers)?, body?);
    if asked.runner.is_empty() || asked.runner.len() > 128 {
        return Err(Problem::invalid(
            "`runner` is the caller's own id, of at most 128 bytes",
        ));
    }
    let drive = Drive {
        digest: asked.digest,
        runner: asked.runner,
        who,
        why: why(asked.why.as_deref())?.to_owned(),
        budget: Duration::from_millis(asked.budget_ms.unwrap_or(STEP_DEFAULT_MS)),
        rate: asked.rate,
    };
    Ok(Json(Box::pin(replay.drive(&id, &drive)).await?))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FromChunk {
    #[serde(default)]
    from: usize,
}

pub(super) async fn awaiting(
    State(replay): State<Replay>,
    Path(id): Path<String>,
    Query(chunk): Query<FromChunk>,
) -> Answer<Vec<Awaited>> {
    Ok(Json(replay.awaiting(&id, chunk.from).await?))
}

pub(super) async fn outcomes(
    State(replay): State<Replay>,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Result<Json<Vec<Observed>>, JsonRejection>,
) -> Answer<Progress> {
    operator(&headers)?;
    let Json(observed) = body?;
    let (plan, counts) = Box::pin(replay.observed(&id, observed)).await?;
    Ok(Json(Progress { plan, counts }))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Why {
    why: Option<String>,
}

type Body = Result<Json<Why>, JsonRejection>;

pub(super) async fn pause(
    State(replay): State<Replay>,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Body,
) -> Answer<Plan> {
    let (who, Json(asked)) = (operator(&headers)?, body?);
    let why = why(asked.why.as_deref())?;
    Ok(Json(replay.pause(&id, &who, why).await?))
}

pub(super) async fn resume(
    State(replay): State<Replay>,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Body,
) -> Answer<Plan> {
    let (who, Json(asked)) = (operator(&headers)?, body?);
    let why = why(asked.why.as_deref())?;
    Ok(Json(replay.resume(&id, &who, why).await?))
}

pub(super) async fn cancel(
    State(replay): State<Replay>,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Body,
) -> Answer<Plan> {
    let (who, Json(asked)) = (operator(&headers)?, body?);
    let why = why(asked.why.as_deref())?;
    Ok(Json(replay.cancel(&id, &who, why).await?))
}
