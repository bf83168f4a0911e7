//! Writing records to the feed.

use std::sync::Arc;

use azure_data_cosmos::CosmosError;
use futures::{StreamExt, stream};
use record::Document;
use serde_json::value::RawValue;
use tracing::Instrument as _;

use crate::{
    Feed, FeedError,
    charge::{Charge, request},
    plan::{Group, Plan},
};

/// Most requests of one [`Feed::publish`] at a time. Measured: 16 in flight give the emulator and a client on two cores
/// their full speed; 64 only wait longer.
pub(crate) const REQUESTS_IN_FLIGHT_MAX: usize = 16;

/// What became of one document.
#[derive(Debug, Clone, PartialEq)]
pub enum PublishOutcome {
    /// It is in the feed now and was not before.
    Created,
    /// It was in the feed already, or came twice in this call.
    Duplicate,
    /// It is not known to be in the feed.
    Failed(FeedError),
}

/// What became of the documents of one call.
#[derive(Debug, Clone, PartialEq)]
pub struct Publication {
    /// One outcome per document, in the order of the call.
    pub outcomes: Vec<PublishOutcome>,
    /// Sum of the request charges, in request units.
    pub request_charge: f64,
}

impl Feed {
    /// Creates documents, several of a partition in one transactional batch.
    ///
    /// A transient failure is repeated with [`retry::Policy::feed_write`]. A document that the service refuses takes none of
    /// its neighbours along. Publishing the same documents again is harmless at any time: they are duplicates then, and
    /// so is a document whose creation succeeded but whose reply was lost.
    pub async fn publish(&self, documents: Vec<Document>) -> Publication {
        let plan = Plan::of(&documents);
        let mut outcomes = vec![None; documents.len()];
        let documents: Arc<[Document]> = documents.into();
        let charge = Arc::new(Charge::default());
        let mut writes = stream::iter(plan.groups)
            .map(|group| {
                let writer = GroupWriter {
                    feed: self.clone(),
                    documents: Arc::clone(&documents),
                    charge: Arc::clone(&charge),
                };
                Box::pin(writer.write(group))
            })
            .buffer_unordered(REQUESTS_IN_FLIGHT_MAX);
        while let Some(decided) = writes.next().await {
            for (index, outcome) in decided {
                outcomes[index] = Some(outcome);
            }
        }
        for repeated in plan.repeated {
            outcomes[repeated.index] = outcomes[repeated.first].clone().map(second_of);
        }
        Publication {
            outcomes: outcomes
                .into_iter()
                .map(|outcome| {
                    outcome.expect("every document is in one group or repeats one that is")
                })
                .collect(),
            request_charge: charge.total(),
        }
    }
}

/// What became of a document that came twice in one call, by what became of the first.
fn second_of(first: PublishOutcome) -> PublishOutcome {
    match first {
        PublishOutcome::Created | PublishOutcome::Duplicate => PublishOutcome::Duplicate,
        PublishOutcome::Failed(error) => PublishOutcome::Failed(error),
    }
}

/// Outcomes by the document's place in the call.
pub(crate) type Decided = Vec<(usize, PublishOutcome)>;

/// Writes one group of a call.
pub(crate) struct GroupWriter {
    pub(crate) feed: Feed,
    pub(crate) documents: Arc<[Document]>,
    pub(crate) charge: Arc<Charge>,
}

impl GroupWriter {
    async fn write(self, group: Group) -> Decided {
        match group[..] {
            [] => Vec::new(),
            [index] => vec![(index, self.create(index).await)],
            _ => self.write_batch(group).await,
        }
    }

    /// Creates each document by itself.
    pub(crate) async fn create_each(&self, group: &[usize]) -> Decided {
        let mut decided = Vec::with_capacity(group.len());
        for &index in group {
            decided.push((index, self.create(index).await));
        }
        decided
    }

    async fn create(&self, index: usize) -> PublishOutcome {
        let create = || {
            self.create_once(index)
                .instrument(request("create_item", 1))
        };
        match self.feed.guard.run(create).await {
            Ok(outcome) => outcome,
            Err(exhausted) => PublishOutcome::Failed(exhausted.into()),
        }
    }

    async fn create_once(&self, index: usize) -> Result<PublishOutcome, FeedError> {
        let document = &self.documents[index];
        let body = body(document).map_err(|error| unreadable("create", &error))?;
        let partition = document.partition().as_str().to_owned();
        let id = document.id().to_string();
        let records = self.feed.containers.records.open().await?;
        match Box::pin(records.create_item(partition, &id, body, None)).await {
            Ok(response) => {
                self.charge.add(&response.diagnostics());
                Ok(PublishOutcome::Created)
            }
            Err(error) if error.status().is_conflict() => {
                self.charge.add_failed(&error);
                Ok(PublishOutcome::Duplicate)
            }
            Err(error) => Err(self.failed("create", &error)),
        }
    }

    pub(crate) fn failed(&self, operation: &'static str, error: &CosmosError) -> FeedError {
        self.charge.add_failed(error);
        FeedError::of(operation, error)
    }
}

/// The document's text, to be sent as it is.
pub(crate) fn body(document: &Document) -> serde_json::Result<&RawValue> {
    serde_json::from_str(document.json())
}

pub(crate) fn unreadable(operation: &'static str, error: &serde_json::Error) -> FeedError {
    FeedError::local(operation, 400, error.to_string())
}
