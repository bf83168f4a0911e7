//! How letters about files come in again: a part of a file as a small message, everything else as the file itself.

use std::{
    fmt,
    pin::Pin,
    time::{Duration, Instant},
};

use feed::Reason;
use futures::FutureExt as _;
use ingest::{Ingest, Normalized, Notes, Passed};
use jiff::Timestamp;
use record::{Record, Source};
use replay::{
    Claim, DoorFuture, Failure, FrontDoor, ItemOutcome, Rehearsed, Taken, Unavailable, Unit,
};

use crate::{Delivery, DropError, DroppedFile, Drops, MessageError, Notice, Progress, TakeError};

/// Time for the letters of one call. With the file that is under way then, less than an HTTP request of the platform has.
const TAKE_WITHIN: Duration = Duration::from_secs(60);

/// Time for one invocation with a file that comes in again.
const FILE_WITHIN: Duration = Duration::from_secs(40);

/// A file that comes back after no more than this only needs more time; one that still grows is waited for longer.
const MORE_TIME: Duration = Duration::from_secs(1);

/// What an app's own code returns.
pub type FileFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, TakeError>> + Send + 'a>>;

/// What an app does with a file and with a part of one: the code that its trigger calls.
pub trait Files: Send + Sync + 'static {
    /// Takes in a file by way of `ingest`, in about this time. Where that rehearses, nothing else is written either, and
    /// the file is read from its start, wherever an earlier run came to.
    fn take(
        &self,
        ingest: Ingest,
        delivery: Delivery,
        within: Duration,
    ) -> FileFuture<'_, Progress>;

    /// Takes in a part of a file by way of `ingest`.
    fn take_part<'a>(&'a self, ingest: Ingest, part: Part<'a>) -> FileFuture<'a, ()>;

    /// Whether what this letter holds can come in as a part by itself, although there is no message around it.
    fn is_message(&self, letter: &feed::Letter) -> bool;
}

/// A unit of a file, as it comes in again.
#[derive(Debug)]
pub struct Part<'a> {
    /// The file that it is from. Of its length nothing is known.
    pub delivery: Delivery,
    /// Where in the file.
    pub place: &'a str,
    /// The unit, with the correction that stands.
    pub bytes: &'a [u8],
    /// The smallest message that brings it in, with the unit in it.
    pub message: &'a [u8],
    /// Whether somebody corrected it; it is UTF-8 then, whatever the file is.
    pub is_corrected: bool,
}

/// The front door of an app that reads files.
///
/// - A unit with a message around it comes in as that message, a row with its header or a set with its envelope.
/// - A message of the queue, or what is known of a file as a whole, comes in as the file: by the app's own way, with its
///   checkpoints, so that what an earlier run left undone is done.
pub struct FileDoor<F> {
    ingest: Ingest,
    drops: Drops,
    source: Source,
    files: F,
}

impl<F> fmt::Debug for FileDoor<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileDoor")
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

/// As what a letter comes in.
enum Coming {
    /// As the record that the feed refused.
    Record,
    /// As a part of this file.
    Part(DroppedFile),
    /// As this file.
    File(DroppedFile),
    /// Not at all.
    Nothing(Failure),
}

/// How far a letter came.
enum Came {
    ToItsEnd,
    /// It needs more time than this call has.
    Halfway,
    Nowhere(Failure),
}

impl<F: Files> FileDoor<F> {
    /// For the files of this source.
    pub const fn new(ingest: Ingest, drops: Drops, source: Source, files: F) -> Self {
        Self {
            ingest,
            drops,
            source,
            files,
        }
    }

    async fn rehearse_one(
        &self,
        unit: &Unit,
        within: Duration,
    ) -> Result<(Notes, Came), Unavailable> {
        let notes = Notes::of_rehearsal(unit);
        let came = self.come(unit, &notes, within).await?;
        Ok((notes, came))
    }

    async fn take_one(
        &self,
        unit: &Unit,
        plan: &str,
        until: Instant,
    ) -> Result<Taken, Unavailable> {
        let left = |until: Instant| until.saturating_duration_since(Instant::now());
        if left(until).is_zero() {
            return Ok(Taken::Later);
        }
        let notes = Notes::of_replay(unit, plan);
        loop {
            match self.come(unit, &notes, FILE_WITHIN).await? {
                Came::ToItsEnd => break,
                Came::Halfway if left(until).is_zero() => return Ok(Taken::Later),
                Came::Halfway => {}
                Came::Nowhere(failure) => return Ok(Taken::Failed(failure)),
            }
        }
        match notes.clone().passed() {
            Passed::Decided(taken) => Ok(taken),
            Passed::WasThere(claims) => self.brought_before(unit, &notes, claims).await,
        }
    }

