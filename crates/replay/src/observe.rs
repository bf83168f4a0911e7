//! Outcomes that were observed, and plans that are held up, given up, or gone on with.

use std::collections::BTreeMap;

use feed::{About, Audited, Change, DeadLetterId, Seen, Status, Verb};
use futures::TryStreamExt as _;
use serde::{Deserialize, Serialize};

use crate::{
    Awaited, Item, Replay, ReplayError,
    ending::{Ending, closed_by},
    outcome::{Counts, ItemOutcome},
    plan::{ItemState, Plan, PlanState},
    round::CHUNKS_PER_ROUND,
};

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

/// What was observed of one chunk's letters.
type OfChunk = (usize, BTreeMap<DeadLetterId, ItemOutcome>);

impl Replay {
    /// Letters of a plan whose outcome is not observed yet, from a chunk on: about [`AWAITED_MAX`], all of each chunk.
    ///
    /// # Errors
    /// When there is no such plan, or the feed does not answer.
    pub async fn awaiting(&self, id: &str, from: usize) -> Result<Vec<Awaited>, ReplayError> {
        let plan = self.plans.plan(id).await?.value;
        let (mut found, mut number) = (Vec::new(), from);
        let mut chunks = std::pin::pin!(self.plans.some_chunks(id, from..plan.chunks));
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
        let plan = &seen.value;
        by_chunk.retain(|number, _| *number < plan.chunks);
        let mut counts = Counts::default();
        let last = by_chunk.keys().next_back().copied().unwrap_or_default();
        let Some(audit) = &plan.run_audit else {
            return Ok((seen.value, counts));
        };
        let audited = self.letters.audited(self.app, audit).await?;
        let audited = audited.ok_or_else(|| ReplayError::NoSuchPlan(plan.id.clone()))?;
        let by_chunk: Vec<_> = by_chunk.into_iter().collect();
        for some in by_chunk.chunks(CHUNKS_PER_ROUND) {
            Box::pin(self.observe_chunks(plan, &audited, some, &mut counts)).await?;
        }
        let seen = match plan.next_chunk >= plan.chunks {
            true => self.finish_if_done(seen, last).await?,
            false => seen,
        };
        Ok((seen.value, counts))
    }

    async fn observe_chunks(
        &self,
        plan: &Plan,
        audited: &Audited,
        chunks: &[OfChunk],
        counts: &mut Counts,
    ) -> Result<(), ReplayError> {
        loop {
            let mut opened = Vec::with_capacity(chunks.len());
            for (number, outcomes) in chunks {
                let is_due = |item: &Item| {
                    let awaiting = matches!(item.state, ItemState::Awaiting { .. });
                    awaiting && outcomes.contains_key(&item.letter)
                };
                opened.extend(self.open(plan, *number..*number + 1, is_due).await?);
            }
            let due: Vec<(Item, ItemOutcome)> = opened
                .iter()
                .zip(chunks)
                .flat_map(|(chunk, (_, outcomes))| {
                    let outcome = |item: &Item| outcomes.get(&item.letter).cloned();
                    chunk
                        .items()
                        .filter_map(move |item| Some((item.clone(), outcome(item)?)))
                })
                .collect();
            let mut states = self.close(plan, audited, due).await?.into_iter();
            for chunk in &mut opened {
                chunk.note(&mut states);
            }
            let (kept, all) = self.keep(plan, opened).await?;
            kept.iter().for_each(|(_, item)| counts.add(&item.state));
            if all {
                return Ok(());
            }
        }
    }

    /// Closes letters with what was observed, unless this plan has closed them before.
    async fn close(
        &self,
        plan: &Plan,
        audited: &Audited,
        due: Vec<(Item, ItemOutcome)>,
    ) -> Result<Vec<ItemState>, ReplayError> {
        let ids: Vec<DeadLetterId> = due.iter().map(|(item, _)| item.letter.clone()).collect();
        let letters = self.letters.get_many(self.app, &ids).await?;
        let (mut states, mut endings, mut places) = (Vec::new(), Vec::new(), Vec::new());
        for ((item, outcome), seen) in due.into_iter().zip(letters) {
            let seen = seen.ok_or_else(|| ReplayError::NoSuchLetter(item.letter.clone()))?;
            if let Some((outcome, at)) = closed_by(&seen.value, &plan.id) {
                states.push(ItemState::Done { outcome, at });
                continue;
            }
            let ItemState::Awaiting { targets, .. } = &item.state else {
                states.push(item.state);
                continue;
            };
            places.push(states.len());
            endings.push(Ending {
                seen,
                outcome,
                targets: targets.clone(),
            });
            states.push(item.state);
        }
        let ended = self.end(plan, audited, endings).await?;
        for (place, state) in places.into_iter().zip(ended) {
            states[place] = state;
        }
        Ok(states)
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
