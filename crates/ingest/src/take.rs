//! One message, all the way to where it is durable.

use std::borrow::Cow;

use feed::{
    DeadLetter, Evidence, Feed, FeedError, Personal, PublishOutcome, RawBytes, Reason, Stage,
};
use futures::{FutureExt, StreamExt, stream};
use record::{Document, Record};
use replay::Traffic;
use telemetry::steps::Moment;

use crate::{
    Contract, IngestError, Message, NoSealKey, Normalized, Notes, Rejection, evidence::find,
    told::Told,
};

/// Most dead letters of one message that are written at a time.
const LETTERS_IN_FLIGHT_MAX: usize = 16;

/// Takes in the messages of one app.
#[derive(Debug, Clone)]
pub struct Ingest {
    feed: Feed,
    app: &'static str,
    version: &'static str,
    contract: Contract,
    traffic: Traffic,
    notes: Option<Notes>,
}

/// A rejection, with the document if it came that far.
struct Rejected<'a> {
    rejection: Rejection<'a>,
    normalized: Option<Vec<u8>>,
}

/// What became of a message's units; `received` is the sum of the three after it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Taken {
    /// Records and rejections in the message.
    pub received: usize,
    /// Records that are new in the feed.
    pub created: usize,
    /// Records that were there already.
    pub duplicate: usize,
    /// Units that are among the dead letters, now or from an earlier time.
    pub dead_lettered: usize,
    /// What publishing the records cost, in request units.
    pub request_charge: f64,
}

impl Ingest {
    /// For the app of this name and version.
    #[must_use]
    pub fn new(feed: Feed, app: &'static str, version: &'static str) -> Self {
        Self {
            feed,
            app,
            version,
            contract: Contract::default(),
            traffic: Traffic::default(),
            notes: None,
        }
    }

    /// The same, with what the app knows about its source's format.
    ///
    /// # Errors
    /// Personal fields in the contract, and a feed that has no key to seal them with.
    pub fn under(mut self, contract: Contract) -> Result<Self, NoSealKey> {
        if !contract.personal.is_empty() && !self.feed.can_seal() {
            return Err(NoSealKey);
        }
        self.contract = contract;
        Ok(self)
    }

    /// The same, for the unit of a letter that comes in again: notes what passes and, in a rehearsal, writes nothing.
    #[must_use]
    pub fn noting(&self, notes: Notes) -> Self {
        Self {
            notes: Some(notes),
            ..self.clone()
        }
    }

    /// What passes is noted here while a letter comes in again.
    #[must_use]
    pub const fn notes(&self) -> Option<&Notes> {
        self.notes.as_ref()
    }

    /// Whether nothing may be written, because it is only asked what would be.
    #[must_use]
    pub fn is_rehearsal(&self) -> bool {
        self.notes.as_ref().is_some_and(Notes::is_rehearsal)
    }

