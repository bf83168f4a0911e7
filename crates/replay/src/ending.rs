//! Letters of a plan, closed with their outcome or opened again.

use feed::{Attempt, Audited, Change, ChangeError, DeadLetterId, Letter, Seen, Status, Wanted};
use record::{EpochMillis, Source};

use crate::{
    Failure, Replay, ReplayError,
    outcome::ItemOutcome,
    plan::{Claim, ItemState, Plan},
};

/// How a letter ends.
pub(crate) struct Ending {
    pub(crate) seen: Seen<Letter>,
    pub(crate) outcome: ItemOutcome,
    pub(crate) targets: Vec<Claim>,
}

/// What is told of a letter.
struct Told {
    id: DeadLetterId,
    correlation_id: String,
    source: Option<Source>,
    source_key: Option<String>,
}

impl Replay {
    /// Notes in letters what became of them: closed with the outcome that was observed, or open again with one attempt
    /// more.
    pub(crate) async fn end(
        &self,
        plan: &Plan,
        audited: &Audited,
        endings: Vec<Ending>,
    ) -> Result<Vec<ItemState>, ReplayError> {
        let at = self.now();
        let (mut states, mut wanted, mut places) = (Vec::new(), Vec::new(), Vec::new());
        for Ending {
            seen,
            outcome,
            targets,
        } in endings
        {
            if let Some(change) = self.change_of(plan, &outcome, targets, at) {
                places.push(states.len());
                wanted.push(Wanted { seen, change, at });
            }
            states.push(ItemState::Done { outcome, at });
        }
        let letters: Vec<Told> = wanted
            .iter()
            .map(|wanted| {
                let letter = &wanted.seen.value;
                Told {
                    id: letter.id.clone(),
                    correlation_id: letter.correlation_id.clone(),
                    source: letter.source,
                    source_key: letter.record_key.clone(),
                }
            })
            .collect();
        let made = self.letters.change_many(audited, wanted).await;
        for ((place, made), letter) in places.into_iter().zip(made).zip(letters) {
            match made {
                // Another driver of this plan was faster: the letter is believed.
                Ok(letter) => match closed_by(&letter.value, &plan.id) {
                    Some((outcome, at)) if !is_state(&states[place], &outcome) => {
                        states[place] = ItemState::Done { outcome, at };
                    }
                    _ => {}
                },
                Err(error) => {
                    let outcome = not_changed(error)?;
                    states[place] = ItemState::Done { outcome, at };
                }
            }
            if let ItemState::Done { outcome, .. } = &states[place] {
                tracing::info!(
                    event = "replayed",
                    source = letter.source.map_or("unknown", Source::as_str),
                    source_key = letter.source_key.as_deref(),
                    dead_letter_id = letter.id.as_str(),
                    correlation_id = letter.correlation_id,
                    plan = plan.id.as_str(),
                    outcome = outcome.as_str()
                );
            }
        }
        Ok(states)
    }

    fn change_of(
        &self,
        plan: &Plan,
        outcome: &ItemOutcome,
        targets: Vec<Claim>,
        at: EpochMillis,
    ) -> Option<Change> {
        if let ItemOutcome::FailedAgain {
            reason,
            place,
            detail,
        } = outcome
        {
            let attempt = Attempt {
                at,
                error: format!("{reason} at {place}: {detail}"),
                app_version: self.version.to_owned(),
                plan: Some(plan.id.clone()),
            };
            let plan = plan.id.clone();
            return Some(Change::FailAgain { plan, attempt });
        }
        let targets = targets.into_iter().map(|target| feed::Target {
            entity: target.entity,
            key: target.key,
            version: target.version,
            document: target.document,
        });
        Some(Change::Settle {
            plan: plan.id.clone(),
            outcome: outcome.closes_with()?,
            targets: targets.take(feed::TARGETS_MAX).collect(),
        })
    }
}

impl From<Failure> for ItemOutcome {
    fn from(failure: Failure) -> Self {
        Self::FailedAgain {
            reason: failure.reason,
            place: failure.place,
            detail: failure.detail,
        }
    }
}

fn is_state(state: &ItemState, outcome: &ItemOutcome) -> bool {
    matches!(state, ItemState::Done { outcome: noted, .. } if noted.as_str() == outcome.as_str())
}

/// How this very plan closed the letter, if it did.
pub(crate) fn closed_by(letter: &Letter, plan: &str) -> Option<(ItemOutcome, EpochMillis)> {
    match &letter.status {
        Status::Replayed {
            plan: by,
            outcome,
            at,
            ..
        } if by == plan => Some((outcome.into(), *at)),
        _ => None,
    }
}

/// A letter that somebody else has changed is left alone; a feed that is away ends the step.
pub(crate) fn not_changed(error: ChangeError) -> Result<ItemOutcome, ReplayError> {
    match error {
        ChangeError::Feed(error) => Err(error.into()),
        other => Ok(ItemOutcome::Changed {
            what: other.to_string(),
        }),
    }
}
