//! One round of a run: some chunks of the plan, whose letters are claimed, brought in and noted together.

use std::ops::Range;

use feed::{
    Attempt, Audited, Change, ChangeError, DeadLetterId, Letter, Made, ReplaceError, Seen, Status,
    Wanted,
};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use record::EpochMillis;

use crate::{
    Awaited, Failure, Replay, ReplayError, Taken, Unit,
    plan::{
        Chunk, Claim, Counts, Item, ItemOutcome, ItemState, Plan, TARGETS_OBSERVED_MAX, in_words,
    },
    unit::unit,
};

/// Chunks of one round: enough letters that what is published of them fills batches.
pub(crate) const CHUNKS_PER_ROUND: usize = 4;
/// Units whose bytes are read at a time.
const UNITS_IN_FLIGHT_MAX: usize = 16;

/// What a round did.
#[derive(Debug, Default)]
pub(crate) struct Round {
    /// Letters that it tried.
    pub(crate) letters: usize,
    /// By what became of them.
    pub(crate) tried: Counts,
    /// Those whose outcome is to be observed.
    pub(crate) awaiting: Vec<Awaited>,
    /// The first chunk that may hold a letter which was not tried yet.
    pub(crate) next: usize,
    /// Whether the door had no time for a letter that this round was about.
    pub(crate) is_later: bool,
}

/// A chunk of a plan, as it was read.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) number: usize,
    pub(crate) seen: Seen<Chunk>,
    /// Places of the letters that this round is about.
    pub(crate) due: Vec<usize>,
}

/// A letter that is about to be tried.
enum Claimed {
    Unit(Box<Unit>, Box<Seen<Letter>>),
    Done(ItemOutcome, EpochMillis),
}

/// How a letter ends.
pub(crate) struct Ending {
    pub(crate) seen: Seen<Letter>,
    pub(crate) outcome: ItemOutcome,
    pub(crate) targets: Vec<Claim>,
}

impl Replay {
    /// Tries at most so many letters of the chunks from `first` on.
    pub(crate) async fn round(
        &self,
        plan: &Plan,
        audited: &Audited,
        first: usize,
        letters_max: usize,
    ) -> Result<Round, ReplayError> {
        let chunks = first..(first + CHUNKS_PER_ROUND).min(plan.chunks);
        let mut round = Round::default();
        loop {
            let mut opened = self.open(plan, chunks.clone(), pending).await?;
            round.next = limit(&mut opened, letters_max).unwrap_or(chunks.end);
            let items: Vec<Item> = opened.iter().flat_map(Opened::items).cloned().collect();
            let states = self.try_letters(plan, audited, &items).await?;
            let mut states = states.into_iter();
            for chunk in &mut opened {
                chunk.note(&mut states);
            }
            let (kept, all) = self.keep(plan, opened).await?;
            for (number, item) in kept {
                if pending(&item) {
                    round.is_later = true;
                    round.next = round.next.min(number);
                    continue;
                }
                round.letters += 1;
                round.tried.add(&item.state);
                round.awaiting.extend(awaited(number, item));
            }
            if all || round.is_later {
                return Ok(round);
            }
            // Somebody else drives the plan too. What the letters say is what counts, so look again.
        }
    }

    /// Reads chunks, with the places of the letters that are due.
    pub(crate) async fn open(
        &self,
        plan: &Plan,
        chunks: Range<usize>,
        is_due: impl Fn(&Item) -> bool,
    ) -> Result<Vec<Opened>, ReplayError> {
        let reads: Vec<_> = chunks
            .map(|number| async move {
                let seen = self.plans.chunk(&plan.id, number).await?;
                Ok::<_, ReplayError>((number, seen))
            })
            .collect();
        let read: Vec<_> = stream::iter(reads)
            .buffered(CHUNKS_PER_ROUND)
            .try_collect()
            .await?;
        let opened = read.into_iter().map(|(number, seen)| {
            let items = seen.value.items.iter().enumerate();
            let due = items.filter(|(_, item)| is_due(item));
            let due = due.map(|(place, _)| place).collect();
            Opened { number, seen, due }
        });
        Ok(opened.collect())
    }

