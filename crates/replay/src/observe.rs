//! Outcomes that were observed, and plans that are held up, given up, or gone on with.

use std::collections::BTreeMap;

use feed::{About, Change, DeadLetterId, ReplaceError, Seen, Status, Verb};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};

use crate::{
    Awaited, Failure, Replay, ReplayError,
    plan::{Claim, Counts, ItemOutcome, ItemState, Plan, PlanState},
};

/// Letters read or written at a time.
const LETTERS_IN_FLIGHT_MAX: usize = 16;
/// Letters whose outcome is asked for at a time.
pub const AWAITED_MAX: usize = 1_000;

/// What the consolidator saw of a letter's records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    /// The chunk that the letter is in.
    pub chunk: usize,
    /// The letter.
    pub letter: DeadLetterId,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: ItemOutcome,
}

impl Replay {
    /// Letters of a plan whose outcome is not observed yet, the first [`AWAITED_MAX`].
    ///
    /// # Errors
    /// When there is no such plan, or the feed does not answer.
    pub async fn awaiting(&self, id: &str) -> Result<Vec<Awaited>, ReplayError> {
        let plan = self.plans.plan(id).await?.value;
        let (mut found, mut number) = (Vec::new(), 0);
        let mut chunks = std::pin::pin!(self.plans.chunks(&plan));
        while let Some(chunk) = chunks.try_next().await? {
            found.extend(chunk.items.into_iter().filter_map(|item| match item.state {
                ItemState::Awaiting { targets, .. } => Some(Awaited {
                    chunk: number,
                    letter: item.letter,
                    targets,
                }),
                _ => None,
            }));
            if found.len() >= AWAITED_MAX {
                break;
            }
            number += 1;
        }
        Ok(found)
    }

    /// Closes letters with what was observed. Telling it twice changes nothing.
    ///
    /// # Errors
    /// When there is no such plan, or the feed does not answer; what was closed until then stays closed.
    pub async fn observed(
        &self,
        id: &str,
        observed: Vec<Observed>,
    ) -> Result<(Plan, Counts), ReplayError> {
        let seen = self.plans.plan(id).await?;
        let mut by_chunk: BTreeMap<usize, BTreeMap<DeadLetterId, ItemOutcome>> = BTreeMap::new();
        for Observed {
            chunk,
            letter,
            outcome,
        } in observed
        {
            by_chunk.entry(chunk).or_default().insert(letter, outcome);
        }
        let mut counts = Counts::default();
        for (number, outcomes) in by_chunk {
            if number < seen.value.chunks {
                self.observe_chunk(&seen.value, number, &outcomes, &mut counts)
                    .await?;
            }
        }
        let plan = &seen.value;
        let seen = match plan.next_chunk >= plan.chunks {
            true => self.finish_if_done(seen).await?,
            false => seen,
        };
        Ok((seen.value, counts))
    }

    async fn observe_chunk(
        &self,
        plan: &Plan,
        number: usize,
        outcomes: &BTreeMap<DeadLetterId, ItemOutcome>,
        counts: &mut Counts,
    ) -> Result<(), ReplayError> {
        let Some(audit) = &plan.run_audit else {
            return Ok(());
        };
        let audited = self.letters.audited(self.app, audit).await?;
        let audited = audited.ok_or_else(|| ReplayError::NoSuchPlan(plan.id.clone()))?;
        loop {
            let seen = self.plans.chunk(&plan.id, number).await?;
            let mut chunk = seen.value;
            let due: Vec<(usize, Vec<Claim>, ItemOutcome)> = chunk
                .items
                .iter()
                .enumerate()
                .filter_map(
                    |(index, item)| match (&item.state, outcomes.get(&item.letter)) {
                        (ItemState::Awaiting { targets, .. }, Some(outcome)) => {
                            Some((index, targets.clone(), outcome.clone()))
                        }
                        _ => None,
                    },
                )
                .collect();
            let closes: Vec<_> = due
                .into_iter()
                .map(|(index, targets, outcome)| {
                    let id = chunk.items[index].letter.clone();
                    let audited = &audited;
                    Box::pin(async move {
                        let state = self
                            .observe_letter(plan, audited, &id, &targets, outcome)
                            .await?;
                        Ok::<_, ReplayError>((index, state))
                    })
                })
                .collect();
            let closed: Vec<(usize, ItemState)> = stream::iter(closes)
                .buffered(LETTERS_IN_FLIGHT_MAX)
                .try_collect()
                .await?;
            for (index, state) in &closed {
                chunk.items[*index].state = state.clone();
            }
            let replaced = self
                .plans
                .replace_chunk(&plan.id, number, &chunk, &seen.etag);
            match replaced.await {
                Ok(_) => {
                    closed.iter().for_each(|(_, state)| counts.add(state));
                    return Ok(());
                }
                Err(ReplaceError::Lost) => {}
                Err(ReplaceError::Feed(error)) => return Err(error.into()),
            }
        }
    }

