//! Letters: closing, opening and correcting them.

use axum::{
    Json,
    extract::{State, rejection::JsonRejection},
};
use feed::{Change, Correction, DeadLetterId, Filter, LetterSummary, Verb};
use http::HeaderMap;
use serde::{Deserialize, Serialize};

use super::answer::{Answer, Problem, operator, why};
use crate::{Corrected, Replay, ReplayError, Selection};

/// Most letters that one request changes.
const CHANGED_MAX: usize = 1_000;

/// Letters to change: by id, or all that match.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Selected {
    pub(super) ids: Option<Vec<DeadLetterId>>,
    pub(super) filter: Option<Filter>,
    pub(super) why: Option<String>,
    pub(super) correction: Option<Correction>,
    pub(super) preview: bool,
}

impl Selected {
    pub(super) fn selection(&self) -> Result<Selection, Problem> {
        match (&self.ids, &self.filter) {
            (Some(ids), None) if !ids.is_empty() => Ok(Selection::Letters(ids.clone())),
            (None, Some(filter)) => Ok(Selection::Filter(Box::new(filter.clone()))),
            _ => Err(Problem::invalid("give either `ids` or a `filter`")),
        }
    }
}

/// What was changed, and what was not.
#[derive(Debug, Serialize)]
pub(super) struct Changed {
    changed: usize,
    audit: String,
    refused: Vec<Refused>,
}

#[derive(Debug, Serialize)]
pub(super) struct Refused {
    letter: DeadLetterId,
    error: &'static str,
    message: String,
}

type Body = Result<Json<Selected>, JsonRejection>;

pub(super) async fn discard(
    State(replay): State<Replay>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Changed> {
    change(&replay, &headers, body, Verb::Discard, &Change::Discard).await
}

pub(super) async fn archive(
    State(replay): State<Replay>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Changed> {
    change(&replay, &headers, body, Verb::Archive, &Change::Archive).await
}

pub(super) async fn restore(
    State(replay): State<Replay>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Changed> {
    change(&replay, &headers, body, Verb::Reopen, &Change::Reopen).await
}

pub(super) async fn undo_edit(
    State(replay): State<Replay>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Changed> {
    change(&replay, &headers, body, Verb::UndoEdit, &Change::UndoEdit).await
}

async fn change(
    replay: &Replay,
    headers: &HeaderMap,
    body: Body,
    verb: Verb,
    change: &Change,
) -> Answer<Changed> {
    let (who, Json(selected)) = (operator(headers)?, body?);
    let why = why(selected.why.as_deref())?;
    let selection = selected.selection()?;
    let letters = some(replay, &selection, *change == Change::Reopen).await?;
    let audited = replay.intend(&who, why, verb, selection.about()).await?;
    let (mut changed, mut refused) = (0, Vec::new());
    for letter in letters {
        match replay
            .letters
            .change(&audited, &letter, change, replay.now())
            .await
        {
            Ok(_) => changed += 1,
            Err(feed::ChangeError::Feed(error)) => return Err(error.into()),
            Err(error) => {
                let error = ReplayError::from(error);
                refused.push(Refused {
                    letter: letter.id,
                    error: error.code(),
                    message: error.to_string(),
                });
            }
        }
    }
    // One letter, and somebody else was faster: the caller is told so by the status too.
    if let (0, [Refused { .. }]) = (changed, refused.as_slice()) {
        let refused = refused.remove(0);
        return Err(Problem {
            error: refused.error.to_owned(),
            message: format!("letter {}: {}", refused.letter, refused.message),
            what_next: "show the letter: its history says who did what".to_owned(),
            status: 409,
        });
    }
    Ok(Json(Changed {
        changed,
        audit: audited.entry().id.clone(),
        refused,
    }))
}

/// The letters of a selection, at most [`CHANGED_MAX`].
async fn some(
    replay: &Replay,
    selection: &Selection,
    closed_too: bool,
) -> Result<Vec<LetterSummary>, Problem> {
    let letters = match selection {
        Selection::Letters(ids) => {
            let mut found = Vec::new();
            for id in ids.iter().take(CHANGED_MAX + 1) {
                found.push(replay.letter(id).await?.summary());
            }
            found
        }
        Selection::Filter(filter) => {
            let mut filter = Filter {
                app: Some(replay.app.to_owned()),
                ..(**filter).clone()
            };
            if filter.states.is_empty() && !closed_too {
                filter.states = vec![feed::State::Open];
            }
            let (mut pages, mut found) = (replay.letters.scan(&filter), Vec::new());
            while let Some(page) = pages.next().await? {
                found.extend(page);
                if found.len() > CHANGED_MAX {
                    break;
                }
            }
            found
        }
    };
    match letters.len() {
        0 => Err(ReplayError::NothingToPlan.into()),
        1..=CHANGED_MAX => Ok(letters),
        _ => Err(ReplayError::TooMany(CHANGED_MAX).into()),
    }
}

pub(super) async fn edit(
    State(replay): State<Replay>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Vec<Corrected>> {
    let (who, Json(selected)) = (operator(&headers)?, body?);
    let correction = selected.correction.as_ref();
    let correction = correction.ok_or_else(|| Problem::invalid("give a `correction`"))?;
    let selection = selected.selection()?;
    let letters = some(&replay, &selection, false).await?;
    let ids: Vec<DeadLetterId> = letters.into_iter().map(|letter| letter.id).collect();
    if selected.preview {
        let why = selected.why.as_deref().unwrap_or("preview of a correction");
        let audited = replay
            .intend(&who, why, Verb::DryRun, selection.about())
            .await?;
        return Ok(Json(replay.preview(&ids, correction, &audited).await?));
    }
    let why = why(selected.why.as_deref())?;
    let audited = replay
        .intend(&who, why, Verb::Edit, selection.about())
        .await?;
    Ok(Json(replay.edit(&audited, &ids, correction).await?))
}
