//! Reading back what is in the feed, for reconciliation and for the local truth check.

use std::{fmt, num::NonZeroU32, pin::Pin};

use azure_data_cosmos::{
    FeedScope, Query,
    clients::ContainerClient,
    feed::{ContinuationToken, QueryPageIterator},
    options::{MaxItemCountHint, QueryOptions},
};
use futures::TryStreamExt;
use record::{Entity, EpochMillis, Source, SourceVersion, Text};
use retry::Policy;
use serde::{Deserialize, Deserializer, de::DeserializeOwned};

use crate::{
    DeadLetterId, Feed, FeedError, Reason, Stage,
    client::{Container, Containers},
};

/// Documents asked for per page. The emulator copies a whole partition for each page, so few large ones.
const PAGE_DOCUMENTS: NonZeroU32 = NonZeroU32::new(2_000).expect("not zero");

/// What identifies one document of the feed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
pub struct FeedEntry {
    /// The document's id.
    pub id: String,
    /// The system that the record comes from.
    pub source: Source,
    /// What kind of thing it is about.
    pub entity: Entity,
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
}

const FEED_QUERY: &str = "SELECT c.id, c.source, c.entity, c.key, c.version, c.content_hash, \
     c.deleted, c.provenance.correlation_id FROM c";

/// What a list of dead letters shows.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DeadLetterEntry {
    /// The letter's id.
    pub id: DeadLetterId,
    /// The app that failed.
    pub app: String,
    /// The system that the unit comes from, if that much could be read.
    pub source: Option<Source>,
    /// Where in the pipeline it failed.
    pub stage: Stage,
    /// Why.
    pub reason: Reason,
    /// Where in the message.
    pub place: String,
    /// What exactly.
    pub detail: String,
    /// The record's key, if there was one.
    pub record_key: Option<String>,
    /// The upstream message.
    pub message_id: Option<String>,
    /// The id that follows the message from end to end.
    pub correlation_id: String,
    /// When it was given up.
    pub at: EpochMillis,
}

const DEAD_LETTER_QUERY: &str = "SELECT c.id, c.app, c.source, c.stage, c.reason, c.place, \
     c.detail, c.record_key, c.message_id, c.correlation_id, c.at FROM c";

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

type Live<T> = Pin<Box<QueryPageIterator<T>>>;

/// Goes through a container page by page. What is written meanwhile may or may not be seen.
pub struct Pages<T: Send> {
    feed: Feed,
    container: fn(&Containers) -> &Container,
    query: &'static str,
    /// The iterator; none before the first page and after an error.
    live: Option<Live<T>>,
    /// Where the last page ended.
    token: Option<ContinuationToken>,
}

impl<T: Send> fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("query", &self.query)
            .field("started", &self.token.is_some())
            .finish_non_exhaustive()
    }
}

impl<T: DeserializeOwned + Send + 'static> Pages<T> {
    fn new(feed: &Feed, container: fn(&Containers) -> &Container, query: &'static str) -> Self {
        Self {
            feed: feed.clone(),
            container,
            query,
            live: None,
            token: None,
        }
    }

    /// The next page, possibly an empty one; none after the last.
    ///
    /// # Errors
    /// When the feed does not answer. The next call then goes on after the last page that was read.
    pub async fn next(&mut self) -> Result<Option<Vec<T>>, FeedError> {
        let mut live = match self.live.take() {
            Some(live) => live,
            None => self.open().await?,
        };
        let failed = |error| FeedError::of("read", &error);
        let Some(page) = live.try_next().await.map_err(failed)? else {
            return Ok(None);
        };
        self.token = Some(live.to_continuation_token().map_err(failed)?);
        self.live = Some(live);
        Ok(Some(page.into_items()))
    }

    /// All that is left.
    ///
    /// # Errors
    /// When the feed does not answer.
    pub async fn collect(mut self) -> Result<Vec<T>, FeedError> {
        let mut all = Vec::new();
        while let Some(page) = self.next().await? {
            all.extend(page);
        }
        Ok(all)
    }

    // `&mut`, because the iterator is `Send` and not `Sync`, so that a shared borrow could not cross an await.
    async fn open(&mut self) -> Result<Live<T>, FeedError> {
        let client = (self.container)(&self.feed.containers).open().await?;
        let mut options =
            QueryOptions::default().with_max_item_count(MaxItemCountHint::Limit(PAGE_DOCUMENTS));
        if let Some(token) = self.token.clone() {
            options = options.with_continuation_token(token);
        }
        let scope = FeedScope::full_container();
        let items = Box::pin(client.query_items(self.query, scope, Some(options))).await;
        let items = items.map_err(|error| FeedError::of("read", &error))?;
        Ok(Box::pin(items.into_pages()))
    }
}

impl Feed {
    /// Every document of the feed.
    #[must_use]
    pub fn documents(&self) -> Pages<FeedEntry> {
        Pages::new(self, |containers| &containers.records, FEED_QUERY)
    }

    /// Every dead letter.
    #[must_use]
    pub fn dead_letters(&self) -> Pages<DeadLetterEntry> {
        Pages::new(
            self,
            |containers| &containers.dead_letters,
            DEAD_LETTER_QUERY,
        )
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
        Ok(Policy::feed_write()
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
