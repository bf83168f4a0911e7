//! The admin routes that only the consolidator has, since only it knows the store: what documents would do, what became of
//! them, how fresh the reports are, and made anew.

mod fresh;
mod rebuild;
mod reconcile;

use std::collections::HashMap;

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State, rejection::JsonRejection},
    routing::{get, post},
};
use consolidate::{Consolidate, ConsolidateError, Rehearsal};
use feed::{Filter, LetterSummary};
use http::HeaderMap;
use replay::{
    Awaited, BODY_LIMIT_BYTES, Claim, ItemOutcome, Observed, Problem, ReplayError, RowDifference,
    operator,
};
use reporting::{Outcome, Standing};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::front_door::{away, difference, superseded};

/// Most documents or records of one request.
const ASKED_MAX: usize = 20_000;

/// The routes.
pub(crate) fn routes(consolidate: Consolidate) -> Router {
    Router::new()
        .route("/api/operate/rehearse", post(rehearse))
        .route("/api/operate/observe", post(observe))
        .route("/api/operate/freshness", get(fresh::freshness))
        .route("/api/operate/reconcile", post(reconcile::reconcile))
        .route(
            "/api/operate/rebuild",
            get(rebuild::list).post(rebuild::step),
        )
        .route("/api/operate/rebuild/cancel", post(rebuild::cancel))
        .layer(DefaultBodyLimit::max(BODY_LIMIT_BYTES))
        .with_state(consolidate)
}

async fn rehearse(
    State(consolidate): State<Consolidate>,
    headers: HeaderMap,
    documents: Result<Json<Vec<Box<RawValue>>>, JsonRejection>,
) -> Result<Json<Vec<RowDifference>>, Problem> {
    operator(&headers)?;
    let Json(documents) = documents?;
    refuse_too_many(documents.len())?;
    let texts: Vec<&str> = documents.iter().map(|document| document.get()).collect();
    let rehearsals = consolidate.rehearse(&texts).await.map_err(unavailable)?;
    let differences = texts
        .iter()
        .zip(rehearsals)
        .map(|(text, rehearsal)| match rehearsal {
            Rehearsal::Row(preview, document) => difference(&preview, document),
            Rehearsal::Failed(reason, detail) => RowDifference {
                document: id_of(text),
                table: String::new(),
                key: String::new(),
                outcome: "refused".to_owned(),
                is_new: false,
                changes: serde_json::json!([]),
                standing: serde_json::json!({ "reason": reason.code(), "detail": detail }),
            },
        });
    Ok(Json(differences.collect()))
}

fn id_of(document: &str) -> String {
    #[derive(Deserialize)]
    struct Identified {
        id: String,
    }
    serde_json::from_str::<Identified>(document).map_or_else(|_| String::new(), |known| known.id)
}

fn refuse_too_many(asked: usize) -> Result<(), Problem> {
    match asked > ASKED_MAX {
        true => Err(Problem::invalid(format!("at most {ASKED_MAX} at a time"))),
        false => Ok(()),
    }
}

fn unavailable(error: impl Into<ConsolidateError>) -> Problem {
    ReplayError::from(away(&error.into())).into()
}

#[derive(Debug, Deserialize)]
struct Asked {
    letters: Vec<Awaited>,
    /// Whether to look among the dead letters for what is not in the store.
    #[serde(default)]
    look_for_letters: bool,
}

#[derive(Debug, Serialize)]
struct Answer {
    observed: Vec<Observed>,
    /// Letters of which a record is still under way.
    pending: Vec<Awaited>,
}