    /// Everything is there. An earlier step or process of the plan may have brought it, or a create whose answer was lost: the
    /// records say so themselves, and
    /// which records those are, a rehearsal says, since what a checkpoint has behind it does not pass again.
    async fn brought_before(
        &self,
        unit: &Unit,
        notes: &Notes,
        mut claims: Vec<Claim>,
    ) -> Result<Taken, Unavailable> {
        let (rehearsal, _) = self.rehearse_one(unit, FILE_WITHIN).await?;
        claims.extend(rehearsal.claims());
        let mut seen = std::collections::HashSet::new();
        claims.retain(|claim| seen.insert(claim.document.clone()));
        let ours = notes.brought_before(self.ingest.feed(), &claims).await?;
        match ours.is_empty() {
            true => Ok(Taken::Settled(ItemOutcome::Duplicate, claims)),
            false => Ok(Taken::Published(ours)),
        }
    }

    /// Has the app take the unit in; `notes` has what passed.
    async fn come(
        &self,
        unit: &Unit,
        notes: &Notes,
        within: Duration,
    ) -> Result<Came, Unavailable> {
        let ingest = self.ingest.noting(notes.clone());
        let arrived = instant(unit.letter.at.0);
        let arrival = || unit.letter.arrival.clone();
        let came = match self.coming(unit).await? {
            Coming::Nothing(failure) => return Ok(Came::Nowhere(failure)),
            Coming::Record => self.come_as_record(unit, &ingest).await,
            Coming::Part(file) => {
                let part = Part {
                    delivery: Delivery::of_replay(file, arrival(), arrived),
                    place: &unit.letter.place,
                    bytes: &unit.bytes,
                    message: message(unit).unwrap_or(&unit.bytes),
                    is_corrected: unit.corrected,
                };
                let taken = self.files.take_part(ingest, part).await;
                taken.map(|()| Came::ToItsEnd)
            }
            Coming::File(file) => {
                let key = file.key();
                let delivery = Delivery::of_replay(file, arrival(), arrived);
                let taken = self.files.take(ingest, delivery, within).await;
                taken.map(|progress| match progress {
                    Progress::Finished => Came::ToItsEnd,
                    Progress::ComeBack(after) if after <= MORE_TIME => Came::Halfway,
                    Progress::ComeBack(_) => {
                        let detail = "the file may still grow; replay it later".to_owned();
                        Came::Nowhere(failure(unit.letter.reason, key, detail))
                    }
                })
            }
        };
        came.or_else(|error| match refused(unit, &error) {
            Some(failure) => Ok(Came::Nowhere(failure)),
            None => Err(away(&error)),
        })
    }

    async fn come_as_record(&self, unit: &Unit, ingest: &Ingest) -> Result<Came, TakeError> {
        let text = std::str::from_utf8(&unit.bytes).unwrap_or_default();
        let Ok(record) = Record::parse(text) else {
            let detail = "the bytes are no record".to_owned();
            let place = unit.letter.place.clone();
            return Ok(Came::Nowhere(failure(unit.letter.reason, place, detail)));
        };
        let file = self.file_of(unit).unwrap_or_else(|| nowhere(unit));
        let arrival = unit.letter.arrival.clone();
        let delivery = Delivery::of(file, arrival, instant(unit.letter.at.0));
        let message = delivery.message(self.source, &[]);
        let normalized = Normalized {
            records: vec![record],
            rejections: Vec::new(),
        };
        Box::pin(ingest.take(&message, normalized)).await?;
        Ok(Came::ToItsEnd)
    }

    async fn coming(&self, unit: &Unit) -> Result<Coming, Unavailable> {
        let letter = &unit.letter;
        let text = std::str::from_utf8(&unit.bytes).unwrap_or_default();
        let has_message = message(unit).is_some();
        let is_record = letter.reason == Reason::FeedRefusedRecord && !has_message;
        if is_record && Record::parse(text).is_ok() {
            return Ok(Coming::Record);
        }
        let Some(file) = self.file_of(unit) else {
            // Not about a file that was read: a message of the queue.
            return Ok(announced(text, letter.reason));
        };
        if has_message || self.files.is_message(letter) {
            return Ok(Coming::Part(file));
        }
        if unit.corrected {
            let detail = "only the beginning of the file is in the letter; have the file dropped again, corrected";
            let failure = failure(letter.reason, file.key(), detail.to_owned());
            return Ok(Coming::Nothing(failure));
        }
        let found = self.drops.find(&file.container, &file.name).await;
        match found.map_err(|error| away(&TakeError::Drop(error)))? {
            Some(found) if found.etag == file.etag => Ok(Coming::File(found)),
            Some(_) => {
                let detail = "the file is another version by now, which came by itself".to_owned();
                Ok(Coming::Nothing(failure(
                    Reason::FileGone,
                    file.key(),
                    detail,
                )))
            }
            None => {
                let detail = format!("{} does not exist", file.path());
                Ok(Coming::Nothing(failure(
                    Reason::FileGone,
                    file.key(),
                    detail,
                )))
            }
        }
    }

