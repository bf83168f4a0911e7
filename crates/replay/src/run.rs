//! A run, in short steps.
//!
//! What a step does survives a kill at any point, because the letters themselves say how far they are: open, claimed by
//! this plan, closed by it, or open again with an attempt of it. The chunk is written after its letters; a step that finds
//! a letter further than its chunk says believes the letter.

use std::time::{Duration, Instant};

use feed::{
    About, Attempt, Audited, Change, ChangeError, Letter, ReplaceError, Seen, Status, Verb,
};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use record::EpochMillis;
use serde::{Deserialize, Serialize};

use crate::{
    Failure, Replay, ReplayError, Taken, Unit,
    plan::{
        Claim, Counts, Item, ItemOutcome, ItemState, Lease, Plan, PlanState, TARGETS_OBSERVED_MAX,
        in_words,
    },
    unit::unit,
};

/// Longest time of one step. The front end of the platform cuts an HTTP request off after 230 s.
pub const STEP_MAX: Duration = Duration::from_secs(120);
/// Letters read or written at a time.
const LETTERS_IN_FLIGHT_MAX: usize = 16;
/// How long others keep off a plan that somebody drives.
const LEASE_MS: i64 = 60_000;
/// Longest time that one round of a run waits for live messages to end.
const YIELD_MAX: Duration = Duration::from_secs(2);
/// How often it looks.
const YIELD_EVERY: Duration = Duration::from_millis(5);

/// How to go on with a run.
#[derive(Debug, Clone)]
pub struct Drive {
    /// The digest of what was planned.
    pub digest: String,
    /// The caller's own id, the same in each step.
    pub runner: String,
    /// Who drives.
    pub who: String,
    /// For what reason; goes to the audit log when the run begins.
    pub why: String,
    /// Time for this step.
    pub budget: Duration,
    /// Most letters a second; none for as many as come.
    pub rate: Option<u32>,
}

/// What a step did.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Step {
    /// The plan as it is now.
    pub plan: Plan,
    /// Letters that this step tried, by what became of them.
    pub tried: Counts,
    /// Letters in the feed whose outcome is to be observed.
    pub awaiting: Vec<Awaited>,
    /// Whether no letter is left to be tried.
    pub all_tried: bool,
}

/// A letter whose outcome is to be observed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Awaited {
    /// The chunk that it is in.
    pub chunk: usize,
    /// The letter.
    pub letter: feed::DeadLetterId,
    /// The records that it brought.
    pub targets: Vec<Claim>,
}

impl Replay {
    /// Goes on with a plan, or begins it, for the time of one step.
    ///
    /// # Errors
    /// A plan that cannot be run as it is asked for, or a feed or store that is away; what was done until then stays.
    pub async fn drive(&self, id: &str, drive: &Drive) -> Result<Step, ReplayError> {
        let began = Instant::now();
        let mut seen = self.begin(id, drive).await?;
        let audited = self.run_audit(&seen.value).await?;
        let budget = drive.budget.min(STEP_MAX);
        let (mut tried, mut awaiting) = (Counts::default(), Vec::new());
        let (mut number, mut done) = (seen.value.next_chunk, 0_u32);
        while number < seen.value.chunks {
            self.let_live_messages_go_first().await;
            let items = self
                .round(&seen.value, &audited, number, &mut tried)
                .await?;
            done += u32::try_from(items.len()).unwrap_or(u32::MAX);
            let is_tried = items.iter().all(|item| item.state != ItemState::Pending);
            awaiting.extend(items.into_iter().filter_map(|item| awaited(number, item)));
            if !is_tried {
                // What the door had no time for comes with the next step.
                break;
            }
            number += 1;
            if began.elapsed() >= budget
                || self.plans.plan(id).await?.value.state != PlanState::Running
            {
                break;
            }
            pace(drive.rate, done, began, budget).await;
        }
        let last = seen.value.next_chunk.max(number);
        seen = self
            .change_plan(id, |plan| {
                plan.next_chunk = plan.next_chunk.max(last);
                Ok(())
            })
            .await?;
        let all_tried = seen.value.next_chunk >= seen.value.chunks;
        if all_tried && awaiting.is_empty() {
            seen = self.finish_if_done(seen).await?;
        }
        Ok(Step {
            plan: seen.value,
            tried,
            awaiting,
            all_tried,
        })
    }

