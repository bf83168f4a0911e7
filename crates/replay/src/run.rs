//! A run, in short steps.
//!
//! What a step does survives a kill at any point, because the letters themselves say how far they are: open, claimed by
//! this plan, closed by it, or open again with an attempt of it. The chunk is written after its letters; a step that finds
//! a letter further than its chunk says believes the letter.

use std::time::{Duration, Instant};

use feed::{About, Audited, ReplaceError, Seen, Verb};
use futures::TryStreamExt as _;
use record::EpochMillis;
use serde::{Deserialize, Serialize};

use crate::{
    Replay, ReplayError,
    outcome::Counts,
    plan::{Claim, ITEMS_PER_CHUNK, ItemState, Lease, Plan, PlanState, SeenAs},
    round::CHUNKS_PER_ROUND,
};

/// Longest time of one step. The front end of the platform cuts an HTTP request off after 230 s.
pub const STEP_MAX: Duration = Duration::from_secs(120);
/// Rounds of a second at a rate that is asked for: what comes at once is a part of it.
const ROUNDS_PER_SECOND: u32 = 4;
/// How long others keep off a plan beyond the time of a step: as long as its driver may be between two of them. Whoever
/// takes over from one that died waits for that.
const LEASE_BEYOND_STEP: Duration = Duration::from_secs(10);
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
            let round = Box::pin(self.round(&seen.value, &audited, number, letters_max(drive)));
            let round = round.await?;
            done += u32::try_from(round.letters).unwrap_or(u32::MAX);
            tried.extend(&round.tried);
            awaiting.extend(round.awaiting);
            number = round.next;
            if round.is_later {
                // What the door had no time for comes with the next step.
                break;
            }
            // Before the step may end: the next one counts anew.
            pace(drive.rate, done, began).await;
            if began.elapsed() >= budget
                || self.plans.plan(id).await?.value.state != PlanState::Running
            {
                break;
            }
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
            seen = self.finish_if_done(seen, 0).await?;
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
        let held = drive.budget.min(STEP_MAX) + LEASE_BEYOND_STEP;
        let lease_ms = i64::try_from(held.as_millis()).unwrap_or_default();
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
                who: drive.who.clone(),
                until: EpochMillis(now.0 + lease_ms),
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
            let seen = page
                .into_iter()
                .filter_map(|letter| Some((SeenAs::of(&letter)?, letter.id)));
            open.extend(seen.map(|(seen, id)| (id, seen)));
        }
        let (mut changed, mut total) = (Vec::new(), 0);
        let mut chunks = std::pin::pin!(self.plans.chunks(plan));
        while let Some(chunk) = chunks.try_next().await? {
            for item in chunk.items {
                let still = open
                    .get(&item.letter)
                    .is_some_and(|now| item.seen.is_same(now));
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

    /// Ends the plan if every letter of it has an outcome. `from` is the chunk at which a letter without one is likely.
    pub(crate) async fn finish_if_done(
        &self,
        seen: Seen<Plan>,
        from: usize,
    ) -> Result<Seen<Plan>, ReplayError> {
        let plan = &seen.value;
        if plan.state != PlanState::Running || self.is_any_left(plan, from).await? {
            return Ok(seen);
        }
        let (plan, counts) = self.progress(&plan.id).await?;
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

    /// Whether a letter has no outcome yet. Letters are observed in the order of their chunks, so the next chunk answers
    /// this in most cases; reading all of them after each answer would take a large plan hours.
    async fn is_any_left(&self, plan: &Plan, from: usize) -> Result<bool, ReplayError> {
        let done = |item: &crate::Item| matches!(item.state, ItemState::Done { .. });
        let order = (from..plan.chunks).chain(0..from.min(plan.chunks));
        let mut chunks = std::pin::pin!(self.plans.some_chunks(&plan.id, order));
        while let Some(chunk) = chunks.try_next().await? {
            if !chunk.items.iter().all(done) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn let_live_messages_go_first(&self) {
        let began = Instant::now();
        while self.traffic.under_way() > 0 && began.elapsed() < YIELD_MAX {
            tokio::time::sleep(YIELD_EVERY).await;
        }
    }
}

/// Waits until `done` letters are no more than the rate allows.
async fn pace(rate: Option<u32>, done: u32, began: Instant) {
    let Some(rate) = rate.filter(|rate| *rate > 0) else {
        return;
    };
    let due = Duration::from_secs_f64(f64::from(done) / f64::from(rate)).min(STEP_MAX);
    tokio::time::sleep(due.saturating_sub(began.elapsed())).await;
}

/// Most letters of one round: at a rate that is asked for, a part of a second's.
fn letters_max(drive: &Drive) -> usize {
    let most = CHUNKS_PER_ROUND * ITEMS_PER_CHUNK;
    let of_rate = drive.rate.filter(|rate| *rate > 0);
    of_rate.map_or(most, |rate| {
        let letters = usize::try_from(rate.div_ceil(ROUNDS_PER_SECOND)).unwrap_or(most);
        letters.clamp(1, most)
    })
}
