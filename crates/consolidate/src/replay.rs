//! Documents that come in once more because somebody asks for it, one by one and without new dead letters.

use feed::Reason;
use reporting::{ApplyError, Change, Preview, Refusal, Standing};
use retry::{Exhausted, GaveUp};

use crate::{Consolidate, ConsolidateError, Document, Fate, Read, WriteError, read, write};

/// What became of a document that came in once more.
#[derive(Debug, Clone, PartialEq)]
pub enum Replayed {
    /// The store has it, or something newer; with what the row holds now.
    Stored(reporting::Outcome, Option<Standing>),
    /// It fails again.
    Failed(Reason, String),
}

/// What a document would do.
#[derive(Debug, Clone, PartialEq)]
pub enum Rehearsal {
    /// This.
    Row(Box<Preview>, String),
    /// It would fail again.
    Failed(Reason, String),
}

impl Consolidate {
    /// Writes documents as [`Consolidate::take`] does, and returns what became of each instead of burying what fails.
    ///
    /// # Errors
    /// When the store is away; nothing is known of the documents then, and doing it again is harmless.
    pub async fn replay(
        &self,
        documents: &[Document<'_>],
    ) -> Result<Vec<Replayed>, ConsolidateError> {
        self.check_schema().await?;
        let read: Vec<Read<'_>> = documents.iter().map(|document| read(document)).collect();
        let changes: Vec<Change<'_>> = read.iter().filter_map(change).collect();
        let now = || self.now();
        let fates = write(self.store(), &changes, self.guard(), &now).await?;
        self.resolve().await;
        let keys: Vec<_> = changes.iter().map(Change::record).collect();
        let keys: Vec<_> = keys
            .iter()
            .map(|record| (record.entity(), record.key().as_str()))
            .collect();
        let standings = self.store().standings(&keys).await?;
        let mut stored = fates.into_iter().zip(standings);
        let replayed = read.iter().map(|read| match read {
            Read::Unreadable(unreadable) => {
                Replayed::Failed(Reason::UnreadableDocument, unreadable.error.to_string())
            }
            Read::Change(_) => match stored.next() {
                Some((Fate::Stored(outcome), standing)) => Replayed::Stored(outcome, standing),
                Some((Fate::Refused(refusal), _)) => refused(&refusal),
                None => Replayed::Failed(Reason::UnreadableDocument, String::new()),
            },
        });
        Ok(replayed.collect())
    }

    /// What documents would do to their rows. Writes nothing.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn rehearse(
        &self,
        documents: &[Document<'_>],
    ) -> Result<Vec<Rehearsal>, ConsolidateError> {
        self.check_schema().await?;
        let read: Vec<Read<'_>> = documents.iter().map(|document| read(document)).collect();
        let changes: Vec<Change<'_>> = read.iter().filter_map(change).collect();
        let mut previews = self.preview_each(&changes).await?.into_iter();
        let rehearsals = read.iter().map(|read| match read {
            Read::Unreadable(unreadable) => {
                Rehearsal::Failed(Reason::UnreadableDocument, unreadable.error.to_string())
            }
            Read::Change(change) => match previews.next() {
                Some(Ok(preview)) => {
                    Rehearsal::Row(Box::new(preview), change.document_id().to_owned())
                }
                Some(Err(refusal)) => Rehearsal::Failed(Reason::StoreRefusedRecord, said(&refusal)),
                None => Rehearsal::Failed(Reason::UnreadableDocument, String::new()),
            },
        });
        Ok(rehearsals.collect())
    }

    /// All in one transaction, or, if one of them is refused, each in its own.
    async fn preview_each(
        &self,
        changes: &[Change<'_>],
    ) -> Result<Vec<Result<Preview, Refusal>>, ConsolidateError> {
        if let Ok(previews) = self.preview(changes).await? {
            return Ok(previews.into_iter().map(Ok).collect());
        }
        let mut previews = Vec::with_capacity(changes.len());
        for change in changes {
            let preview = self.preview(std::slice::from_ref(change)).await?;
            previews.extend(preview.map_or_else(
                |refusal| vec![Err(refusal)],
                |previews| previews.into_iter().map(Ok).collect(),
            ));
        }
        Ok(previews)
    }

    async fn preview(
        &self,
        changes: &[Change<'_>],
    ) -> Result<Result<Vec<Preview>, Refusal>, ConsolidateError> {
        let previews = self
            .guard()
            .run(|| self.store().preview(changes, self.now()))
            .await;
        match previews {
            Ok(previews) => Ok(Ok(previews)),
            Err(Exhausted {
                gave_up: GaveUp::Permanent,
                error: ApplyError::Refused(refusal),
                ..
            }) => Ok(Err(refusal)),
            Err(exhausted) => Err(WriteError::Unavailable(exhausted).into()),
        }
    }
}

fn change<'a>(read: &Read<'a>) -> Option<Change<'a>> {
    match read {
        Read::Change(change) => Some((**change).clone()),
        Read::Unreadable(_) => None,
    }
}

fn refused(refusal: &Refusal) -> Replayed {
    Replayed::Failed(Reason::StoreRefusedRecord, said(refusal))
}

fn said(refusal: &Refusal) -> String {
    let code = refusal.code.as_deref().unwrap_or("none");
    format!("code {code}: {}", refusal.message)
}