    /// Takes the lease; at the first time checks that the letters are still as they were planned.
    async fn begin(&self, id: &str, drive: &Drive) -> Result<Seen<Plan>, ReplayError> {
        let seen = self.plans.plan(id).await?;
        let plan = &seen.value;
        let now = self.now();
        if plan.digest != drive.digest {
            return Err(ReplayError::OtherDigest {
                planned: plan.digest.clone(),
                asked: drive.digest.clone(),
            });
        }
        if plan.expires_at <= now {
            return Err(ReplayError::Expired(plan.expires_at));
        }
        match &plan.state {
            PlanState::Planned => self.refuse_if_changed(plan).await?,
            PlanState::Running => {}
            PlanState::Paused { .. } | PlanState::Finished { .. } | PlanState::Cancelled { .. } => {
                return Err(ReplayError::NotRunning(plan.state.clone()));
            }
        }
        if let Some(lease) = &plan.lease
            && lease.runner != drive.runner
            && lease.until > now
        {
            return Err(ReplayError::DrivenBy(lease.clone()));
        }
        let begun = match &plan.run_audit {
            Some(_) => None,
            None => {
                let about = About::Plan {
                    id: id.to_owned(),
                    digest: Some(plan.digest.clone()),
                };
                let audited = self
                    .intend(&drive.who, &drive.why, Verb::Run, about)
                    .await?;
                Some(audited.entry().id.clone())
            }
        };
        self.change_plan(id, |plan| {
            if let PlanState::Planned = plan.state {
                plan.state = PlanState::Running;
                plan.run_at = Some(now);
            }
            if plan.run_audit.is_none() {
                plan.run_audit.clone_from(&begun);
            }
            plan.lease = Some(Lease {
                runner: drive.runner.clone(),
                until: EpochMillis(now.0 + LEASE_MS),
            });
            Ok(())
        })
        .await
    }

    /// Refuses a plan of which a letter is no longer as it was planned.
    async fn refuse_if_changed(&self, plan: &Plan) -> Result<(), ReplayError> {
        let filter = feed::Filter {
            states: vec![feed::State::Open],
            ..feed::Filter::of_app(self.app)
        };
        let mut open = std::collections::HashMap::new();
        let mut pages = self.letters.scan(&filter);
        while let Some(page) = pages.next().await? {
            open.extend(page.into_iter().map(|letter| (letter.id.clone(), letter)));
        }
        let (mut changed, mut total) = (Vec::new(), 0);
        let mut chunks = std::pin::pin!(self.plans.chunks(plan));
        while let Some(chunk) = chunks.try_next().await? {
            for item in chunk.items {
                let still = open
                    .get(&item.letter)
                    .is_some_and(|now| item.seen.is_still(now));
                if !still {
                    total += 1;
                    if changed.len() < 10 {
                        changed.push(item.letter);
                    }
                }
            }
        }
        match total {
            0 => Ok(()),
            _ => Err(ReplayError::SetChanged {
                letters: plan.letters,
                total,
                changed,
            }),
        }
    }

    /// Changes the plan in the state that it is in, whoever else changes it meanwhile.
    pub(crate) async fn change_plan(
        &self,
        id: &str,
        change: impl Fn(&mut Plan) -> Result<(), ReplayError>,
    ) -> Result<Seen<Plan>, ReplayError> {
        loop {
            let mut seen = self.plans.plan(id).await?;
            change(&mut seen.value)?;
            match self.plans.replace(&seen.value, &seen.etag).await {
                Ok(etag) => return Ok(Seen { etag, ..seen }),
                Err(ReplaceError::Lost) => {}
                Err(ReplaceError::Feed(error)) => return Err(error.into()),
            }
        }
    }