async fn observe(
    State(consolidate): State<Consolidate>,
    headers: HeaderMap,
    asked: Result<Json<Asked>, JsonRejection>,
) -> Result<Json<Answer>, Problem> {
    operator(&headers)?;
    let Json(asked) = asked?;
    let claims: Vec<&Claim> = asked
        .letters
        .iter()
        .flat_map(|letter| &letter.targets)
        .collect();
    refuse_too_many(claims.len())?;
    let keys: Vec<_> = claims
        .iter()
        .map(|claim| (claim.entity, claim.key.as_str()))
        .collect();
    let standings = consolidate.store().standings(&keys).await;
    let standings = standings.map_err(unavailable)?;
    let mut seen = HashMap::with_capacity(claims.len());
    for (claim, standing) in claims.into_iter().zip(standings) {
        let outcome = observed(&consolidate, claim, standing.as_ref()).await?;
        seen.insert(claim.clone(), outcome);
    }
    if asked.look_for_letters {
        look_for_letters(&consolidate, &mut seen).await?;
    }
    let (mut answer, mut pending) = (Vec::new(), Vec::new());
    for letter in asked.letters {
        let outcomes: Vec<_> = letter
            .targets
            .iter()
            .map(|claim| seen[claim].as_ref())
            .collect();
        match together(&outcomes) {
            Some(outcome) => answer.push(Observed {
                chunk: letter.chunk,
                letter: letter.letter,
                outcome,
            }),
            None => pending.push(letter),
        }
    }
    Ok(Json(Answer {
        observed: answer,
        pending,
    }))
}

/// The outcome of a letter by those of its records; none while one of them is under way.
fn together(outcomes: &[Option<&ItemOutcome>]) -> Option<ItemOutcome> {
    let known: Option<Vec<&ItemOutcome>> = outcomes.iter().copied().collect();
    let known = known?;
    let failed = |outcome: &&&ItemOutcome| matches!(outcome, ItemOutcome::FailedAgain { .. });
    if let Some(failed) = known.iter().find(failed) {
        return Some((**failed).clone());
    }
    if known.contains(&&ItemOutcome::Applied) {
        return Some(ItemOutcome::Applied);
    }
    known.first().map(|outcome| (**outcome).clone())
}

/// What became of one record; none while it is under way.
async fn observed(
    consolidate: &Consolidate,
    claim: &Claim,
    standing: Option<&Standing>,
) -> Result<Option<ItemOutcome>, Problem> {
    if let Some(row) = standing {
        if row.holds(&claim.version, &claim.hash) {
            return Ok(Some(ItemOutcome::Applied));
        }
        if row.is_at_least(&claim.version, &claim.hash)
            && !(row.has_groups() && still_gives(consolidate, claim).await?)
        {
            return Ok(Some(superseded(standing)));
        }
    }
    Ok(None)
}

/// Whether a record that is older than its row would still fill one of the row's groups of columns.
async fn still_gives(consolidate: &Consolidate, claim: &Claim) -> Result<bool, Problem> {
    let document = consolidate
        .feed()
        .document(&claim.partition, &claim.document)
        .await?;
    let Some(document) = document else {
        return Ok(false);
    };
    let rehearsed = consolidate
        .rehearse(&[&document])
        .await
        .map_err(unavailable)?;
    let applies = |rehearsal: &Rehearsal| match rehearsal {
        Rehearsal::Row(preview, _) => preview.outcome == Outcome::Applied,
        Rehearsal::Failed(..) => false,
    };
    Ok(rehearsed.iter().any(applies))
}

/// Looks for the consolidator's own letters of documents that are not in the store. All open letters are listed once, however
/// many documents are asked for: a query for each would read the letters of all apps that often.
async fn look_for_letters(
    consolidate: &Consolidate,
    seen: &mut HashMap<Claim, Option<ItemOutcome>>,
) -> Result<(), Problem> {
    let under_way = seen.iter_mut().filter(|(_, outcome)| outcome.is_none());
    let mut by_document: HashMap<&str, Vec<_>> = HashMap::new();
    for (claim, outcome) in under_way {
        let of_document = by_document.entry(&claim.document).or_default();
        of_document.push(outcome);
    }
    if by_document.is_empty() {
        return Ok(());
    }
    let open = Filter {
        states: vec![feed::State::Open],
        ..Filter::of_app(crate::APP)
    };
    let letters = consolidate.feed().letters();
    let mut pages = letters.scan(&open);
    while let Some(page) = pages.next().await? {
        for letter in page {
            let document = letter.document_id.as_deref();
            let outcomes = document.and_then(|document| by_document.get_mut(document));
            for outcome in outcomes.into_iter().flatten() {
                **outcome = Some(failed_at(&letter));
            }
        }
    }
    Ok(())
}

fn failed_at(letter: &LetterSummary) -> ItemOutcome {
    ItemOutcome::FailedAgain {
        reason: letter.reason.code().to_owned(),
        place: letter.place.clone(),
        detail: format!("letter {} of {}: {}", letter.id, letter.app, letter.detail),
    }
}
