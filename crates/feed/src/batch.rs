//! Transactional batches: all documents of a batch are created, or none.

use std::collections::HashSet;

use azure_data_cosmos::{FeedScope, Query, TransactionalBatch};
use futures::TryStreamExt;
use tracing::Instrument as _;

use crate::{
    FeedError, PublishOutcome,
    charge::request,
    error::classify,
    plan::Group,
    publish::{Decided, GroupWriter, body, unreadable},
};

/// Batches tried for one group before its rest is created one by one. Each round takes at least one document out; more
/// than one round is needed only if somebody else writes the same documents meanwhile.
const ROUNDS_MAX: usize = 3;

/// Status of the operations that failed only because another one of the batch did.
const FAILED_DEPENDENCY: u16 = 424;

/// What the service did with a batch.
enum Reply {
    /// Every document was created.
    Committed,
    /// Nothing was, because the document at this place of the batch is already there.
    Conflict { culprit: usize },
    /// Nothing was, because a document or the batch is not acceptable as it is.
    Refused,
}

impl GroupWriter {
    /// Creates the documents of one partition, finding out which of them are there already where that is needed.
    pub(crate) async fn write_batch(&self, mut left: Group) -> Decided {
        let mut decided = Vec::with_capacity(left.len());
        for _ in 0..ROUNDS_MAX {
            if left.len() < 2 {
                break;
            }
            let send = || self.send(&left).instrument(request("batch", left.len()));
            match self.feed.guard.run(send).await {
                Ok(Reply::Committed) => {
                    decided.extend(left.iter().map(|&index| (index, PublishOutcome::Created)));
                    return decided;
                }
                Ok(Reply::Conflict { culprit }) => {
                    let there = match self.already_there(&left).await {
                        Ok(ids) => ids,
                        Err(error) => return give_up(decided, &left, &error),
                    };
                    left = self.take_out(left, culprit, &there, &mut decided);
                }
                Ok(Reply::Refused) => break,
                Err(exhausted) => return give_up(decided, &left, &exhausted.error),
            }
        }
        decided.extend(self.create_each(&left).await);
        decided
    }

    async fn send(&self, group: &[usize]) -> Result<Reply, FeedError> {
        let mut batch = TransactionalBatch::new(self.partition(group));
        for &index in group {
            let body = body(&self.documents[index]).map_err(|error| unreadable("batch", &error))?;
            // The client takes a batch's documents only as parsed JSON and parses ours here, once per attempt.
            batch = batch
                .create_item(body)
                .map_err(|error| FeedError::of("batch", &error))?;
        }
        let records = self.feed.containers.records.open().await?;
        let response = match Box::pin(records.execute_transactional_batch(batch, None)).await {
            Ok(response) => response,
            Err(error) => {
                let error = self.failed("batch", &error);
                return if error.refuses_document() {
                    Ok(Reply::Refused)
                } else {
                    Err(error)
                };
            }
        };
        self.charge.add(&response.diagnostics());
        // A batch that was rolled back is answered with 207, which the client counts as success.
        let results = response
            .into_model()
            .map_err(|error| FeedError::of("batch", &error))?;
        let culprit =
            results.results().iter().enumerate().find(|(_, result)| {
                !result.is_success() && result.status_code() != FAILED_DEPENDENCY
            });
        let Some((place, result)) = culprit else {
            return committed(results.results().len(), group.len());
        };
        match result.status_code() {
            409 => Ok(Reply::Conflict { culprit: place }),
            status => {
                let sub_status = result
                    .substatus_code()
                    .and_then(|code| u16::try_from(code).ok())
                    .unwrap_or(0);
                rolled_back(status, sub_status, result.retry_after())
            }
        }
    }

    /// Which of the documents are in the feed, by one query in their partition.
    async fn already_there(&self, group: &[usize]) -> Result<HashSet<String>, FeedError> {
        let ids: Vec<String> = group
            .iter()
            .map(|&index| self.documents[index].id().to_string())
            .collect();
        Ok(self
            .feed
            .guard
            .run(|| {
                let query = self.query_ids(self.partition(group), &ids);
                query.instrument(request("query_items", ids.len()))
            })
            .await?)
    }

    async fn query_ids(
        &self,
        partition: String,
        ids: &[String],
    ) -> Result<HashSet<String>, FeedError> {
        let query = Query::from("SELECT VALUE c.id FROM c WHERE ARRAY_CONTAINS(@ids, c.id)")
            .with_parameter("@ids", ids)
            .map_err(|error| FeedError::of("query", &error))?;
        let records = self.feed.containers.records.open().await?;
        let mut pages =
            Box::pin(records.query_items::<String>(query, FeedScope::partition(partition), None))
                .await
                .map_err(|error| self.failed("query", &error))?
                .into_pages();
        let mut there = HashSet::new();
        while let Some(page) = pages
            .try_next()
            .await
            .map_err(|error| self.failed("query", &error))?
        {
            self.charge.add(&page.diagnostics());
            there.extend(page.into_items());
        }
        Ok(there)
    }

    /// Decides those that are there as duplicates and returns the rest.
    fn take_out(
        &self,
        group: Group,
        culprit: usize,
        there: &HashSet<String>,
        decided: &mut Decided,
    ) -> Group {
        let mut left = Vec::with_capacity(group.len());
        for (place, index) in group.into_iter().enumerate() {
            // The query may be answered by a replica that has not seen yet what another writer created.
            if place == culprit || there.contains(&self.documents[index].id().to_string()) {
                decided.push((index, PublishOutcome::Duplicate));
            } else {
                left.push(index);
            }
        }
        left
    }

    fn partition(&self, group: &[usize]) -> String {
        let first = group
            .first()
            .map(|&index| self.documents[index].partition());
        first.map_or_else(String::new, ToString::to_string)
    }
}

/// A batch without a culprit, if the service answered for every document.
fn committed(answers: usize, documents: usize) -> Result<Reply, FeedError> {
    if answers == documents {
        return Ok(Reply::Committed);
    }
    // Repeating it finds out: what was created is then a conflict.
    let detail = format!("{answers} answers for a batch of {documents}");
    Err(FeedError::local("batch", 500, detail))
}

/// A batch that was rolled back for another reason than a document that is there already.
fn rolled_back(
    status: u16,
    sub_status: u16,
    retry_after: Option<std::time::Duration>,
) -> Result<Reply, FeedError> {
    let error = FeedError {
        sub_status,
        retry_after,
        ..FeedError::local("batch", status, "an operation of the batch failed")
    };
    match classify(status, sub_status, retry_after) {
        retry::Class::Permanent if error.refuses_document() => Ok(Reply::Refused),
        retry::Class::Permanent | retry::Class::Transient { .. } => Err(error),
    }
}

fn give_up(mut decided: Decided, left: &[usize], error: &FeedError) -> Decided {
    decided.extend(
        left.iter()
            .map(|&index| (index, PublishOutcome::Failed(error.clone()))),
    );
    decided
}
