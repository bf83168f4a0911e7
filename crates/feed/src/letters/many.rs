//! Many letters at a time: those of one partition in one transactional batch.
//!
//! A run over many letters reads and writes each of them, so this is where its time goes. A batch is carried out as a
//! whole or not at all; one that is not is taken apart, and each letter read or changed by itself.

use std::collections::BTreeMap;

use azure_core::http::Etag;
use azure_data_cosmos::{
    TransactionalBatch,
    options::{BatchReplaceOptions, Precondition},
};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use record::EpochMillis;
use retry::Class;
use serde_json::value::RawValue;

use super::{
    Audited, ChangeError, LETTERS, Letters,
    change::{changed, is_done},
};
use crate::{
    Actor, Change, DeadLetterId, ETag, FeedError, Letter, Seen,
    bury::to_json,
    dead_letter::partition_of,
    error::classify,
    plan::{BATCH_BYTES_MAX, BATCH_OPERATIONS_MAX},
    publish::REQUESTS_IN_FLIGHT_MAX,
};

/// Letters read with one request. An answer has at most 4 MB, and most letters a few KB.
const READS_PER_BATCH: usize = 50;
/// Status of the operations that failed only because another one of the batch did.
const FAILED_DEPENDENCY: u16 = 424;

/// A change that is to be made to a letter in the state in which it was seen.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The letter.
    pub seen: Seen<Letter>,
    /// What is to become of it.
    pub change: Change,
    /// When it happens.
    pub at: EpochMillis,
}

/// What became of a change.
pub type Made = Result<Seen<Letter>, ChangeError>;

/// A letter as it is to be written.
struct Write {
    /// Place in the call.
    index: usize,
    letter: Letter,
    json: Box<RawValue>,
}

