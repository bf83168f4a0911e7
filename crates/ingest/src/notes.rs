//! What passes through [`Ingest`](crate::Ingest) while a letter comes in again by its app's own way.
//!
//! A file is taken in by code that publishes a batch here and a batch there. So that its replay is this code and no other,
//! the app is handed an `Ingest` that notes what passes; in a rehearsal it notes and writes nothing.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use feed::{DeadLetter, DeadLetterId, Feed, Personal, SEALED};
use record::{Document, Record};
use replay::{
    Claim, Failure, ItemOutcome, Rehearsed, RowDifference, TARGETS_OBSERVED_MAX, Taken,
    Unavailable, Unit,
};
use serde_json::{Value, json, value::RawValue};

use crate::{
    front_door::{location, with_claim, written_from},
    sample::Sample,
};

/// What became of a unit.
#[derive(Debug)]
pub enum Passed {
    /// This.
    Decided(Taken),
    /// Everything in it was in the feed before; perhaps through an earlier process of the same plan.
    WasThere(Vec<Claim>),
}

/// What became of the records and rejections of one letter. Clones share it.
#[derive(Debug, Clone)]
pub struct Notes {
    purpose: Arc<Purpose>,
    noted: Arc<Mutex<Noted>>,
}

#[derive(Debug)]
struct Purpose {
    letter: DeadLetterId,
    /// The unit as it comes in.
    unit: Vec<u8>,
    /// What its records name as the place that they were read from.
    location: String,
    is_rehearsal: bool,
}

#[derive(Debug)]
struct Noted {
    documents: Sample<(Box<RawValue>, Claim)>,
    brought: Sample<Claim>,
    there: Sample<Claim>,
    /// The letter's own unit failed.
    failure: Option<Failure>,
    /// Something in it failed by itself, which is a letter of its own.
    part_failed: Option<Failure>,
    superseded: Option<String>,
}

impl Notes {
    /// For a letter that a plan brings in.
    #[must_use]
    pub fn of_replay(unit: &Unit, plan: &str) -> Self {
        Self::new(unit, plan, false)
    }

    /// For a letter of which is asked what it would do.
    #[must_use]
    pub fn of_rehearsal(unit: &Unit) -> Self {
        Self::new(unit, "rehearsal", true)
    }

    fn new(unit: &Unit, plan: &str, is_rehearsal: bool) -> Self {
        Self {
            purpose: Arc::new(Purpose {
                letter: unit.letter.id.clone(),
                unit: unit.bytes.trim_ascii().to_vec(),
                location: location(&unit.letter, plan),
                is_rehearsal,
            }),
            noted: Arc::new(Mutex::new(Noted::default())),
        }
    }

    /// Says that the unit fails.
    pub fn fail(&self, failure: Failure) {
        self.noted().failure.get_or_insert(failure);
    }

    /// Says that the unit changes nothing any more, because this newer version is there.
    pub fn supersede(&self, version: String) {
        self.noted().superseded.get_or_insert(version);
    }

    pub(crate) fn is_rehearsal(&self) -> bool {
        self.purpose.is_rehearsal
    }

    /// The document of a record that says where it was read from.
    pub(crate) fn document(&self, record: &Record<'_>) -> Document {
        self.with_claim(record).0
    }

    fn with_claim(&self, record: &Record<'_>) -> (Document, Claim) {
        let location = self.purpose.location.clone();
        with_claim(&record.clone().with_raw_location(location))
    }