    async fn observe_letter(
        &self,
        plan: &Plan,
        audited: &feed::Audited,
        id: &DeadLetterId,
        targets: &[Claim],
        outcome: ItemOutcome,
    ) -> Result<ItemState, ReplayError> {
        let letter = self.letter(id).await?.value;
        if let Status::Replayed {
            plan: by,
            outcome,
            at,
            ..
        } = &letter.status
            && *by == plan.id
        {
            let (outcome, at) = (outcome.into(), *at);
            return Ok(ItemState::Done { outcome, at });
        }
        match outcome {
            ItemOutcome::FailedAgain {
                reason,
                place,
                detail,
            } => {
                let failure = Failure {
                    reason,
                    place,
                    detail,
                };
                self.fail(plan, audited, &letter, failure).await
            }
            outcome => self.close(plan, audited, &letter, outcome, targets).await,
        }
    }

    /// Holds a run up. The step that is under way ends with its round.
    ///
    /// # Errors
    /// A plan that does not run, or a feed that does not answer.
    pub async fn pause(&self, id: &str, who: &str, why: &str) -> Result<Plan, ReplayError> {
        self.operate(id, who, why, Verb::Pause, |plan, who, at| {
            match plan.state {
                PlanState::Running => {
                    plan.state = PlanState::Paused { who, at };
                    plan.lease = None;
                    Ok(())
                }
                _ => Err(ReplayError::NotRunning(plan.state.clone())),
            }
        })
        .await
    }

    /// Lets a run that was held up go on; driving it is another call.
    ///
    /// # Errors
    /// A plan that was not held up, or a feed that does not answer.
    pub async fn resume(&self, id: &str, who: &str, why: &str) -> Result<Plan, ReplayError> {
        self.operate(id, who, why, Verb::Resume, |plan, _, _| match plan.state {
            PlanState::Paused { .. } => {
                plan.state = PlanState::Running;
                Ok(())
            }
            PlanState::Running => Ok(()),
            _ => Err(ReplayError::NotRunning(plan.state.clone())),
        })
        .await
    }

    /// Gives a plan up. Letters that it holds without an outcome are open again.
    ///
    /// # Errors
    /// A plan that has ended, or a feed that does not answer.
    pub async fn cancel(&self, id: &str, who: &str, why: &str) -> Result<Plan, ReplayError> {
        let plan = self
            .operate(id, who, why, Verb::Cancel, |plan, who, at| {
                match plan.state {
                    PlanState::Finished { .. } => Err(ReplayError::NotRunning(plan.state.clone())),
                    PlanState::Cancelled { .. } => Ok(()),
                    _ => {
                        plan.state = PlanState::Cancelled { who, at };
                        plan.lease = None;
                        Ok(())
                    }
                }
            })
            .await?;
        let about = About::Plan {
            id: id.to_owned(),
            digest: Some(plan.digest.clone()),
        };
        let audited = self.intend(who, why, Verb::Release, about).await?;
        let mut chunks = std::pin::pin!(self.plans.chunks(&plan));
        while let Some(chunk) = chunks.try_next().await? {
            for item in chunk.items {
                let seen: Seen<feed::Letter> = self.letter(&item.letter).await?;
                let held = matches!(&seen.value.status, Status::Claimed { plan, .. } if plan == id);
                if held {
                    let release = Change::Release {
                        plan: Some(id.to_owned()),
                    };
                    let (letter, at) = (seen.summary(), self.now());
                    self.letters.change(&audited, &letter, &release, at).await?;
                }
            }
        }
        Ok(plan)
    }

    async fn operate(
        &self,
        id: &str,
        who: &str,
        why: &str,
        verb: Verb,
        change: impl Fn(&mut Plan, String, record::EpochMillis) -> Result<(), ReplayError>,
    ) -> Result<Plan, ReplayError> {
        // Asked before it is written down: what is refused was not done.
        change(
            &mut self.plans.plan(id).await?.value,
            who.to_owned(),
            self.now(),
        )?;
        let about = About::Plan {
            id: id.to_owned(),
            digest: None,
        };
        self.intend(who, why, verb, about).await?;
        let seen = self
            .change_plan(id, |plan| change(plan, who.to_owned(), self.now()))
            .await?;
        Ok(seen.value)
    }
}
