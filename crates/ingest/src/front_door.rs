//! Letters come in the way messages do: normalized by the app's own code, published by [`Feed::publish`].

use std::{collections::HashSet, fmt, sync::Arc};

use feed::{Feed, PublishOutcome, Reason};
use futures::{FutureExt as _, StreamExt as _, stream};
use record::{Document, Record, Source};
use replay::{
    Claim, DoorFuture, Failure, FrontDoor, ItemOutcome, Rehearsed, Taken, Unavailable, Unit,
};
use serde_json::value::RawValue;
use telemetry::correlation::Traceparent;

use crate::{Ingest, Message, Normalized, Rejection};

/// Documents read back at a time.
const READS_IN_FLIGHT_MAX: usize = 16;

/// What an app makes of a message: the code that its trigger calls.
pub trait Normalize: Send + Sync {
    /// The records in a message, and what of it could not be taken.
    fn normalize<'a>(&'a self, message: &'a Message<'a>) -> Normalized<'a>;
}

impl<F> Normalize for F
where
    F: for<'a> Fn(&'a Message<'a>) -> Normalized<'a> + Send + Sync,
{
    fn normalize<'a>(&'a self, message: &'a Message<'a>) -> Normalized<'a> {
        self(message)
    }
}

/// The front door of an upstream's app.
#[derive(Clone)]
pub struct Door {
    ingest: Ingest,
    source: Source,
    normalize: Arc<dyn Normalize>,
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Door")
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

/// What a unit comes to.
struct Coming {
    documents: Vec<(Document, Claim)>,
    failure: Option<Failure>,
}

impl Door {
    /// For messages of this source.
    pub fn new(ingest: Ingest, source: Source, normalize: impl Normalize + 'static) -> Self {
        Self {
            ingest,
            source,
            normalize: Arc::new(normalize),
        }
    }

    /// The message as which a unit comes in.
    fn message<'a>(&self, unit: &'a Unit) -> Message<'a> {
        let letter = &unit.letter;
        Message {
            source: letter.source.unwrap_or(self.source),
            message_id: letter.message_id.as_deref().unwrap_or_default().into(),
            correlation_id: letter.correlation_id.as_str().into(),
            // From here it is followed to the report, whether or not its message was.
            traceparent: Traceparent::of_replay().map(|place| place.as_str().to_owned().into()),
            received_at: letter.at,
            raw: unit.message.as_ref().unwrap_or(&unit.bytes),
            arrival: letter.arrival.clone(),
        }
    }

    /// What a unit comes to, and the parts of it that fail by themselves.
    fn come<'a>(
        &'a self,
        unit: &'a Unit,
        message: &'a Message<'a>,
        location: &str,
    ) -> (Coming, Vec<Rejection<'a>>) {
        let mut normalized = match refused_record(unit) {
            Some(record) => Normalized {
                records: vec![record],
                rejections: Vec::new(),
            },
            None => self.normalize.normalize(message),
        };
        let is_part = unit.letter.message.is_some();
        let is_own = |rejection: &Rejection<'_>| {
            let raw = rejection.raw.trim_ascii();
            raw == unit.bytes.trim_ascii() || raw == message.raw.trim_ascii()
        };
        let own = normalized.rejections.iter().position(is_own);
        // A message of which nothing can be taken fails as a whole, whichever part of it is to blame.
        let nothing_else = normalized.records.is_empty() && !normalized.rejections.is_empty();
        let own = own.or(nothing_else.then_some(0));
        if let Some(own) = own {
            let rejection = normalized.rejections.swap_remove(own);
            let failure = Failure {
                reason: rejection.reason.code().to_owned(),
                detail: self.ingest.contract().told(&rejection),
                place: rejection.place,
            };
            let coming = Coming {
                documents: Vec::new(),
                failure: Some(failure),
            };
            return (coming, Vec::new());
        }
        let records = normalized.records.into_iter();
        let documents = records
            .map(|record| with_claim(&record.with_raw_location(location.to_owned())))
            .collect();
        let coming = Coming {
            documents,
            failure: None,
        };
        let mut others = normalized.rejections;
        // The neighbours of a part have letters of their own already; the parts of a part may have none.
        others.retain(|other| !is_part || stands_in(&unit.bytes, other.raw.trim_ascii()));
        (coming, others)
    }

    async fn take_in(&self, units: &[Unit], plan: &str) -> Result<Vec<Taken>, Unavailable> {
        let (mut comings, mut documents) = (Vec::with_capacity(units.len()), Vec::new());
        for unit in units {
            let message = self.message(unit);
            let (coming, others) = self.come(unit, &message, &location(&unit.letter, plan));
            self.ingest.bury_parts(&message, others).await?;
            documents.extend(
                coming
                    .documents
                    .iter()
                    .map(|(document, _)| document.clone()),
            );
            comings.push(coming);
        }
        let publication = self.ingest.feed().publish(documents).await;
        let mut outcomes = publication.outcomes.into_iter();
        let mut taken = Vec::with_capacity(units.len());
        for (unit, coming) in units.iter().zip(comings) {
            let outcomes: Vec<_> = outcomes.by_ref().take(coming.documents.len()).collect();
            taken.push(self.taken(unit, coming, outcomes, plan).await?);
        }
        Ok(taken)
    }

    async fn taken(
        &self,
        unit: &Unit,
        coming: Coming,
        outcomes: Vec<PublishOutcome>,
        plan: &str,
    ) -> Result<Taken, Unavailable> {
        if let Some(failure) = coming.failure {
            return Ok(Taken::Failed(failure));
        }
        let (mut ours, mut there) = (Vec::new(), Vec::new());
        for ((_, claim), outcome) in coming.documents.into_iter().zip(outcomes) {
            match outcome {
                PublishOutcome::Created => ours.push(claim),
                PublishOutcome::Duplicate => there.push(claim),
                PublishOutcome::Failed(error) if error.refuses_document() => {
                    return Ok(Taken::Failed(Failure {
                        reason: Reason::FeedRefusedRecord.code().to_owned(),
                        place: claim.key,
                        detail: error.to_string(),
                    }));
                }
                PublishOutcome::Failed(error) => return Err(error.into()),
            }
        }
        if !there.is_empty() {
            // A create of this plan whose answer was lost may have made them, or a process of it that died; they say so
            // themselves.
            let location = location(&unit.letter, plan);
            let mine = written_from(self.ingest.feed(), &there, &location).await?;
            ours.extend(there.iter().filter(|claim| mine.contains(*claim)).cloned());
        }
        match ours.is_empty() {
            true => Ok(Taken::Settled(ItemOutcome::Duplicate, there)),
            false => Ok(Taken::Published(ours)),
        }
    }
}

