//! Letters of a round, claimed by their plan and read.

use feed::{Audited, Change, DeadLetterId, Letter, Made, Seen, Status, Wanted};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use record::EpochMillis;

use crate::{
    Item, Replay, ReplayError, Unit,
    ending::{Ending, closed_by, not_changed},
    outcome::ItemOutcome,
    plan::{ItemState, Plan, in_words},
    unit::unit,
};

/// Units whose bytes are read at a time.
const UNITS_IN_FLIGHT_MAX: usize = 16;

/// A letter that is about to be tried.
pub(crate) enum Claimed {
    Unit(Box<Unit>, Box<Seen<Letter>>),
    Done(ItemOutcome, EpochMillis),
}

impl Replay {
    /// Claims letters and reads their bytes, but for those that are done already or no longer as they were planned.
    pub(crate) async fn claim(
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
            places.push(place);
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
            .map(|made| Box::pin(self.unit_of(plan, audited, made)))
            .collect();
        let read: Vec<Claimed> = stream::iter(reads)
            .buffered(UNITS_IN_FLIGHT_MAX)
            .try_collect()
            .await?;
        for (place, read) in places.into_iter().zip(read) {
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
                let unit = Unit { claimed_at, ..unit };
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
