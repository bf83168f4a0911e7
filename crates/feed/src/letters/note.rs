//! Notes on groups: what is known about a cause.

use record::EpochMillis;
use serde::{Deserialize, Serialize};

use super::{Audited, ChangeError, Letters};
use crate::{
    FeedError, Filed, Fingerprint,
    arrival::clip,
    shelf::{Created, NOTE, ReplaceError, Shelf},
};

/// Most bytes of one note.
const NOTE_BYTES_MAX: usize = 4_096;
/// Most notes of one group: the last ones. The audit log has who wrote the others.
const NOTES_MAX: usize = 100;
/// Rounds against others who write notes on the same group.
const ROUNDS_MAX: usize = 16;

/// A note on a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Id of the audit entry.
    pub audit: String,
    /// When.
    pub at: EpochMillis,
    /// Who.
    pub who: String,
    /// What.
    pub text: String,
}

impl Letters {
    /// Adds a note to the group of this fingerprint. Repeating it under the same audit entry adds nothing.
    ///
    /// # Errors
    /// When the feed does not carry it out.
    pub async fn add_note(
        &self,
        audited: &Audited,
        fingerprint: &Fingerprint,
        text: &str,
    ) -> Result<Vec<Note>, ChangeError> {
        let shelf = Shelf::of(&self.feed, NOTE);
        let entry = audited.entry();
        let filed = Filed {
            app: &entry.app,
            id: fingerprint.as_str(),
        };
        let note = Note {
            audit: entry.id.clone(),
            at: entry.at,
            who: entry.who.clone(),
            text: clip(text, NOTE_BYTES_MAX).into_owned(),
        };
        for _ in 0..ROUNDS_MAX {
            let Some(seen) = shelf.read::<Vec<Note>>(&filed).await? else {
                let notes = vec![note.clone()];
                match shelf.create(&filed, fingerprint.as_str(), &notes).await? {
                    Created::Now => return Ok(notes),
                    Created::Before => continue,
                }
            };
            let mut notes = seen.value;
            if notes.iter().any(|there| there.audit == note.audit) {
                return Ok(notes);
            }
            notes.push(note.clone());
            let surplus = notes.len().saturating_sub(NOTES_MAX);
            notes.drain(..surplus);
            let order = fingerprint.as_str();
            match shelf.replace(&filed, order, &notes, &seen.etag).await {
                Ok(_) => return Ok(notes),
                Err(ReplaceError::Lost) => {}
                Err(ReplaceError::Feed(error)) => return Err(error.into()),
            }
        }
        let detail = "others write notes on this group all the time";
        Err(FeedError::local("note", 449, detail).into())
    }

    /// The notes on a group, oldest first.
    ///
    /// # Errors
    /// When the feed does not answer.
    pub async fn notes(
        &self,
        app: &str,
        fingerprint: &Fingerprint,
    ) -> Result<Vec<Note>, FeedError> {
        let filed = Filed {
            app,
            id: fingerprint.as_str(),
        };
        let read = Shelf::of(&self.feed, NOTE).read(&filed).await?;
        Ok(read.map(|seen| seen.value).unwrap_or_default())
    }
}
