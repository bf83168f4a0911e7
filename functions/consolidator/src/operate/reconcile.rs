//! Reconciling on demand: hours that the timer has settled, or that it does not look back to.

use axum::{
    Json,
    extract::{State, rejection::JsonRejection},
};
use consolidate::Consolidate;
use http::HeaderMap;
use record::EpochMillis;
use replay::{Problem, operator};
use reporting::ControlTotal;
use serde::{Deserialize, Serialize};

use super::unavailable;

/// Most hours of one request: the platform's front end ends it after 230 s.
const HOURS_MAX: i64 = 24;
const HOUR_MS: i64 = 3_600_000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    from: EpochMillis,
    until: EpochMillis,
}

/// What was found in one hour of one source.
#[derive(Debug, Serialize)]
pub(super) struct Total {
    source: String,
    hour: EpochMillis,
    checked_until: EpochMillis,
    documents: i64,
    in_report: i64,
    dead_lettered: i64,
    missing: i64,
    reapplied: i64,
    taken_in: i64,
    settled: bool,
}

impl From<ControlTotal> for Total {
    fn from(total: ControlTotal) -> Self {
        Self {
            source: total.source,
            hour: total.hour,
            checked_until: total.checked_until,
            documents: total.documents,
            in_report: total.in_report,
            dead_lettered: total.dead_lettered,
            missing: total.missing,
            reapplied: total.reapplied,
            taken_in: total.taken_in,
            settled: total.settled,
        }
    }
}

pub(super) async fn reconcile(
    State(consolidate): State<Consolidate>,
    headers: HeaderMap,
    asked: Result<Json<Asked>, JsonRejection>,
) -> Result<Json<Vec<Total>>, Problem> {
    let who = operator(&headers)?;
    let Json(Asked { from, until }) = asked?;
    if until <= from || until.since(from) > HOURS_MAX * HOUR_MS {
        let message = format!("`until` is after `from`, and at most {HOURS_MAX} hours");
        return Err(Problem::invalid(message));
    }
    tracing::info!(event = "reconcile_asked", who = %who, from = %from, until = %until);
    let totals = Box::pin(consolidate.reconcile(from, until)).await;
    let totals = totals.map_err(unavailable)?;
    Ok(Json(totals.into_iter().map(Total::from).collect()))
}