    /// Writes chunks back: the letters that are noted now, with their chunk, and whether that is all of them.
    pub(crate) async fn keep(
        &self,
        plan: &Plan,
        opened: Vec<Opened>,
    ) -> Result<(Vec<(usize, Item)>, bool), ReplayError> {
        let (mut kept, mut all) = (Vec::new(), true);
        for chunk in opened.into_iter().filter(|chunk| !chunk.due.is_empty()) {
            let Seen { value, etag } = &chunk.seen;
            match self
                .plans
                .replace_chunk(&plan.id, chunk.number, value, etag)
                .await
            {
                Ok(_) => kept.extend(chunk.items().map(|item| (chunk.number, item.clone()))),
                Err(ReplaceError::Lost) => all = false,
                Err(ReplaceError::Feed(error)) => return Err(error.into()),
            }
        }
        Ok((kept, all))
    }

    async fn try_letters(
        &self,
        plan: &Plan,
        audited: &Audited,
        items: &[Item],
    ) -> Result<Vec<ItemState>, ReplayError> {
        if items.is_empty() {
            return Ok(Vec::new());
        }
        let claimed = self.claim(plan, audited, items).await?;
        let mut states = vec![ItemState::Pending; items.len()];
        let (mut units, mut held) = (Vec::new(), Vec::new());
        for (place, claimed) in claimed.into_iter().enumerate() {
            match claimed {
                Claimed::Unit(unit, letter) => {
                    units.push(*unit);
                    held.push((place, *letter));
                }
                Claimed::Done(outcome, at) => states[place] = ItemState::Done { outcome, at },
            }
        }
        let taken = self.door.take(&units, &plan.id).await?;
        let (mut endings, mut places) = (Vec::new(), Vec::new());
        for ((place, seen), taken) in held.into_iter().zip(taken) {
            let (outcome, targets) = match taken {
                Taken::Published(mut targets) => {
                    targets.truncate(TARGETS_OBSERVED_MAX);
                    let since = self.now();
                    states[place] = ItemState::Awaiting { targets, since };
                    continue;
                }
                Taken::Settled(outcome, targets) => (outcome, targets),
                Taken::Failed(failure) => (failure.into(), Vec::new()),
                Taken::Later => continue,
            };
            places.push(place);
            endings.push(Ending {
                seen,
                outcome,
                targets,
            });
        }
        let ended = self.end(plan, audited, endings).await?;
        for (place, state) in places.into_iter().zip(ended) {
            states[place] = state;
        }
        Ok(states)
    }

    /// Claims letters and reads their bytes, but for those that are done already or no longer as they were planned.
    async fn claim(
        &self,
        plan: &Plan,
        audited: &Audited,
        items: &[Item],
    ) -> Result<Vec<Claimed>, ReplayError> {
        let now = self.now();
        let ids: Vec<DeadLetterId> = items.iter().map(|item| item.letter.clone()).collect();
        let letters = self.letters.get_many(self.app, &ids).await?;
        let (mut claimed, mut wanted, mut places) = (Vec::new(), Vec::new(), Vec::new());
        for (place, (item, seen)) in items.iter().zip(letters).enumerate() {
            let seen = seen.ok_or_else(|| ReplayError::NoSuchLetter(item.letter.clone()))?;
            if let Some((outcome, at)) = done_before(plan, item, &seen, now) {
                claimed.push(Some(Claimed::Done(outcome, at)));
                continue;
            }
            claimed.push(None);
            places.push((place, is_held(&seen.value, &plan.id)));
            let change = Change::Claim {
                plan: plan.id.clone(),
                until: plan.expires_at,
            };
            wanted.push(Wanted {
                seen,
                change,
                at: now,
            });
        }
        let made = self.letters.change_many(audited, wanted).await;
        let reads: Vec<_> = made
            .into_iter()
            .zip(&places)
            .map(|(made, (_, tried_before))| {
                Box::pin(self.unit_of(plan, audited, made, *tried_before))
            })
            .collect();
        let read: Vec<Claimed> = stream::iter(reads)
            .buffered(UNITS_IN_FLIGHT_MAX)
            .try_collect()
            .await?;
        for ((place, _), read) in places.into_iter().zip(read) {
            claimed[place] = Some(read);
        }
        Ok(claimed.into_iter().flatten().collect())
    }

