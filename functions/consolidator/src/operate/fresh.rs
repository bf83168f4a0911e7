//! How fresh the reports are, for on-call.

use axum::{Json, extract::State};
use consolidate::Consolidate;
use record::EpochMillis;
use replay::Problem;
use reporting::{Freshness, SourceState};
use serde::Serialize;

use super::unavailable;

/// What became of a source's records since the beginning, and how far its streams are.
#[derive(Debug, Serialize)]
pub(super) struct Fresh {
    source: &'static str,
    applied: i64,
    duplicate: i64,
    superseded: i64,
    dead_lettered: i64,
    lag_ms_p50: Option<i64>,
    lag_ms_p99: Option<i64>,
    lag_ms_max: Option<i64>,
    streams: Vec<Stream>,
}

/// How far a stream was when it was last measured.
#[derive(Debug, Serialize)]
struct Stream {
    stream: &'static str,
    level: &'static str,
    cause: Option<String>,
    watermark: Option<EpochMillis>,
    applied_at: Option<EpochMillis>,
    backlog: i64,
    oldest_waiting_at: Option<EpochMillis>,
    measured_at: EpochMillis,
}

pub(super) async fn freshness(
    State(consolidate): State<Consolidate>,
) -> Result<Json<Vec<Fresh>>, Problem> {
    let store = consolidate.store();
    let freshness = store.freshness().await.map_err(unavailable)?;
    let states = store.source_states().await.map_err(unavailable)?;
    let fresh = record::Source::ALL.iter().filter_map(|&source| {
        let counts = freshness.iter().find(|counts| counts.source == source);
        let streams: Vec<&SourceState> = states
            .iter()
            .filter(|state| state.source == source)
            .collect();
        (counts.is_some() || !streams.is_empty()).then(|| fresh(source, counts, &streams))
    });
    Ok(Json(fresh.collect()))
}

fn fresh(source: record::Source, counts: Option<&Freshness>, streams: &[&SourceState]) -> Fresh {
    let count = |figure: fn(&Freshness) -> i64| counts.map(figure).unwrap_or_default();
    Fresh {
        source: source.as_str(),
        applied: count(|counts| counts.applied),
        duplicate: count(|counts| counts.duplicate),
        superseded: count(|counts| counts.superseded),
        dead_lettered: count(|counts| counts.dead_lettered),
        lag_ms_p50: counts.and_then(|counts| counts.lag_ms_p50),
        lag_ms_p99: counts.and_then(|counts| counts.lag_ms_p99),
        lag_ms_max: counts.and_then(|counts| counts.lag_ms_max),
        streams: streams.iter().map(|state| stream(state)).collect(),
    }
}

fn stream(state: &SourceState) -> Stream {
    Stream {
        stream: state.stream.as_str(),
        level: state.level.as_str(),
        cause: state.cause.clone(),
        watermark: state.watermark,
        applied_at: state.applied_at,
        backlog: state.backlog,
        oldest_waiting_at: state.oldest_waiting_at,
        measured_at: state.measured_at,
    }
}