    pub(crate) fn would_publish(&self, records: &[Record<'_>]) {
        let mut noted = self.noted();
        for record in records {
            noted.documents.add(|| {
                let (document, claim) = self.with_claim(record);
                let json = RawValue::from_string(document.json().to_owned());
                (json.unwrap_or_default(), claim)
            });
        }
    }

    pub(crate) fn created(&self, record: &Record<'_>) {
        self.noted().brought.add(|| self.with_claim(record).1);
    }

    pub(crate) fn was_there(&self, record: &Record<'_>) {
        self.noted().there.add(|| self.with_claim(record).1);
    }

    /// Notes a letter that is to be written. False if it is not: it is the one that is replayed, or this is a rehearsal.
    pub(crate) fn is_written(&self, letter: &DeadLetter<'_>) -> bool {
        let failure = Failure {
            reason: letter.reason.code().to_owned(),
            place: letter.place.clone(),
            // It goes into plans and attempts, which anybody reads who may look at letters.
            detail: match letter.evidence.personal {
                Personal::BytesAndValue => SEALED.to_owned(),
                Personal::Nothing | Personal::Bytes => letter.detail.clone(),
            },
        };
        let is_own =
            letter.raw.0.trim_ascii() == self.purpose.unit || letter.id() == self.purpose.letter;
        let mut noted = self.noted();
        if is_own {
            noted.failure.get_or_insert(failure);
            return false;
        }
        noted.part_failed.get_or_insert(failure);
        !self.purpose.is_rehearsal
    }

    /// What the unit would do.
    #[must_use]
    pub fn rehearsed(self) -> Rehearsed {
        let noted = self.into_noted();
        if let Some(failure) = noted.failure {
            return Rehearsed::Fail(failure);
        }
        if let Some(version) = noted.superseded {
            return Rehearsed::Write {
                rows: vec![superseded_by(&version)],
            };
        }
        match (noted.documents.seen(), noted.part_failed) {
            (0, Some(failure)) => Rehearsed::Fail(failure),
            (of, _) => Rehearsed::Publish {
                documents: documents(noted.documents),
                of,
            },
        }
    }

    /// The records that the unit would bring, at most [`TARGETS_OBSERVED_MAX`] of them.
    #[must_use]
    pub fn claims(self) -> Vec<Claim> {
        let documents = self.into_noted().documents.into_vec();
        documents.into_iter().map(|(_, claim)| claim).collect()
    }

    /// What became of the unit, as far as it is seen from here.
    #[must_use]
    pub fn passed(self) -> Passed {
        let noted = self.into_noted();
        if let Some(failure) = noted.failure {
            return Passed::Decided(Taken::Failed(failure));
        }
        if noted.brought.seen() > 0 {
            return Passed::Decided(Taken::Published(noted.brought.into_vec()));
        }
        if let Some(version) = noted.superseded {
            let outcome = ItemOutcome::Superseded {
                version,
                source: None,
                document: None,
                correlation_id: None,
            };
            return Passed::Decided(Taken::Settled(outcome, Vec::new()));
        }
        match (noted.there.seen(), noted.part_failed) {
            (0, Some(failure)) => Passed::Decided(Taken::Failed(failure)),
            _ => Passed::WasThere(noted.there.into_vec()),
        }
    }

    /// Those of the records that an earlier process of the same plan brought.
    ///
    /// # Errors
    /// When the feed does not answer.
    pub async fn brought_before(
        &self,
        feed: &Feed,
        claims: &[Claim],
    ) -> Result<Vec<Claim>, Unavailable> {
        let mine = written_from(feed, claims, &self.purpose.location).await?;
        let ours = claims.iter().filter(|claim| mine.contains(*claim));
        Ok(ours.cloned().collect())
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn into_noted(self) -> Noted {
        std::mem::take(&mut *self.noted())
    }
}

impl Default for Noted {
    fn default() -> Self {
        Self {
            documents: Sample::of_at_most(TARGETS_OBSERVED_MAX),
            brought: Sample::of_at_most(TARGETS_OBSERVED_MAX),
            there: Sample::of_at_most(TARGETS_OBSERVED_MAX),
            failure: None,
            part_failed: None,
            superseded: None,
        }
    }
}

fn documents(sample: Sample<(Box<RawValue>, Claim)>) -> Vec<Box<RawValue>> {
    let kept = sample.into_vec().into_iter();
    kept.map(|(document, _)| document).collect()
}

/// Nothing is written; what is there is newer.
fn superseded_by(version: &str) -> RowDifference {
    RowDifference {
        document: String::new(),
        table: String::new(),
        key: String::new(),
        outcome: "superseded".to_owned(),
        is_new: false,
        changes: Value::Null,
        standing: json!({ "version": version }),
    }
}