    /// The messages that are being taken in, which a replay lets go first.
    #[must_use]
    pub const fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// Version of the app.
    pub(crate) const fn version(&self) -> &'static str {
        self.version
    }

    /// What the app knows about its source's format.
    pub(crate) const fn contract(&self) -> &Contract {
        &self.contract
    }

    /// The feed that it writes to.
    #[must_use]
    pub const fn feed(&self) -> &Feed {
        &self.feed
    }

    /// Publishes the records and buries the rejections. `Ok` means that every one of them is durable.
    ///
    /// # Errors
    /// When anything of the message is not durable; nothing may be acknowledged then. Taking the same message again is
    /// harmless.
    pub async fn take(
        &self,
        message: &Message<'_>,
        normalized: Normalized<'_>,
    ) -> Result<Taken, IngestError> {
        // A letter that comes in again is not what it lets go first.
        let _under_way = self.notes.is_none().then(|| self.traffic.begin());
        let told = (!self.is_rehearsal()).then(Told::begin);
        let Normalized {
            records,
            rejections,
        } = normalized;
        let rejected = |rejection| Rejected {
            rejection,
            normalized: None,
        };
        let mut rejections: Vec<Rejected<'_>> = rejections.into_iter().map(rejected).collect();
        let mut taken = Taken {
            received: records.len() + rejections.len(),
            ..Taken::default()
        };
        let mut failures = self
            .publish(
                message,
                &records,
                &mut rejections,
                &mut taken,
                told.as_ref(),
            )
            .await;
        taken.dead_lettered = rejections.len();
        failures.extend(self.bury_all(message, rejections).await);
        let undecided = failures.len();
        if let Some(told) = &told {
            told.end(message, &taken, undecided);
        }
        match failures.into_iter().next() {
            None => {
                if !self.is_rehearsal() {
                    log_taken(message, &taken);
                }
                Ok(taken)
            }
            Some(error) => Err(IngestError {
                received: taken.received,
                undecided,
                error,
            }),
        }
    }

    /// Publishes the records. Those that the feed refuses for what they are join the rejections; other failures are
    /// returned.
    async fn publish<'a>(
        &self,
        message: &Message<'a>,
        records: &[Record<'_>],
        rejections: &mut Vec<Rejected<'a>>,
        taken: &mut Taken,
        told: Option<&Told>,
    ) -> Vec<FeedError> {
        if let Some(notes) = self.notes.as_ref().filter(|notes| notes.is_rehearsal()) {
            notes.would_publish(records);
            return Vec::new();
        }
        let document = |record: &Record<'_>| match &self.notes {
            Some(notes) => notes.document(record),
            None => record.to_document(),
        };
        let documents: Vec<Document> = records.iter().map(document).collect();
        let began = Moment::now();
        let publication = self.feed.publish(documents).await;
        if let Some(told) = told {
            told.published(message, records, &publication.outcomes, began);
        }
        taken.request_charge = publication.request_charge;
        let mut failures = Vec::new();
        for (record, outcome) in records.iter().zip(publication.outcomes) {
            match outcome {
                PublishOutcome::Created => {
                    taken.created += 1;
                    self.notes.iter().for_each(|notes| notes.created(record));
                }
                PublishOutcome::Duplicate => {
                    taken.duplicate += 1;
                    self.notes.iter().for_each(|notes| notes.was_there(record));
                }
                PublishOutcome::Failed(error) if error.refuses_document() => {
                    rejections.push(refused(message, record, &error));
                }
                PublishOutcome::Failed(error) => failures.push(error),
            }
        }
        failures
    }

    async fn bury_all(
        &self,
        message: &Message<'_>,
        rejections: Vec<Rejected<'_>>,
    ) -> Vec<FeedError> {
        // Boxed here and not in the stream: a closure over borrowed units, kept across an await, would not be `Send`.
        let letters: Vec<_> = rejections
            .into_iter()
            .map(|rejection| self.bury(message, rejection).boxed())
            .collect();
        let mut letters = stream::iter(letters).buffer_unordered(LETTERS_IN_FLIGHT_MAX);
        let mut failures = Vec::new();
        while let Some(result) = letters.next().await {
            failures.extend(result.err());
        }
        failures
    }

    /// Buries parts of a message that a replay brought in as a whole.
    pub(crate) async fn bury_parts(
        &self,
        message: &Message<'_>,
        rejections: Vec<Rejection<'_>>,
    ) -> Result<(), FeedError> {
        let rejected = |rejection| Rejected {
            rejection,
            normalized: None,
        };
        let rejected = rejections.into_iter().map(rejected).collect();
        let failures = self.bury_all(message, rejected).await;
        failures.into_iter().next().map_or(Ok(()), Err)
    }

    async fn bury(&self, message: &Message<'_>, rejected: Rejected<'_>) -> Result<(), FeedError> {
        let Rejected {
            rejection,
            normalized,
        } = rejected;
        let field_paths = (self.contract.field_paths)(&rejection);
        let personal = self.contract.personal(&rejection, &field_paths);
        let value = self.contract.value(message, &rejection, &field_paths);
        let value = value.map(|value| Cow::Owned(value.into_owned()));
        let letter = DeadLetter {
            app: self.app,
            source: Some(message.source),
            stage: Stage::Ingest,
            reason: rejection.reason,
            place: rejection.place,
            detail: rejection.detail,
            raw: RawBytes(&rejection.raw),
            arrival: &message.arrival,
            message_id: Some(message.message_id.clone().into_owned()),
            record_key: rejection.record_key,
            correlation_id: message.correlation_id.clone().into_owned(),
            traceparent: message.traceparent.clone().map(Cow::into_owned),
            app_version: self.version,
            at: message.received_at,
            attempts: Vec::new(),
            evidence: Evidence {
                message: rejection.message.as_deref(),
                value,
                personal,
                field_path: field_paths.into_iter().next(),
                schema_version: Cow::Borrowed((self.contract.schema_version)(message)),
                normalized: normalized.map(Cow::Owned),
                ..Evidence::default()
            },
        };
        if !self.notes.iter().all(|notes| notes.is_written(&letter)) {
            return Ok(());
        }
        self.feed.dead_letter(&letter).await?;
        log_dead_lettered(message, &letter, personal);
        Ok(())
    }
}

/// A record that the feed refuses. Its unit is looked up in the message; where it is not found, the document stands in.
fn refused<'a>(message: &Message<'a>, record: &Record<'_>, error: &FeedError) -> Rejected<'a> {
    let place = record.provenance().raw.place.to_string();
    let document = record.to_document().json().as_bytes().to_vec();
    let text = std::str::from_utf8(message.raw).ok();
    let unit = text.and_then(|text| find(text, &place));
    Rejected {
        rejection: Rejection {
            reason: Reason::FeedRefusedRecord,
            place,
            detail: error.to_string(),
            raw: match unit {
                Some(unit) => Cow::Borrowed(unit.as_bytes()),
                None => Cow::Owned(document.clone()),
            },
            record_key: Some(record.key().as_str().to_owned()),
            // The app said nothing of this unit; the whole message has what it needs. The document is the record itself.
            message: unit.map(|_| message.raw.into()),
        },
        normalized: Some(document),
    }
}

fn log_taken(message: &Message<'_>, taken: &Taken) {
    tracing::info!(
        event = "ingested",
        source = message.source.as_str(),
        message_id = &*message.message_id,
        correlation_id = &*message.correlation_id,
        received = taken.received,
        created = taken.created,
        duplicate = taken.duplicate,
        dead_lettered = taken.dead_lettered,
        request_charge = taken.request_charge,
    );
}

fn log_dead_lettered(message: &Message<'_>, letter: &DeadLetter<'_>, personal: Personal) {
    // The detail quotes the value.
    let detail = (personal != Personal::BytesAndValue).then_some(letter.detail.as_str());
    tracing::warn!(
        event = "dead_lettered",
        source = message.source.as_str(),
        message_id = &*message.message_id,
        correlation_id = &*message.correlation_id,
        dead_letter_id = letter.id().as_str(),
        reason = letter.reason.code(),
        place = letter.place.as_str(),
        detail,
        source_key = letter.record_key.as_deref(),
        fingerprint = letter.fingerprint().as_str(),
    );
}