    async fn run_audit(&self, plan: &Plan) -> Result<Audited, ReplayError> {
        let id = plan.run_audit.as_deref().unwrap_or_default();
        let audited = self.letters.audited(self.app, id).await?;
        audited.ok_or_else(|| ReplayError::NoSuchPlan(plan.id.clone()))
    }

    /// One chunk: claims its letters, brings them in, and notes what became of them. Returns the letters that it tried.
    async fn round(
        &self,
        plan: &Plan,
        audited: &Audited,
        number: usize,
        tried: &mut Counts,
    ) -> Result<Vec<Item>, ReplayError> {
        loop {
            let seen = self.plans.chunk(&plan.id, number).await?;
            let mut chunk = seen.value;
            let pending: Vec<usize> = chunk
                .items
                .iter()
                .enumerate()
                .filter(|(_, item)| item.state == ItemState::Pending)
                .map(|(index, _)| index)
                .collect();
            if pending.is_empty() {
                return Ok(Vec::new());
            }
            let items: Vec<&Item> = pending.iter().map(|&index| &chunk.items[index]).collect();
            let states = self.try_letters(plan, audited, &items).await?;
            let mut done = Vec::with_capacity(pending.len());
            for (index, state) in pending.into_iter().zip(states) {
                chunk.items[index].state = state;
                done.push(chunk.items[index].clone());
            }
            let replaced = self
                .plans
                .replace_chunk(&plan.id, number, &chunk, &seen.etag);
            match replaced.await {
                Ok(_) => {
                    let tried_now = done.iter().map(|item| &item.state);
                    let tried_now = tried_now.filter(|state| **state != ItemState::Pending);
                    tried_now.for_each(|state| tried.add(state));
                    return Ok(done);
                }
                // Somebody else drives the plan too. What the letters say is what counts, so look again.
                Err(ReplaceError::Lost) => {}
                Err(ReplaceError::Feed(error)) => return Err(error.into()),
            }
        }
    }

    async fn try_letters(
        &self,
        plan: &Plan,
        audited: &Audited,
        items: &[&Item],
    ) -> Result<Vec<ItemState>, ReplayError> {
        let claims: Vec<_> = items
            .iter()
            .map(|item| Box::pin(self.claim(plan, audited, item)))
            .collect();
        let claimed: Vec<Claimed> = stream::iter(claims)
            .buffered(LETTERS_IN_FLIGHT_MAX)
            .try_collect()
            .await?;
        let mut states = vec![ItemState::Pending; items.len()];
        let (mut units, mut places) = (Vec::new(), Vec::new());
        for (place, claimed) in claimed.into_iter().enumerate() {
            match claimed {
                Claimed::Unit(unit) => {
                    units.push(*unit);
                    places.push(place);
                }
                Claimed::Done(outcome, at) => states[place] = ItemState::Done { outcome, at },
            }
        }
        let taken = self.door.take(&units, &plan.id).await?;
        let settled: Vec<_> = units
            .iter()
            .zip(taken)
            .map(|(unit, taken)| Box::pin(self.settle(plan, audited, &unit.letter, taken)))
            .collect();
        let settled: Vec<ItemState> = stream::iter(settled)
            .buffered(LETTERS_IN_FLIGHT_MAX)
            .try_collect()
            .await?;
        for (place, state) in places.into_iter().zip(settled) {
            states[place] = state;
        }
        Ok(states)
    }

