//! Going through a container page by page, in bounded memory.

use std::{fmt, num::NonZeroU32, pin::Pin};

use azure_data_cosmos::{
    FeedScope, Query,
    feed::{ContinuationToken, QueryPageIterator},
    options::{MaxItemCountHint, QueryOptions},
};
use futures::TryStreamExt;
use retry::{Class, Classify as _, Policy};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    Feed, FeedError,
    client::{Container, Containers},
};

/// Documents asked for per page. The emulator copies a whole partition for each page, so few large ones.
const PAGE_DOCUMENTS: NonZeroU32 = NonZeroU32::new(2_000).expect("not zero");

type Live<T> = Pin<Box<QueryPageIterator<T>>>;

/// Goes through a container page by page. What is written meanwhile may or may not be seen.
pub struct Pages<T: Send> {
    feed: Feed,
    container: fn(&Containers) -> &Container,
    text: String,
    parameters: Vec<(String, Value)>,
    documents: NonZeroU32,
    /// The iterator; none before the first page and after an error.
    live: Option<Live<T>>,
    /// Where the last page ended.
    token: Option<ContinuationToken>,
}

impl<T: Send> fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("text", &self.text)
            .field("started", &self.token.is_some())
            .finish_non_exhaustive()
    }
}

impl<T: DeserializeOwned + Send + 'static> Pages<T> {
    pub(crate) fn with(
        feed: &Feed,
        container: fn(&Containers) -> &Container,
        text: impl Into<String>,
    ) -> Self {
        Self {
            feed: feed.clone(),
            container,
            text: text.into(),
            parameters: Vec::new(),
            documents: PAGE_DOCUMENTS,
            live: None,
            token: None,
        }
    }

    /// With a parameter of the query.
    pub(crate) fn parameter(mut self, name: &str, value: impl Serialize) -> Self {
        let value = serde_json::to_value(value).unwrap_or(Value::Null);
        self.parameters.push((name.to_owned(), value));
        self
    }

    /// With several.
    pub(crate) fn parameters(mut self, parameters: Vec<(String, Value)>) -> Self {
        self.parameters.extend(parameters);
        self
    }

    /// With pages of this size.
    pub(crate) const fn page_size(mut self, documents: NonZeroU32) -> Self {
        self.documents = documents;
        self
    }

    /// The next page, possibly an empty one; none after the last.
    ///
    /// # Errors
    /// When the feed does not answer within [`Policy::feed_write`]. The next call then goes on after the last page that
    /// was read.
    pub async fn next(&mut self) -> Result<Option<Vec<T>>, FeedError> {
        let mut delays = Policy::feed_write().schedule();
        loop {
            let error = match self.next_once().await {
                Ok(page) => return Ok(page),
                Err(error) => error,
            };
            let Class::Transient { retry_after } = error.class() else {
                return Err(error);
            };
            let Ok(wait) = delays.wait(retry_after) else {
                return Err(error);
            };
            tokio::time::sleep(wait).await;
        }
    }

    async fn next_once(&mut self) -> Result<Option<Vec<T>>, FeedError> {
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
        let failed = |error| FeedError::of("read", &error);
        let client = (self.container)(&self.feed.containers).open().await?;
        let mut options =
            QueryOptions::default().with_max_item_count(MaxItemCountHint::Limit(self.documents));
        if let Some(token) = self.token.clone() {
            options = options.with_continuation_token(token);
        }
        let mut query = Query::from(self.text.as_str());
        for (name, value) in &self.parameters {
            query = query.with_parameter(name.as_str(), value).map_err(failed)?;
        }
        let scope = FeedScope::full_container();
        let items = Box::pin(client.query_items(query, scope, Some(options))).await;
        Ok(Box::pin(items.map_err(failed)?.into_pages()))
    }
}
