//! Small documents that are created once, and replaced only in the state that was seen.

use azure_core::http::Etag;
use azure_data_cosmos::{
    CosmosError,
    options::{ItemWriteOptions, Precondition},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::{
    ETag, Feed, FeedError, Seen,
    checkpoint::{check_name, etag_of, is_missing},
    client::{Container, Containers},
    query::Pages,
};

/// Documents of one kind in the container `operations`, such as replay plans.
///
/// A document is created once; a second create with the same id changes nothing and says so. It is replaced only in the
/// state that was seen. It is never deleted.
#[derive(Debug, Clone)]
pub struct Shelf {
    feed: Feed,
    kind: &'static str,
}

/// Where a document stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filed<'a> {
    /// The app that it belongs to.
    pub app: &'a str,
    /// Letters, digits, `-`, `_`, `.` and `:`; at most 255.
    pub id: &'a str,
}

impl Filed<'_> {
    pub(crate) fn partition(&self, kind: &str) -> String {
        format!("{kind}-{}", self.app)
    }

    /// Ids with a slash are taken by the emulator and can never be read again.
    fn check(&self) -> Result<(), FeedError> {
        check_name(self.app).and_then(|()| check_name(self.id))
    }
}

/// Why a document was not replaced.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplaceError {
    /// It is in another state than the one that was seen, or not there.
    #[error("somebody else has changed the document since it was read")]
    Lost,
    /// The feed did not carry it out.
    #[error(transparent)]
    Feed(#[from] FeedError),
}

/// Whether a create found the document there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Created {
    /// It is there now.
    Now,
    /// A document of this id was there already, perhaps from our own write whose reply was lost.
    Before,
}

/// A document of the shelf.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct OnShelf<T> {
    pub(crate) id: String,
    pub(crate) partition: String,
    pub(crate) kind: String,
    pub(crate) app: String,
    /// What documents of a kind are listed by.
    #[serde(rename = "listed_as")]
    pub(crate) order: String,
    /// Tells our own write from somebody else's when its reply was lost.
    pub(crate) write: String,
    #[serde(rename = "held")]
    pub(crate) value: T,
}

impl Feed {
    /// The documents of one kind: lower-case letters and `-`. `audit` and `note` are the feed's own and refused.
    ///
    /// # Panics
    /// With a kind that is reserved; kinds are literals.
    #[must_use]
    pub fn shelf(&self, kind: &'static str) -> Shelf {
        assert!(
            kind != AUDIT && kind != NOTE && !kind.is_empty(),
            "{kind} is reserved"
        );
        Shelf::of(self, kind)
    }
}

/// Kind of the audit log's entries. Nothing replaces them.
pub(crate) const AUDIT: &str = "audit";
/// Kind of the notes on groups.
pub(crate) const NOTE: &str = "note";

impl Shelf {
    pub(crate) fn of(feed: &Feed, kind: &'static str) -> Self {
        Self {
            feed: feed.clone(),
            kind,
        }
    }

    /// Creates a document. `order` is what a list is sorted by.
    ///
    /// # Errors
    /// When the feed does not carry it out, or the id is none.
    pub async fn create<T: Serialize + Sync>(
        &self,
        filed: &Filed<'_>,
        order: &str,
        value: &T,
    ) -> Result<Created, FeedError> {
        let body = self.body(filed, order, &Uuid::new_v4().to_string(), value)?;
        Ok(self
            .feed
            .guard
            .run(|| self.create_once(filed, &body))
            .await?)
    }

    /// A document, in the state that it is in.
    ///
    /// # Errors
    /// When the feed does not answer, or the document is no `T`.
    pub async fn read<T: DeserializeOwned>(
        &self,
        filed: &Filed<'_>,
    ) -> Result<Option<Seen<T>>, FeedError> {
        let read: Option<Seen<OnShelf<T>>> = self
            .feed
            .guard
            .run(|| read_item(&self.feed, SHELF, filed.partition(self.kind), filed.id))
            .await?;
        Ok(read.map(|seen| Seen {
            value: seen.value.value,
            etag: seen.etag,
        }))
    }

