//! What is sealed in a letter, and who has read it.

use axum::{
    Json,
    extract::{Path, State, rejection::JsonRejection},
};
use feed::{About, Audited, Verb};
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    answer::{Answer, operator, why},
    letters::{id_of, text},
};
use crate::{Replay, ReplayError};

#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    why: Option<String>,
}

/// A letter's sealed parts, opened.
#[derive(Debug, Serialize)]
pub(super) struct Opened {
    unit: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    detail: String,
    offending_value: Option<String>,
    /// The entry of the audit log that says who has read it.
    audit: String,
}

/// Opens one letter for somebody who says why. The audit log has it before anything is opened.
pub(super) async fn unseal(
    State(replay): State<Replay>,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Result<Json<Asked>, JsonRejection>,
) -> Answer<Opened> {
    let (who, Json(asked)) = (operator(&headers)?, body?);
    let why = why(asked.why.as_deref())?;
    let letter = replay.letter(&id_of(&id)?).await?.value;
    let about = About::letters(std::slice::from_ref(&letter.id));
    let audited = replay.intend(&who, why, Verb::Unseal, about).await?;
    let opened = replay.letters.unseal(&audited, &letter).await;
    let opened = opened.map_err(ReplayError::from)?;
    Ok(Json(Opened {
        unit: text(opened.raw),
        message: opened.message.map(text),
        detail: opened.detail,
        offending_value: opened.value,
        audit: audited.entry().id.clone(),
    }))
}

/// The entry under which a chunk of a dry run opens its letters: the first chunk of each dry run has one of its own, the
/// others share one of the plan and the person.
pub(super) async fn dry_run_of(
    replay: &Replay,
    who: &str,
    plan: &str,
    chunk: usize,
) -> Result<Audited, ReplayError> {
    let about = About::Plan {
        id: plan.to_owned(),
        digest: None,
    };
    let later = || Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{plan}/{who}").as_bytes());
    let id = (chunk > 0).then(later);
    replay
        .intend_as(id, who, "dry run", Verb::DryRun, about)
        .await
}
