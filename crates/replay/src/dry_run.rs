//! What a plan or a correction would do, found out without doing it.

use feed::{Audited, Change, Correction, DeadLetterId, Letter};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};

use crate::{Failure, Rehearsed, Replay, ReplayError, Unit, unit::unit};

/// Letters read at a time.
const LETTERS_IN_FLIGHT_MAX: usize = 16;

/// A letter's unit, or the letter, its key, and why there is no unit of it.
type Readable = Result<Unit, (DeadLetterId, Option<String>, Failure)>;

/// What one letter would do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DryRun {
    /// The letter.
    pub letter: DeadLetterId,
    /// The record's key, if there was one.
    pub key: Option<String>,
    /// What it would do.
    #[serde(flatten)]
    pub would: Rehearsed,
}

/// What a correction of a letter comes to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Corrected {
    /// What the letter would do.
    #[serde(flatten)]
    pub dry_run: DryRun,
    /// The unit as it would come in.
    pub unit: String,
    /// Whether the correction is stored.
    pub stored: bool,
}

impl Replay {
    /// What the letters of one chunk of a plan would do, with the corrections that stand. Sealed ones are opened under the
    /// audit entry.
    ///
    /// # Errors
    /// When there is no such plan, or the feed or the store does not answer.
    pub async fn dry_run(
        &self,
        id: &str,
        chunk: usize,
        opened_by: &Audited,
    ) -> Result<Vec<DryRun>, ReplayError> {
        let items = self.items(id, chunk).await?;
        let letters: Vec<DeadLetterId> = items.into_iter().map(|item| item.letter).collect();
        let rehearsed = self.rehearse(&letters, None, opened_by).await?;
        Ok(rehearsed.into_iter().map(|(dry_run, _)| dry_run).collect())
    }

    /// What the letters would do with another correction than the one that stands; nothing is stored.
    ///
    /// # Errors
    /// When a letter is not open, or the feed or the store does not answer.
    pub async fn preview(
        &self,
        letters: &[DeadLetterId],
        correction: &Correction,
        opened_by: &Audited,
    ) -> Result<Vec<Corrected>, ReplayError> {
        let rehearsed = self.rehearse(letters, Some(correction), opened_by).await?;
        Ok(rehearsed
            .into_iter()
            .map(|(dry_run, unit)| Corrected {
                dry_run,
                unit: String::from_utf8_lossy(&unit).into_owned(),
                stored: false,
            })
            .collect())
    }

    /// Lays a correction over letters. The bytes that came stay as they are.
    ///
    /// # Errors
    /// When a letter is not open or is changed by somebody else meanwhile, or the feed does not answer.
    pub async fn edit(
        &self,
        audited: &Audited,
        letters: &[DeadLetterId],
        correction: &Correction,
    ) -> Result<Vec<Corrected>, ReplayError> {
        let mut corrected = self.preview(letters, correction, audited).await?;
        let change = Change::Edit(correction.clone());
        for edited in &mut corrected {
            let seen = self.letter(&edited.dry_run.letter).await?;
            let at = self.now();
            let letter = seen.summary();
            self.letters.change(audited, &letter, &change, at).await?;
            edited.stored = true;
        }
        Ok(corrected)
    }

    async fn rehearse(
        &self,
        letters: &[DeadLetterId],
        correction: Option<&Correction>,
        opened_by: &Audited,
    ) -> Result<Vec<(DryRun, Vec<u8>)>, ReplayError> {
        let found = self.letters.get_many(self.app, letters).await?;
        let mut reads = Vec::with_capacity(letters.len());
        for (id, seen) in letters.iter().zip(found) {
            let seen = seen.ok_or_else(|| ReplayError::NoSuchLetter(id.clone()))?;
            reads.push(Box::pin(self.read_unit(seen.value, correction, opened_by)));
        }
        let read: Vec<Readable> = stream::iter(reads)
            .buffered(LETTERS_IN_FLIGHT_MAX)
            .try_collect()
            .await?;
        let units: Vec<Unit> = read
            .iter()
            .filter_map(|read| read.as_ref().ok().cloned())
            .collect();
        let mut rehearsed = self.door.rehearse(&units).await?.into_iter();
        let dry_runs = read.into_iter().map(|read| match read {
            Ok(unit) => {
                let dry_run = DryRun {
                    letter: unit.letter.id.clone(),
                    key: unit.letter.record_key.clone(),
                    would: rehearsed
                        .next()
                        .unwrap_or_else(|| Rehearsed::Fail(unanswered())),
                };
                (dry_run, unit.bytes)
            }
            Err((letter, key, failure)) => {
                let would = Rehearsed::Fail(failure);
                (DryRun { letter, key, would }, Vec::new())
            }
        });
        Ok(dry_runs.collect())
    }

    async fn read_unit(
        &self,
        letter: Letter,
        correction: Option<&Correction>,
        opened_by: &Audited,
    ) -> Result<Readable, ReplayError> {
        let standing = letter.correction().cloned();
        let correction = correction.or(standing.as_ref());
        match unit(
            &self.letters,
            letter,
            correction,
            self.door.needs_message(),
            opened_by,
        )
        .await
        {
            Ok(unit) => Ok(Ok(unit)),
            Err((letter, error)) => match error.failure(&letter) {
                Some(failure) => Ok(Err((letter.id, letter.record_key, failure))),
                None => Err(ReplayError::Away(error.to_string())),
            },
        }
    }
}

fn unanswered() -> Failure {
    Failure {
        reason: String::new(),
        place: String::new(),
        detail: "the front door has no answer".to_owned(),
    }
}