    /// The unit of a letter that is claimed now.
    async fn unit_of(
        &self,
        plan: &Plan,
        audited: &Audited,
        made: Made,
        tried_before: bool,
    ) -> Result<Claimed, ReplayError> {
        let now = self.now();
        let seen = match made {
            Ok(seen) => seen,
            Err(error) => return not_changed(error).map(|outcome| Claimed::Done(outcome, now)),
        };
        let claimed_at = match seen.value.status {
            Status::Claimed { since, .. } => since,
            _ => now,
        };
        let correction = seen.value.correction().cloned();
        let needs_message = self.door.needs_message();
        let (letter, correction) = (seen.value.clone(), correction.as_ref());
        let unit = unit(&self.letters, letter, correction, needs_message, audited);
        let (letter, error) = match unit.await {
            Ok(unit) => {
                let unit = Unit {
                    tried_before,
                    claimed_at,
                    ..unit
                };
                return Ok(Claimed::Unit(Box::new(unit), Box::new(seen)));
            }
            Err(failed) => failed,
        };
        let away = || ReplayError::Away(error.to_string());
        let failure = error.failure(&letter).ok_or_else(away)?;
        let ending = Ending {
            seen,
            outcome: failure.into(),
            targets: Vec::new(),
        };
        match self.end(plan, audited, vec![ending]).await?.pop() {
            Some(ItemState::Done { outcome, at }) => Ok(Claimed::Done(outcome, at)),
            _ => Err(away()),
        }
    }

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
        let letters: Vec<(DeadLetterId, String)> = wanted
            .iter()
            .map(|wanted| {
                let letter = &wanted.seen.value;
                (letter.id.clone(), letter.correlation_id.clone())
            })
            .collect();
        let made = self.letters.change_many(audited, wanted).await;
        for ((place, made), (id, correlation_id)) in places.into_iter().zip(made).zip(letters) {
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
                    dead_letter_id = id.as_str(),
                    correlation_id,
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

impl Opened {
    /// The letters that are due.
    pub(crate) fn items(&self) -> impl Iterator<Item = &Item> {
        self.due.iter().map(|&place| &self.seen.value.items[place])
    }

    /// Notes the states of the letters that are due, in their order.
    pub(crate) fn note(&mut self, states: &mut impl Iterator<Item = ItemState>) {
        for (&place, state) in self.due.iter().zip(states) {
            self.seen.value.items[place].state = state;
        }
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

fn pending(item: &Item) -> bool {
    item.state == ItemState::Pending
}

/// Leaves at most so many letters due; the first chunk in which one was left out.
fn limit(opened: &mut [Opened], letters_max: usize) -> Option<usize> {
    let (mut left, mut first) = (letters_max, None);
    for chunk in opened {
        if chunk.due.len() > left {
            chunk.due.truncate(left);
            first = first.or(Some(chunk.number));
        }
        left -= chunk.due.len();
    }
    first
}

/// What became of a letter before this round; none if it is to be tried.
fn done_before(
    plan: &Plan,
    item: &Item,
    seen: &Seen<Letter>,
    now: EpochMillis,
) -> Option<(ItemOutcome, EpochMillis)> {
    let letter = &seen.value;
    if is_held(letter, &plan.id) {
        return None;
    }
    if let Some(closed) = closed_by(letter, &plan.id) {
        return Some(closed);
    }
    if let Some(outcome) = failed_in(letter, &plan.id) {
        return Some((outcome, now));
    }
    if is_as_planned(item, seen, plan) {
        return None;
    }
    let what = in_words(&letter.status);
    Some((ItemOutcome::Changed { what }, now))
}

fn is_held(letter: &Letter, plan: &str) -> bool {
    matches!(&letter.status, Status::Claimed { plan: held, .. } if held == plan)
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