    /// Replaces a document in the state that was seen.
    ///
    /// # Errors
    /// [`ReplaceError::Lost`] when it is in another state by now.
    pub async fn replace<T: Serialize + Sync>(
        &self,
        filed: &Filed<'_>,
        order: &str,
        value: &T,
        seen: &ETag,
    ) -> Result<ETag, ReplaceError> {
        let write = Uuid::new_v4().to_string();
        let body = self.body(filed, order, &write, value)?;
        let partition = filed.partition(self.kind);
        let replaced = self
            .feed
            .guard
            .run(|| replace_item(&self.feed, SHELF, &partition, filed.id, &body, seen))
            .await
            .map_err(FeedError::from)?;
        if let Some(etag) = replaced {
            return Ok(etag);
        }
        // Refused; unless what is there is what we wrote and never heard back about.
        let now: Option<Seen<OnShelf<serde::de::IgnoredAny>>> = self
            .feed
            .guard
            .run(|| read_item(&self.feed, SHELF, partition.clone(), filed.id))
            .await
            .map_err(FeedError::from)?;
        match now {
            Some(now) if now.value.write == write => Ok(now.etag),
            Some(_) | None => Err(ReplaceError::Lost),
        }
    }

    /// The documents of one app, page by page, in no particular order.
    #[must_use]
    pub fn scan<T: DeserializeOwned + Send + 'static>(&self, app: &str) -> Pages<T> {
        let text = "SELECT VALUE c.held FROM c WHERE c.kind = @kind AND c.app = @app";
        Pages::with(&self.feed, SHELF, text)
            .parameter("@kind", self.kind)
            .parameter("@app", app)
    }

    fn body<T: Serialize>(
        &self,
        filed: &Filed<'_>,
        order: &str,
        write: &str,
        value: &T,
    ) -> Result<Box<RawValue>, FeedError> {
        filed.check()?;
        let document = OnShelf {
            id: filed.id.to_owned(),
            partition: filed.partition(self.kind),
            kind: self.kind.to_owned(),
            app: filed.app.to_owned(),
            order: order.to_owned(),
            write: write.to_owned(),
            value,
        };
        serde_json::value::to_raw_value(&document)
            .map_err(|error| FeedError::local("shelf", 400, error.to_string()))
    }

    async fn create_once(&self, filed: &Filed<'_>, body: &RawValue) -> Result<Created, FeedError> {
        let shelf = SHELF(&self.feed.containers).open().await?;
        match Box::pin(shelf.create_item(filed.partition(self.kind), filed.id, body, None)).await {
            Ok(_) => Ok(Created::Now),
            Err(error) if error.status().is_conflict() => Ok(Created::Before),
            Err(error) => Err(FeedError::of("shelf", &error)),
        }
    }
}

/// The container of a shelf.
pub(crate) const SHELF: fn(&Containers) -> &Container = |containers| &containers.operations;

/// Reads one document; none if there is none.
pub(crate) async fn read_item<T: DeserializeOwned>(
    feed: &Feed,
    container: fn(&Containers) -> &Container,
    partition: String,
    id: &str,
) -> Result<Option<Seen<T>>, FeedError> {
    let client = container(&feed.containers).open().await?;
    let failed = |error: &CosmosError| FeedError::of("read", error);
    let response = match Box::pin(client.read_item(partition, id, None)).await {
        Ok(response) => response,
        Err(error) if is_missing(&error) => return Ok(None),
        Err(error) => return Err(failed(&error)),
    };
    let etag = etag_of(response.headers().etag())?;
    let bytes = response
        .into_body()
        .single()
        .map_err(|error| failed(&error))?;
    let value = serde_json::from_slice(&bytes)
        .map_err(|error| FeedError::local("read", 400, error.to_string()))?;
    Ok(Some(Seen { value, etag }))
}

/// Replaces one document in the state that was seen: its new state, or none if it is in another one or not there.
pub(crate) async fn replace_item(
    feed: &Feed,
    container: fn(&Containers) -> &Container,
    partition: &str,
    id: &str,
    body: &RawValue,
    seen: &ETag,
) -> Result<Option<ETag>, FeedError> {
    let client = container(&feed.containers).open().await?;
    let seen = Precondition::IfMatch(Etag::from(seen.0.clone()));
    let options = ItemWriteOptions::default().with_precondition(seen);
    let replaced = client.replace_item(partition.to_owned(), id, body, Some(options));
    match Box::pin(replaced).await {
        Ok(response) => etag_of(response.headers().etag()).map(Some),
        Err(error) if error.status().is_precondition_failed() || is_missing(&error) => Ok(None),
        Err(error) => Err(FeedError::of("replace", &error)),
    }
}