    /// The file that the letter's unit was read from.
    fn file_of(&self, unit: &Unit) -> Option<DroppedFile> {
        let letter = &unit.letter;
        let noted = letter.arrival.iter();
        let noted = noted
            .filter(|(name, _)| name == WRITTEN_AT)
            .find_map(|(_, value)| value.parse().ok());
        let written_at = noted.unwrap_or_else(|| instant(letter.at.0));
        DroppedFile::from_key(letter.message_id.as_deref()?, written_at)
    }
}

impl<F: Files> FrontDoor for FileDoor<F> {
    fn needs_message(&self) -> bool {
        true
    }

    fn rehearse<'a>(&'a self, units: &'a [Unit]) -> DoorFuture<'a, Rehearsed> {
        let count = u32::try_from(units.len().max(1)).unwrap_or(u32::MAX);
        // A long file is rehearsed as far as this comes.
        let within = TAKE_WITHIN / count;
        async move {
            let mut rehearsed = Vec::with_capacity(units.len());
            for unit in units {
                let (notes, came) = Box::pin(self.rehearse_one(unit, within)).await?;
                rehearsed.push(match came {
                    Came::Nowhere(failure) => Rehearsed::Fail(failure),
                    Came::ToItsEnd | Came::Halfway => notes.rehearsed(),
                });
            }
            Ok(rehearsed)
        }
        .boxed()
    }

    fn take<'a>(&'a self, units: &'a [Unit], plan: &'a str) -> DoorFuture<'a, Taken> {
        let until = Instant::now() + TAKE_WITHIN;
        async move {
            let mut taken = Vec::with_capacity(units.len());
            for unit in units {
                taken.push(Box::pin(self.take_one(unit, plan, until)).await?);
            }
            Ok(taken)
        }
        .boxed()
    }
}

/// When the file was written, among what is kept of how it arrived.
pub(crate) const WRITTEN_AT: &str = "file_written_at";

/// The message around the unit.
fn message(unit: &Unit) -> Option<&[u8]> {
    let message = unit.message.as_deref();
    message.filter(|message| !message.is_empty())
}

/// The file that a message of the queue tells of.
fn announced(text: &str, reason: Reason) -> Coming {
    match DroppedFile::from_message(text) {
        Ok(Notice::Uploaded(file)) => Coming::File(file),
        Ok(Notice::Unfinished { .. } | Notice::Other { .. }) => {
            let detail = "the message tells of nothing that is to be read".to_owned();
            Coming::Nothing(failure(reason, "$".to_owned(), detail))
        }
        Err(error) => Coming::Nothing(no_event(&error)),
    }
}

fn no_event(error: &MessageError) -> Failure {
    failure(Reason::MalformedMessage, "$".to_owned(), error.to_string())
}

fn failure(reason: Reason, place: String, detail: String) -> Failure {
    Failure {
        reason: reason.code().to_owned(),
        place,
        detail,
    }
}

/// The failure of the letter that an error is; none for one that has nothing to do with it.
fn refused(unit: &Unit, error: &TakeError) -> Option<Failure> {
    let reason = match error {
        TakeError::Drop(DropError::Missing { .. }) => Reason::FileGone,
        TakeError::Drop(error) if error.is_about_the_file() => Reason::Unsupported,
        TakeError::Overtaken => unit.letter.reason,
        TakeError::Drop(_) | TakeError::Ingest(_) | TakeError::Feed(_) => return None,
    };
    let place = unit.letter.place.clone();
    Some(failure(reason, place, error.to_string()))
}

fn away(error: &TakeError) -> Unavailable {
    match error {
        TakeError::Drop(error) => Unavailable::of(error),
        TakeError::Ingest(error) => Unavailable::of(error),
        TakeError::Feed(error) => Unavailable::of(error),
        TakeError::Overtaken => Unavailable {
            detail: error.to_string(),
            retry_after: None,
        },
    }
}

/// Stands for the file of a letter that names none.
fn nowhere(unit: &Unit) -> DroppedFile {
    DroppedFile {
        container: String::new(),
        name: unit.letter.message_id.clone().unwrap_or_default(),
        etag: String::new(),
        length: 0,
        written_at: instant(unit.letter.at.0),
        event_id: None,
        url: None,
    }
}

fn instant(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or_default()
}