    /// Claims a letter and reads its bytes, unless it is done already or no longer as it was planned.
    async fn claim(
        &self,
        plan: &Plan,
        audited: &Audited,
        item: &Item,
    ) -> Result<Claimed, ReplayError> {
        let now = self.now();
        let seen = self.letter(&item.letter).await?;
        let letter = &seen.value;
        let tried_before = match &letter.status {
            Status::Claimed { plan: held, .. } if *held == plan.id => true,
            Status::Replayed {
                plan: by,
                outcome,
                at,
                ..
            } if *by == plan.id => {
                return Ok(Claimed::Done(outcome.into(), *at));
            }
            _ => false,
        };
        if let Some(outcome) = failed_in(letter, &plan.id).filter(|_| !tried_before) {
            return Ok(Claimed::Done(outcome, now));
        }
        if !tried_before && !is_as_planned(item, &seen, plan) {
            let what = in_words(&letter.status);
            return Ok(Claimed::Done(ItemOutcome::Changed { what }, now));
        }
        let claim = Change::Claim {
            plan: plan.id.clone(),
            until: plan.expires_at,
        };
        let changed = self
            .letters
            .change(audited, &seen.summary(), &claim, now)
            .await;
        let claimed = match changed {
            Ok(claimed) => claimed.value,
            Err(error) => return not_changed(error).map(|outcome| Claimed::Done(outcome, now)),
        };
        let claimed_at = match claimed.status {
            Status::Claimed { since, .. } => since,
            _ => now,
        };
        let correction = claimed.correction().cloned();
        let needs_message = self.door.needs_message();
        let unit = unit(
            &self.letters,
            claimed,
            correction.as_ref(),
            needs_message,
            audited,
        );
        match unit.await {
            Ok(unit) => Ok(Claimed::Unit(Box::new(Unit {
                tried_before,
                claimed_at,
                ..unit
            }))),
            Err((letter, error)) => {
                let Some(failure) = error.failure(&letter) else {
                    return Err(ReplayError::Away(error.to_string()));
                };
                let state = self.fail(plan, audited, &letter, failure).await?;
                match state {
                    ItemState::Done { outcome, at } => Ok(Claimed::Done(outcome, at)),
                    _ => Err(ReplayError::Away(error.to_string())),
                }
            }
        }
    }

    /// Notes in the letter what became of it.
    async fn settle(
        &self,
        plan: &Plan,
        audited: &Audited,
        letter: &Letter,
        taken: Taken,
    ) -> Result<ItemState, ReplayError> {
        match taken {
            Taken::Published(mut targets) => {
                targets.truncate(TARGETS_OBSERVED_MAX);
                Ok(ItemState::Awaiting {
                    targets,
                    since: self.now(),
                })
            }
            Taken::Settled(outcome, targets) => {
                self.close(plan, audited, letter, outcome, &targets).await
            }
            Taken::Failed(failure) => self.fail(plan, audited, letter, failure).await,
            Taken::Later => Ok(ItemState::Pending),
        }
    }

    /// Opens the letter again, with one attempt more.
    pub(crate) async fn fail(
        &self,
        plan: &Plan,
        audited: &Audited,
        letter: &Letter,
        failure: Failure,
    ) -> Result<ItemState, ReplayError> {
        let at = self.now();
        let change = Change::FailAgain {
            plan: plan.id.clone(),
            attempt: Attempt {
                at,
                error: format!(
                    "{} at {}: {}",
                    failure.reason, failure.place, failure.detail
                ),
                app_version: self.version.to_owned(),
                plan: Some(plan.id.clone()),
            },
        };
        let outcome = ItemOutcome::FailedAgain {
            reason: failure.reason,
            place: failure.place,
            detail: failure.detail,
        };
        self.finish_letter(audited, letter, &change, outcome, at)
            .await
    }

    /// Closes the letter with the outcome that was observed.
    pub(crate) async fn close(
        &self,
        plan: &Plan,
        audited: &Audited,
        letter: &Letter,
        outcome: ItemOutcome,
        targets: &[Claim],
    ) -> Result<ItemState, ReplayError> {
        let at = self.now();
        let Some(observed) = outcome.closes_with() else {
            return Ok(ItemState::Done { outcome, at });
        };
        let targets = targets.iter().map(|target| feed::Target {
            entity: target.entity,
            key: target.key.clone(),
            version: target.version.clone(),
            document: target.document.clone(),
        });
        let change = Change::Settle {
            plan: plan.id.clone(),
            outcome: observed,
            targets: targets.take(feed::TARGETS_MAX).collect(),
        };
        self.finish_letter(audited, letter, &change, outcome, at)
            .await
    }