impl FrontDoor for Door {
    fn needs_message(&self) -> bool {
        true
    }

    fn rehearse<'a>(&'a self, units: &'a [Unit]) -> DoorFuture<'a, Rehearsed> {
        let rehearse = |unit: &Unit| {
            let message = self.message(unit);
            let (coming, _) = self.come(unit, &message, &location(&unit.letter, "rehearsal"));
            match coming.failure {
                Some(failure) => Rehearsed::Fail(failure),
                None => Rehearsed::Publish {
                    of: coming.documents.len(),
                    documents: coming.documents.iter().filter_map(raw_json).collect(),
                },
            }
        };
        let rehearsed = units.iter().map(rehearse).collect();
        async move { Ok(rehearsed) }.boxed()
    }

    fn take<'a>(&'a self, units: &'a [Unit], plan: &'a str) -> DoorFuture<'a, Taken> {
        self.take_in(units, plan).boxed()
    }
}

fn raw_json((document, _): &(Document, Claim)) -> Option<Box<RawValue>> {
    RawValue::from_string(document.json().to_owned()).ok()
}

/// Where a replayed record was read from: the letter, in this plan.
pub(crate) fn location(letter: &feed::Letter, plan: &str) -> String {
    format!("dead-letter:{}/{}?plan={plan}", letter.app, letter.id)
}

/// The record itself, where the letter of one that the feed refused holds it, for want of the unit that it came from.
fn refused_record(unit: &Unit) -> Option<Record<'_>> {
    let is_record = unit.letter.reason == Reason::FeedRefusedRecord && unit.message.is_none();
    let text = is_record.then(|| std::str::from_utf8(&unit.bytes).ok())?;
    Record::parse(text?).ok()
}

/// Whether a text stands in another.
fn stands_in(whole: &[u8], part: &[u8]) -> bool {
    !part.is_empty() && whole.windows(part.len()).any(|window| window == part)
}

pub(crate) fn with_claim(record: &Record<'_>) -> (Document, Claim) {
    let document = record.to_document();
    let claim = Claim {
        entity: record.entity(),
        key: record.key().as_str().to_owned(),
        version: record.version().to_string(),
        hash: record.content_hash().to_string(),
        document: document.id().to_string(),
        partition: document.partition().as_str().to_owned(),
    };
    (document, claim)
}

/// Those of the documents that were written from this place.
pub(crate) async fn written_from(
    feed: &Feed,
    claims: &[Claim],
    location: &str,
) -> Result<HashSet<Claim>, Unavailable> {
    let reads: Vec<_> = claims
        .iter()
        .map(|claim| {
            Box::pin(async move {
                let json = feed.document(&claim.partition, &claim.document).await?;
                let record = json.as_deref().map(Record::parse);
                let is_ours = matches!(record, Some(Ok(record)) if *record.provenance().raw.location == *location);
                Ok::<_, Unavailable>(is_ours.then(|| claim.clone()))
            })
        })
        .collect();
    let mut reads = stream::iter(reads).buffer_unordered(READS_IN_FLIGHT_MAX);
    let mut mine = HashSet::new();
    while let Some(read) = reads.next().await {
        mine.extend(read?);
    }
    Ok(mine)
}
