//! Changing a letter, in the state that was seen, by somebody who is known.

use record::EpochMillis;
use retry::{Class, Classify};

use super::{Audited, LETTERS, Letters};
use crate::{
    Actor, Change, Correction, DeadLetterId, Deed, ETag, Edit, FeedError, Letter, LetterSummary,
    NotAllowed, PATCH_BYTES_MAX, Seal, Seen, Status,
    bury::{add_attempt, to_json},
    dead_letter::partition_of,
    shelf::{read_item, replace_item},
};

/// Most deeds kept in a letter: the last ones. The audit log has all.
const DEEDS_MAX: usize = 64;
/// Most corrections of one letter.
const EDITS_MAX: usize = 8;
/// Rounds against others who change the letter without touching its status, such as the same unit failing again.
const ROUNDS_MAX: usize = 5;

/// Why a letter was not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// Somebody else was faster.
    #[error("the letter is {} by now: {} has done `{what}` to it at {at}", .status.state().as_str(), .who)]
    Overtaken {
        /// Who.
        who: String,
        /// What, as [`Change::as_str`].
        what: String,
        /// When.
        at: EpochMillis,
        /// What it is in now.
        status: Box<Status>,
    },
    /// The letter is in a state that does not allow it.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// There is no such letter.
    #[error("there is no such letter")]
    NoSuchLetter,
    /// The letter cannot take this correction.
    #[error("{0}")]
    Correction(&'static str),
    /// The feed did not carry it out. Trying again with the same audit entry is harmless.
    #[error(transparent)]
    Feed(#[from] FeedError),
}

impl Classify for ChangeError {
    fn class(&self) -> Class {
        match self {
            Self::Feed(error) => error.class(),
            Self::Overtaken { .. }
            | Self::NotAllowed(_)
            | Self::NoSuchLetter
            | Self::Correction(_) => Class::Permanent,
        }
    }
}

impl Letters {
    /// Changes a letter, in the state in which `seen` shows it. The history gets a line in the same write.
    ///
    /// Repeating a change under the same audit entry finds it done. `at` is when it happens, which for a run is later
    /// than its audit entry.
    ///
    /// # Errors
    /// [`ChangeError::Overtaken`] when somebody else has changed the letter since, with who it was.
    pub async fn change(
        &self,
        audited: &Audited,
        seen: &LetterSummary,
        change: &Change,
        at: EpochMillis,
    ) -> Result<Seen<Letter>, ChangeError> {
        let partition = partition_of(&seen.app, &seen.id);
        let actor = Actor {
            at,
            ..audited.actor()
        };
        for _ in 0..ROUNDS_MAX {
            let read = self
                .feed
                .guard
                .run(|| read_item(&self.feed, LETTERS, partition.clone(), seen.id.as_str()))
                .await
                .map_err(FeedError::from)?;
            let Some(now) = read else {
                return Err(ChangeError::NoSuchLetter);
            };
            if is_done(&now.value, audited, change) {
                return Ok(now);
            }
            refuse_if_overtaken(seen, &now)?;
            let changed = changed(
                now.value,
                audited,
                &actor,
                change,
                self.feed.seal.as_deref(),
            )?;
            let json = to_json(&changed)?;
            let replaced = self
                .feed
                .guard
                .run(|| {
                    let id = seen.id.as_str();
                    replace_item(&self.feed, LETTERS, &partition, id, &json, &now.etag)
                })
                .await
                .map_err(FeedError::from)?;
            if let Some(etag) = replaced {
                return Ok(Seen {
                    value: changed,
                    etag,
                });
            }
            // Either somebody was faster, or this is the repetition of a write whose reply was lost: look again.
        }
        let detail = "others change the letter all the time";
        Err(FeedError::local("change", 449, detail).into())
    }
}

/// Whether the last thing that happened to the letter is this change under this audit entry.
pub(super) fn is_done(letter: &Letter, audited: &Audited, change: &Change) -> bool {
    letter.history.last().is_some_and(|deed| {
        deed.audit == audited.entry().id && deed.what == change.as_str() && leads_to(letter, change)
    })
}

/// Whether the letter is as the change would leave it: a claim that is to be prolonged is not.
fn leads_to(letter: &Letter, change: &Change) -> bool {
    match (change, &letter.status) {
        (
            Change::Claim { plan, until },
            Status::Claimed {
                plan: held,
                until: ends,
                ..
            },
        ) => plan == held && until == ends,
        (Change::Claim { .. }, _) => false,
        (Change::FailAgain { attempt, .. }, _) => letter
            .attempts
            .last()
            .is_some_and(|last| last.at == attempt.at),
        _ => true,
    }
}

/// The same unit failing again changes the letter and leaves the status and the corrections: nobody was faster then.
fn refuse_if_overtaken(seen: &LetterSummary, now: &Seen<Letter>) -> Result<(), ChangeError> {
    let letter = &now.value;
    if now.etag == seen.etag || (letter.status == seen.status && letter.edited == seen.edited) {
        return Ok(());
    }
    let last = letter.history.last();
    Err(ChangeError::Overtaken {
        who: last.map_or_else(|| letter.app.clone(), |deed| deed.who.clone()),
        what: last.map_or_else(|| "fail".to_owned(), |deed| deed.what.clone()),
        at: last.map_or(letter.last_failed_at, |deed| deed.at),
        status: Box::new(letter.status.clone()),
    })
}

pub(super) fn changed(
    mut letter: Letter,
    audited: &Audited,
    actor: &Actor<'_>,
    change: &Change,
    seal: Option<&Seal>,
) -> Result<Letter, ChangeError> {
    let status = letter.status.after(change, actor)?;
    let deed = Deed {
        audit: audited.entry().id.clone(),
        at: actor.at,
        who: actor.who.to_owned(),
        why: actor.why.to_owned(),
        what: change.as_str().to_owned(),
        from: letter.status.state(),
        to: status.state(),
    };
    match change {
        Change::FailAgain { attempt, .. } => add_attempt(&mut letter, attempt),
        Change::Edit(correction) => {
            if correction.patch.len() > PATCH_BYTES_MAX {
                return Err(ChangeError::Correction("a correction is at most 64 KiB"));
            }
            letter.edits.push(Edit {
                at: actor.at,
                by: actor.who.to_owned(),
                why: actor.why.to_owned(),
                correction: kept(correction, &letter, seal)?,
                undone: false,
            });
            if letter.edits.len() > EDITS_MAX {
                return Err(ChangeError::Correction(
                    "a letter takes at most 8 corrections",
                ));
            }
        }
        Change::UndoEdit => {
            let standing = letter.edits.iter_mut().rev().find(|edit| !edit.undone);
            let Some(edit) = standing else {
                return Err(ChangeError::Correction(
                    "there is no correction to take back",
                ));
            };
            edit.undone = true;
        }
        _ => {}
    }
    letter.edited = letter.correction().is_some();
    letter.status = status;
    letter.history.push(deed);
    let surplus = letter.history.len().saturating_sub(DEEDS_MAX);
    letter.history.drain(..surplus);
    Ok(letter)
}

impl Seen<Letter> {
    /// The letter as a list shows it.
    #[must_use]
    pub fn summary(&self) -> LetterSummary {
        summary(&self.value, self.etag.clone())
    }
}

fn summary(letter: &Letter, etag: ETag) -> LetterSummary {
    let letter = letter.clone();
    LetterSummary {
        id: letter.id,
        order: letter.order,
        app: letter.app,
        app_version: letter.app_version,
        source: letter.source,
        stage: letter.stage,
        reason: letter.reason,
        place: letter.place,
        field_path: letter.field_path,
        value: letter.value,
        detail: letter.detail.chars().take(200).collect(),
        record_key: letter.record_key,
        document_id: letter.document_id,
        message_id: letter.message_id,
        correlation_id: letter.correlation_id,
        schema_version: letter.schema_version,
        fingerprint: letter.fingerprint,
        raw_bytes: letter.raw.bytes,
        at: letter.at,
        last_failed_at: letter.last_failed_at,
        failures: letter.failures,
        edited: letter.edited,
        status: letter.status,
        etag,
    }
}

/// A correction as it is kept: sealed where the bytes are that it corrects.
fn kept(
    correction: &Correction,
    letter: &Letter,
    seal: Option<&Seal>,
) -> Result<Correction, ChangeError> {
    if correction.sealed {
        return Err(ChangeError::Correction(
            "a correction is sealed here, not before",
        ));
    }
    if !letter.raw.sealed {
        return Ok(correction.clone());
    }
    let seal = seal.ok_or(ChangeError::Correction(
        "this app has no key to seal it with",
    ))?;
    let place = correction_place(&letter.id);
    Ok(Correction {
        patch: seal.seal(&place, correction.patch.as_bytes()),
        sealed: true,
        ..*correction
    })
}

/// Where a sealed correction opens: at its letter only, and in no other place of it.
pub(super) fn correction_place(letter: &DeadLetterId) -> String {
    format!("{}/correction", letter.as_str())
}