impl Letters {
    /// Letters in full, in the order of the ids; none where there is no such letter.
    ///
    /// # Errors
    /// When the feed does not answer, or a letter is of a form that this version does not read.
    pub async fn get_many(
        &self,
        app: &str,
        ids: &[DeadLetterId],
    ) -> Result<Vec<Option<Seen<Letter>>>, FeedError> {
        let mut partitions: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, id) in ids.iter().enumerate() {
            let partition = partition_of(app, id);
            partitions.entry(partition).or_default().push(index);
        }
        let mut reads = Vec::new();
        for (partition, indexes) in &partitions {
            for group in indexes.chunks(READS_PER_BATCH) {
                reads.push(Box::pin(self.read_group(app, partition, group, ids)));
            }
        }
        let read: Vec<Vec<(usize, Option<Seen<Letter>>)>> = stream::iter(reads)
            .buffer_unordered(REQUESTS_IN_FLIGHT_MAX)
            .try_collect()
            .await?;
        let mut letters = vec![None; ids.len()];
        for (index, letter) in read.into_iter().flatten() {
            letters[index] = letter;
        }
        Ok(letters)
    }

    async fn read_group(
        &self,
        app: &str,
        partition: &str,
        group: &[usize],
        ids: &[DeadLetterId],
    ) -> Result<Vec<(usize, Option<Seen<Letter>>)>, FeedError> {
        let together = match group {
            [_] => None,
            _ => {
                self.feed
                    .guard
                    .run(|| self.read_together(partition, group, ids))
                    .await?
            }
        };
        if let Some(letters) = together {
            return Ok(group
                .iter()
                .copied()
                .zip(letters.into_iter().map(Some))
                .collect());
        }
        let mut letters = Vec::with_capacity(group.len());
        for &index in group {
            letters.push((index, self.get(app, &ids[index]).await?));
        }
        Ok(letters)
    }

    /// The letters of one partition; none if one of them is missing, or all are too much for one answer.
    async fn read_together(
        &self,
        partition: &str,
        group: &[usize],
        ids: &[DeadLetterId],
    ) -> Result<Option<Vec<Seen<Letter>>>, FeedError> {
        let mut batch = TransactionalBatch::new(partition.to_owned());
        for &index in group {
            batch = batch.read_item(ids[index].as_str().to_owned(), None);
        }
        let Some(answers) = self.together(batch, group.len()).await? else {
            return Ok(None);
        };
        let letters = answers.into_iter().map(|answer| {
            let body = answer.body.unwrap_or_default();
            let value = serde_json::from_str(&body)
                .map_err(|error| FeedError::local("read", 400, error.to_string()))?;
            Ok(Seen {
                value,
                etag: answer.etag,
            })
        });
        letters.collect::<Result<Vec<_>, FeedError>>().map(Some)
    }

    /// Changes letters under one audit entry, as [`Letters::change`] changes one. One answer for each, in their order.
    pub async fn change_many(&self, audited: &Audited, wanted: Vec<Wanted>) -> Vec<Made> {
        let mut made: Vec<Option<Made>> = Vec::with_capacity(wanted.len());
        let mut partitions: BTreeMap<String, Vec<Write>> = BTreeMap::new();
        for (index, Wanted { seen, change, at }) in wanted.iter().enumerate() {
            made.push(match self.to_write(audited, index, seen, change, *at) {
                Ok(None) => Some(Ok(seen.clone())),
                Ok(Some(write)) => {
                    let partition = partition_of(&seen.value.app, &seen.value.id);
                    partitions.entry(partition).or_default().push(write);
                    None
                }
                Err(error) => Some(Err(error)),
            });
        }
        let mut writes = Vec::new();
        for (partition, letters) in partitions {
            for group in batches(letters) {
                writes.push(Box::pin(self.write_group(
                    audited,
                    partition.clone(),
                    group,
                    &wanted,
                )));
            }
        }
        let mut written = stream::iter(writes).buffer_unordered(REQUESTS_IN_FLIGHT_MAX);
        while let Some(group) = written.next().await {
            for (index, answer) in group {
                made[index] = Some(answer);
            }
        }
        let unanswered =
            || Err(FeedError::local("change", 500, "a letter without an answer").into());
        made.into_iter()
            .map(|made| made.unwrap_or_else(unanswered))
            .collect()
    }

    /// The letter as it is to be written; none if the change was made before.
    fn to_write(
        &self,
        audited: &Audited,
        index: usize,
        seen: &Seen<Letter>,
        change: &Change,
        at: EpochMillis,
    ) -> Result<Option<Write>, ChangeError> {
        if is_done(&seen.value, audited, change) {
            return Ok(None);
        }
        let actor = Actor {
            at,
            ..audited.actor()
        };
        let letter = changed(seen.value.clone(), audited, &actor, change)?;
        let json = to_json(&letter)?;
        Ok(Some(Write {
            index,
            letter,
            json,
        }))
    }

    async fn write_group(
        &self,
        audited: &Audited,
        partition: String,
        group: Vec<Write>,
        wanted: &[Wanted],
    ) -> Vec<(usize, Made)> {
        let together = self
            .feed
            .guard
            .run(|| self.write_together(&partition, &group, wanted))
            .await;
        let etags = match together {
            Ok(etags) => etags,
            Err(gave_up) => {
                let error = FeedError::from(gave_up);
                let failed = |write: Write| (write.index, Err(error.clone().into()));
                return group.into_iter().map(failed).collect();
            }
        };
        if let Some(etags) = etags {
            let written = group.into_iter().zip(etags).map(|(write, etag)| {
                let value = write.letter;
                (write.index, Ok(Seen { value, etag }))
            });
            return written.collect();
        }
        // Somebody was faster with one of them, or this is the repetition of a batch whose reply was lost.
        let mut made = Vec::with_capacity(group.len());
        for write in group {
            let Wanted { seen, change, at } = &wanted[write.index];
            let changed = self.change(audited, &seen.summary(), change, *at).await;
            made.push((write.index, changed));
        }
        made
    }

    /// Replaces letters of one partition in the states that were seen; none if one of them is in another one.
    async fn write_together(
        &self,
        partition: &str,
        group: &[Write],
        wanted: &[Wanted],
    ) -> Result<Option<Vec<ETag>>, FeedError> {
        let mut batch = TransactionalBatch::new(partition.to_owned());
        for write in group {
            let seen = Etag::from(wanted[write.index].seen.etag.0.clone());
            let options =
                BatchReplaceOptions::default().with_precondition(Precondition::IfMatch(seen));
            batch = batch
                .replace_item(
                    write.letter.id.as_str().to_owned(),
                    &write.json,
                    Some(options),
                )
                .map_err(|error| FeedError::of("change", &error))?;
        }
        let answers = self.together(batch, group.len()).await?;
        Ok(answers.map(|answers| answers.into_iter().map(|answer| answer.etag).collect()))
    }

    /// Carries a batch out; none if it is refused for what one of its operations asks.
    async fn together(
        &self,
        batch: TransactionalBatch,
        operations: usize,
    ) -> Result<Option<Vec<Answer>>, FeedError> {
        let client = LETTERS(&self.feed.containers).open().await?;
        let failed = |error| FeedError::of("batch", &error);
        let response = match Box::pin(client.execute_transactional_batch(batch, None)).await {
            Ok(response) => response,
            Err(error) => return apart(failed(error)),
        };
        let model = response.into_model().map_err(failed)?;
        let mut answers = Vec::with_capacity(operations);
        for result in model.results() {
            let status = result.status_code();
            if status == FAILED_DEPENDENCY {
                continue;
            }
            let (true, Some(etag)) = (result.is_success(), result.etag()) else {
                let sub_status = result
                    .substatus_code()
                    .and_then(|code| u16::try_from(code).ok());
                return apart(FeedError {
                    sub_status: sub_status.unwrap_or_default(),
                    retry_after: result.retry_after(),
                    ..FeedError::local("batch", status, "an operation of the batch failed")
                });
            };
            answers.push(Answer {
                etag: ETag(etag.to_owned()),
                body: result.resource_body().map(|body| body.get().to_owned()),
            });
        }
        match answers.len() == operations {
            true => Ok(Some(answers)),
            false => Err(FeedError::local(
                "batch",
                500,
                "a batch without all its answers",
            )),
        }
    }
}

/// What the service says of one operation.
struct Answer {
    etag: ETag,
    body: Option<String>,
}

/// A batch that is refused is taken apart; one that was not carried out is repeated.
fn apart<T>(error: FeedError) -> Result<Option<T>, FeedError> {
    match classify(error.status, error.sub_status, error.retry_after) {
        Class::Permanent => Ok(None),
        Class::Transient { .. } => Err(error),
    }
}

/// Letters of one partition in batches that the service takes.
fn batches(letters: Vec<Write>) -> Vec<Vec<Write>> {
    let (mut batches, mut bytes) = (Vec::<Vec<Write>>::new(), 0);
    for letter in letters {
        let length = letter.json.get().len();
        let fits = |batch: &Vec<Write>| {
            batch.len() < BATCH_OPERATIONS_MAX && bytes + length <= BATCH_BYTES_MAX
        };
        match batches.last_mut().filter(|batch| fits(batch)) {
            Some(batch) => {
                bytes += length;
                batch.push(letter);
            }
            None => {
                bytes = length;
                batches.push(vec![letter]);
            }
        }
    }
    batches
}
