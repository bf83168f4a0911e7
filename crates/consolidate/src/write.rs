//! Writing a batch whatever single records the store refuses.

use record::EpochMillis;
use reporting::{ApplyError, Change, Outcome, Refusal, Store, Table};
use retry::{Exhausted, GaveUp, Guard};

use crate::known_good::known_good;

/// What became of one change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// The store took it, or has something at least as new.
    Stored(Outcome),
    /// The store refuses it, and takes others.
    Refused(Refusal),
}

/// Why a batch as a whole is not dealt with. What was written stays; the same batch again is harmless.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The store cannot write now.
    #[error(transparent)]
    Unavailable(Exhausted<ApplyError>),
    /// The store refuses even a record that is known to be good: it is broken, not the records.
    #[error("{table} refuses a record that is known to be good: {refusal}")]
    Broken {
        /// The table.
        table: &'static str,
        /// What the store says.
        refusal: Refusal,
    },
}

/// Writes the changes, in as few transactions as the refused ones among them allow: one, and for each refused change
/// at most ⌈log2 n⌉ + 1 more. One fate per change, in the same order.
///
/// A batch that is refused is halved until the first refused change is found; all before it are then written, and what
/// is behind it is the next batch. Before a refusal is believed, the store must take a good record of the same table:
/// an outage, of whatever kind, makes no dead letters.
///
/// # Errors
/// The store cannot write, or refuses good records.
pub async fn write(
    store: &Store,
    changes: &[Change<'_>],
    guard: &Guard,
    now: &(dyn Fn() -> EpochMillis + Send + Sync),
) -> Result<Vec<Fate>, WriteError> {
    let mut fates = Vec::with_capacity(changes.len());
    while fates.len() < changes.len() {
        let rest = &changes[fates.len()..];
        match apply(store, rest, guard, now).await? {
            Ok(outcomes) => fates.extend(outcomes.into_iter().map(Fate::Stored)),
            Err(refusal) => {
                let culprit = first_refused(store, rest, refusal, guard, now, &mut fates).await?;
                fates.push(Fate::Refused(culprit));
            }
        }
    }
    rule_out_a_broken_store(store, changes, &fates, guard, now).await?;
    Ok(fates)
}

/// Writes everything before the first refused change of `suspects`, which as a whole were refused with `refusal`.
async fn first_refused(
    store: &Store,
    mut suspects: &[Change<'_>],
    mut refusal: Refusal,
    guard: &Guard,
    now: &(dyn Fn() -> EpochMillis + Send + Sync),
    fates: &mut Vec<Fate>,
) -> Result<Refusal, WriteError> {
    while suspects.len() > 1 {
        let (left, right) = suspects.split_at(suspects.len() / 2);
        match apply(store, left, guard, now).await? {
            Ok(outcomes) => {
                fates.extend(outcomes.into_iter().map(Fate::Stored));
                suspects = right;
            }
            Err(nearer) => {
                suspects = left;
                refusal = nearer;
            }
        }
    }
    Ok(refusal)
}

/// One transaction, repeated while the store is away. The inner error is a refusal.
async fn apply(
    store: &Store,
    changes: &[Change<'_>],
    guard: &Guard,
    now: &(dyn Fn() -> EpochMillis + Send + Sync),
) -> Result<Result<Vec<Outcome>, Refusal>, WriteError> {
    refusal(guard.run(|| store.apply(changes, now())).await)
}

/// Parts a refusal from everything else that can go wrong.
fn refusal<T>(result: Result<T, Exhausted<ApplyError>>) -> Result<Result<T, Refusal>, WriteError> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(Exhausted {
            gave_up: GaveUp::Permanent,
            error: ApplyError::Refused(refusal),
            ..
        }) => Ok(Err(refusal)),
        Err(exhausted) => Err(WriteError::Unavailable(exhausted)),
    }
}

/// For each table that a record was refused for: does it take a good one?
async fn rule_out_a_broken_store(
    store: &Store,
    changes: &[Change<'_>],
    fates: &[Fate],
    guard: &Guard,
    now: &(dyn Fn() -> EpochMillis + Send + Sync),
) -> Result<(), WriteError> {
    let mut entities: Vec<_> = changes
        .iter()
        .zip(fates)
        .filter(|(_, fate)| matches!(fate, Fate::Refused(_)))
        .map(|(change, _)| change.record().entity())
        .collect();
    entities.sort_unstable();
    entities.dedup();
    for entity in entities {
        let good = known_good(entity);
        let rehearsed = guard
            .run(|| store.rehearse(std::slice::from_ref(&good), now()))
            .await;
        if let Err(refusal) = refusal(rehearsed)? {
            let table = Table::of(entity).name();
            return Err(WriteError::Broken { table, refusal });
        }
    }
    Ok(())
}
