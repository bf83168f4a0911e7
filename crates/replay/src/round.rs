//! One round of a run: some chunks of the plan, whose letters are claimed, brought in and noted together.

use std::ops::Range;

use feed::{Audited, ReplaceError, Seen};
use futures::{StreamExt as _, TryStreamExt as _, stream};

use crate::{
    Awaited, Replay, ReplayError, Taken,
    claim::Claimed,
    ending::Ending,
    outcome::Counts,
    plan::{Chunk, Item, ItemState, Plan, TARGETS_OBSERVED_MAX},
};

/// Chunks of one round: enough letters that what is published of them fills batches.
pub(crate) const CHUNKS_PER_ROUND: usize = 4;
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