    async fn finish_letter(
        &self,
        audited: &Audited,
        letter: &Letter,
        change: &Change,
        outcome: ItemOutcome,
        at: EpochMillis,
    ) -> Result<ItemState, ReplayError> {
        let seen = self.letter(&letter.id).await?;
        let what = outcome.as_str();
        let outcome = match self
            .letters
            .change(audited, &seen.summary(), change, at)
            .await
        {
            Ok(_) => outcome,
            Err(error) => not_changed(error)?,
        };
        tracing::info!(
            event = "replayed",
            dead_letter_id = letter.id.as_str(),
            correlation_id = letter.correlation_id.as_str(),
            outcome = what
        );
        Ok(ItemState::Done { outcome, at })
    }

    /// Ends the plan if every letter of it has an outcome.
    pub(crate) async fn finish_if_done(&self, seen: Seen<Plan>) -> Result<Seen<Plan>, ReplayError> {
        let (plan, counts) = self.progress(&seen.value.id).await?;
        if counts.pending + counts.awaiting > 0 || plan.state != PlanState::Running {
            return Ok(seen);
        }
        let at = self.now();
        tracing::info!(
            event = "replay_finished",
            plan = plan.id.as_str(),
            applied = counts.applied,
            duplicate = counts.duplicate,
            superseded = counts.superseded,
            failed_again = counts.failed_again,
            changed = counts.changed,
        );
        self.change_plan(&plan.id, |plan| {
            plan.state = PlanState::Finished { at };
            plan.lease = None;
            Ok(())
        })
        .await
    }

    async fn let_live_messages_go_first(&self) {
        let began = Instant::now();
        while self.traffic.under_way() > 0 && began.elapsed() < YIELD_MAX {
            tokio::time::sleep(YIELD_EVERY).await;
        }
    }
}

/// A letter of a round.
enum Claimed {
    Unit(Box<Unit>),
    Done(ItemOutcome, EpochMillis),
}

/// Whether nobody touched the letter since it was planned. A list does not show a second correction, the letter does.
fn is_as_planned(item: &Item, seen: &Seen<Letter>, plan: &Plan) -> bool {
    let edited_since = seen
        .value
        .edits
        .last()
        .is_some_and(|edit| edit.at > plan.created_at);
    item.seen.is_still(&seen.summary()) && (item.seen.etag == seen.etag || !edited_since)
}

/// How the letter failed in this very plan, if it did.
fn failed_in(letter: &Letter, plan: &str) -> Option<ItemOutcome> {
    let attempt = letter.attempts.last()?;
    (attempt.plan.as_deref() == Some(plan)).then(|| ItemOutcome::FailedAgain {
        reason: letter.reason.code().to_owned(),
        place: letter.place.clone(),
        detail: attempt.error.clone(),
    })
}

/// A letter that somebody else has changed is left alone; a feed that is away ends the step.
fn not_changed(error: ChangeError) -> Result<ItemOutcome, ReplayError> {
    match error {
        ChangeError::Feed(error) => Err(error.into()),
        other => Ok(ItemOutcome::Changed {
            what: other.to_string(),
        }),
    }
}

fn awaited(chunk: usize, item: Item) -> Option<Awaited> {
    match item.state {
        ItemState::Awaiting { targets, .. } => Some(Awaited {
            chunk,
            letter: item.letter,
            targets,
        }),
        _ => None,
    }
}

/// Waits until `done` letters are no more than the rate allows, or the step's time is over.
async fn pace(rate: Option<u32>, done: u32, began: Instant, budget: Duration) {
    let Some(rate) = rate.filter(|rate| *rate > 0) else {
        return;
    };
    let due = Duration::from_secs_f64(f64::from(done) / f64::from(rate)).min(budget);
    tokio::time::sleep(due.saturating_sub(began.elapsed())).await;
}
