//! Letters of the consolidator come in once more: written as a page of the change feed is.

use consolidate::{Consolidate, ConsolidateError, Rehearsal, Replayed};
use feed::PublishOutcome;
use futures::FutureExt as _;
use record::Record;
use replay::{
    Claim, DoorFuture, Failure, FrontDoor, ItemOutcome, Rehearsed, RowDifference, Taken,
    Unavailable, Unit,
};
use reporting::{Outcome, Preview, Standing};

/// The consolidator's front door.
#[derive(Debug, Clone)]
pub(crate) struct Door {
    consolidate: Consolidate,
}

impl Door {
    /// In front of the store.
    #[must_use]
    pub(crate) const fn new(consolidate: Consolidate) -> Self {
        Self { consolidate }
    }

    async fn rehearse_all(&self, units: &[Unit]) -> Result<Vec<Rehearsed>, Unavailable> {
        let documents: Vec<String> = units.iter().map(document).collect();
        let documents: Vec<&str> = documents.iter().map(String::as_str).collect();
        let rehearsals = self.consolidate.rehearse(&documents).await;
        let rehearsals = rehearsals.map_err(|error| away(&error))?;
        let rehearsed = units
            .iter()
            .zip(rehearsals)
            .map(|(unit, rehearsal)| match rehearsal {
                Rehearsal::Row(preview, document) => Rehearsed::Write {
                    rows: vec![difference(&preview, document)],
                },
                Rehearsal::Failed(reason, detail) => Rehearsed::Fail(failure(unit, reason, detail)),
            });
        Ok(rehearsed.collect())
    }

    async fn take_all(&self, units: &[Unit]) -> Result<Vec<Taken>, Unavailable> {
        let documents: Vec<String> = units.iter().map(document).collect();
        self.publish_corrected(units, &documents).await?;
        let texts: Vec<&str> = documents.iter().map(String::as_str).collect();
        let replayed = self.consolidate.replay(&texts).await;
        let replayed = replayed.map_err(|error| away(&error))?;
        let taken = units.iter().zip(&documents).zip(replayed);
        Ok(taken
            .map(|((unit, document), replayed)| taken_of(unit, document, replayed))
            .collect())
    }

    /// A corrected document belongs into the feed like every other: whoever builds the reports anew finds it there.
    async fn publish_corrected(
        &self,
        units: &[Unit],
        documents: &[String],
    ) -> Result<(), Unavailable> {
        let corrected = units
            .iter()
            .zip(documents)
            .filter(|(unit, _)| unit.corrected);
        let records = corrected.filter_map(|(_, document)| Record::parse(document).ok());
        let documents: Vec<_> = records.map(|record| record.to_document()).collect();
        for outcome in self.consolidate.feed().publish(documents).await.outcomes {
            match outcome {
                PublishOutcome::Failed(error) if !error.refuses_document() => {
                    return Err(error.into());
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl FrontDoor for Door {
    fn needs_message(&self) -> bool {
        false
    }

    fn rehearse<'a>(&'a self, units: &'a [Unit]) -> DoorFuture<'a, Rehearsed> {
        self.rehearse_all(units).boxed()
    }

    fn take<'a>(&'a self, units: &'a [Unit], _plan: &'a str) -> DoorFuture<'a, Taken> {
        self.take_all(units).boxed()
    }
}

/// The document as it comes in. A corrected one gets the id, the partition and the hash that belong to what it says now.
fn document(unit: &Unit) -> String {
    let text = String::from_utf8_lossy(&unit.bytes).into_owned();
    if !unit.corrected {
        return text;
    }
    let corrected = Record::parse(&text).map(|record| record.to_document().json().to_owned());
    corrected.unwrap_or(text)
}

fn taken_of(unit: &Unit, document: &str, replayed: Replayed) -> Taken {
    match replayed {
        Replayed::Failed(reason, detail) => Taken::Failed(failure(unit, reason, detail)),
        Replayed::Stored(outcome, standing) => {
            let outcome = outcome_of(unit, outcome, standing.as_ref());
            Taken::Settled(outcome, claim(document).into_iter().collect())
        }
    }
}

fn outcome_of(unit: &Unit, outcome: Outcome, standing: Option<&Standing>) -> ItemOutcome {
    // A commit whose answer was lost may have written it, or a process of this plan that died before it could say so.
    let by_us = standing.is_some_and(|row| row.applied_at >= unit.claimed_at);
    match (outcome, standing) {
        (Outcome::Applied, _) => ItemOutcome::Applied,
        (Outcome::Duplicate, _) if by_us => ItemOutcome::Applied,
        (Outcome::Duplicate, _) => ItemOutcome::Duplicate,
        (Outcome::Superseded, standing) => superseded(standing),
    }
}

/// The outcome of a record that is older than its row.
pub(crate) fn superseded(standing: Option<&Standing>) -> ItemOutcome {
    let version = standing.map(|row| row.version.clone());
    ItemOutcome::Superseded {
        version: version.unwrap_or_default(),
        source: standing.map(|row| row.source.clone()),
        document: standing.map(|row| row.document_id.clone()),
        correlation_id: standing.map(|row| row.correlation_id.clone()),
    }
}

fn claim(document: &str) -> Option<Claim> {
    let record = Record::parse(document).ok()?;
    let document = record.to_document();
    Some(Claim {
        entity: record.entity(),
        key: record.key().as_str().to_owned(),
        version: record.version().to_string(),
        hash: record.content_hash().to_string(),
        document: document.id().to_string(),
        partition: document.partition().as_str().to_owned(),
    })
}

fn failure(unit: &Unit, reason: feed::Reason, detail: String) -> Failure {
    Failure {
        reason: reason.code().to_owned(),
        place: unit.letter.place.clone(),
        detail,
    }
}

/// What a record would do, for the caller.
pub(crate) fn difference(preview: &Preview, document: String) -> RowDifference {
    let outcome = match preview.outcome {
        Outcome::Applied => "applied",
        Outcome::Duplicate => "duplicate",
        Outcome::Superseded => "superseded",
    };
    RowDifference {
        document,
        table: preview.table.to_owned(),
        key: preview.key.clone(),
        outcome: outcome.to_owned(),
        is_new: preview.is_new,
        changes: serde_json::to_value(&preview.changes).unwrap_or_default(),
        standing: serde_json::to_value(&preview.standing).unwrap_or_default(),
    }
}

/// The store is away.
pub(crate) fn away(error: &ConsolidateError) -> Unavailable {
    Unavailable::of(error)
}
