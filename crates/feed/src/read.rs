//! Reading back what is in the feed, for reconciliation and for the local truth check.

use azure_data_cosmos::{FeedScope, Query, clients::ContainerClient};
use futures::TryStreamExt;
use record::{Entity, EpochMillis, Source, SourceVersion, Text};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::{
    Feed, FeedError, Seen,
    client::{Container, Containers},
    query::Pages,
    shelf::read_item,
};

/// What identifies one document of the feed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
pub struct FeedEntry {
    /// The document's id.
    pub id: String,
    /// The system that the record comes from.
    pub source: Source,
    /// What kind of thing it is about.
    pub entity: Entity,
    /// The partition that it lies in.
    pub partition: String,
    /// The business key.
    #[serde(deserialize_with = "unmarked")]
    pub key: String,
    /// Which version of the thing it is.
    pub version: SourceVersion,
    /// Fingerprint of what it says.
    pub content_hash: String,
    /// Whether it is a tombstone.
    pub deleted: bool,
    /// The id that follows the message from end to end.
    #[serde(deserialize_with = "unmarked")]
    pub correlation_id: String,
    /// When the source says that the record changed.
    pub source_modified_at: EpochMillis,
    /// When the database wrote it, in whole seconds since 1970, by its own clock.
    #[serde(rename = "_ts")]
    pub written_s: i64,
}

const FEED_QUERY: &str = "SELECT c.id, c.source, c.entity, c.key, c.version, c.content_hash, \
     c.deleted, c.provenance.correlation_id, c.provenance.source_modified_at, c.partition, c._ts FROM c";

/// A document of the feed as it is found: usually a record, and else something that this build cannot read as one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum FoundDocument {
    /// A record.
    Record(Box<FeedEntry>),
    /// Something else. It is a dead letter, or will be.
    Other(OtherDocument),
}

/// What is known of a document that is no record.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct OtherDocument {
    /// The document's id.
    pub id: String,
    /// Its partition.
    pub partition: String,
}

/// One document before an instant, any: asked for again and again, it leads to the oldest.
const BEFORE_QUERY: &str = "SELECT TOP 1 c._ts FROM c WHERE c._ts < @before";

#[derive(Deserialize)]
struct WrittenRow {
    #[serde(rename = "_ts")]
    written_s: i64,
}

const EXTRACT_QUERY: &str = "SELECT * FROM c";

/// The newest version first: an order may have been given another number.
const KEY_QUERY: &str = "SELECT TOP 1 c.key, c.version FROM c WHERE c.source = @source \
     AND c.entity = @entity AND c.body.source_id = @source_id ORDER BY c.version DESC";

#[derive(Deserialize)]
struct KeyRow {
    #[serde(deserialize_with = "unmarked")]
    key: String,
}

/// Reads a text without the mark that keeps the host's hands off it.
fn unmarked<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Text::deserialize(deserializer).map(|text| text.as_str().to_owned())
}

const RECORDS: fn(&Containers) -> &Container = |containers| &containers.records;

impl Feed {
    /// Every document of the feed.
    #[must_use]
    pub fn documents(&self) -> Pages<FeedEntry> {
        Pages::with(self, |containers| &containers.records, FEED_QUERY)
    }

    /// Every document of the feed, whole, with what the database adds to it: an extract of everything that was ever said.
    #[must_use]
    pub fn extract(&self) -> Pages<serde_json::Value> {
        Pages::with(self, |containers| &containers.records, EXTRACT_QUERY)
    }

    /// The documents that the database wrote at `from` or later, and before `until`, in whole seconds of its clock.
    #[must_use]
    pub fn documents_between(&self, from: EpochMillis, until: EpochMillis) -> Pages<FoundDocument> {
        let text = format!("{FEED_QUERY} WHERE c._ts >= @from AND c._ts < @until");
        Pages::with(self, |containers| &containers.records, text)
            .parameter("@from", from.0.div_euclid(1000))
            .parameter("@until", until.0.div_euclid(1000))
    }

    /// The same documents as JSON texts, with what the database adds to them.
    #[must_use]
    pub fn texts_between(&self, from: EpochMillis, until: EpochMillis) -> Pages<Box<RawValue>> {
        let text = format!("{EXTRACT_QUERY} WHERE c._ts >= @from AND c._ts < @until");
        Pages::with(self, |containers| &containers.records, text)
            .parameter("@from", from.0.div_euclid(1000))
            .parameter("@until", until.0.div_euclid(1000))
    }

    /// When the database wrote the oldest document that it still has, in whole seconds of its clock; none while it has
    /// none. Some thirty small queries, none of which has to sort.
    ///
    /// # Errors
    /// When the feed does not answer.
    pub async fn oldest_document(&self) -> Result<Option<EpochMillis>, FeedError> {
        let Some(mut oldest_s) = self.written_before(i64::MAX >> 11).await? else {
            return Ok(None);
        };
        // Nothing is older than `none_before_s`.
        let mut none_before_s = 0;
        while none_before_s < oldest_s {
            let middle_s = none_before_s + (oldest_s - none_before_s + 1) / 2;
            match self.written_before(middle_s).await? {
                Some(written_s) => oldest_s = written_s,
                None => none_before_s = middle_s,
            }
        }
        Ok(Some(EpochMillis(oldest_s * 1000)))
    }

    /// When some document was written that was written before `before_s`.
    async fn written_before(&self, before_s: i64) -> Result<Option<i64>, FeedError> {
        let rows: Vec<WrittenRow> =
            Pages::with(self, |containers| &containers.records, BEFORE_QUERY)
                .parameter("@before", before_s)
                .collect()
                .await?;
        Ok(rows.iter().map(|row| row.written_s).min())
    }

    /// A document of the feed, as JSON text; none if there is none.
    ///
    /// # Errors
    /// When the feed does not answer.
    pub async fn document(&self, partition: &str, id: &str) -> Result<Option<String>, FeedError> {
        let read: Option<Seen<Box<RawValue>>> = self
            .guard
            .run(|| read_item(self, RECORDS, partition.to_owned(), id))
            .await?;
        Ok(read.map(|seen| seen.value.get().to_owned()))
    }

    /// The business key of the thing that the source knows by its own id, from its newest version in the feed.
    ///
    /// For what a source deletes by its id alone. Asks every partition, so not for the hot path.
    ///
    /// # Errors
    /// When the feed does not answer.
    pub async fn find_key(
        &self,
        source: Source,
        entity: Entity,
        source_id: &str,
    ) -> Result<Option<String>, FeedError> {
        let records = self.containers.records.open().await?;
        Ok(self
            .guard
            .run(|| query_key(records, source, entity, source_id))
            .await?)
    }
}

async fn query_key(
    records: &ContainerClient,
    source: Source,
    entity: Entity,
    source_id: &str,
) -> Result<Option<String>, FeedError> {
    let failed = |error| FeedError::of("find key", &error);
    let query = Query::from(KEY_QUERY)
        .with_parameter("@source", source)
        .and_then(|query| query.with_parameter("@entity", entity))
        .and_then(|query| query.with_parameter("@source_id", Text::from(source_id)))
        .map_err(failed)?;
    let rows = Box::pin(records.query_items::<KeyRow>(query, FeedScope::full_container(), None));
    let rows: Vec<KeyRow> = rows
        .await
        .map_err(failed)?
        .try_collect()
        .await
        .map_err(failed)?;
    Ok(rows.into_iter().next().map(|row| row.key))
}
