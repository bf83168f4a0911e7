//! Lists: pages that end with a cursor, newest first; and scans, for what goes through all of them.

use std::{fmt, num::NonZeroU32, str::FromStr};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use super::{Filter, LETTERS, Letters};
use crate::{FeedError, LetterSummary, query::Pages};

/// Most letters on a page of a list.
pub const LETTERS_PER_PAGE_MAX: u32 = 1_000;

/// Letters asked for per page of a scan. The service ends a page at 4 MB whatever is asked for; the emulator goes through a
/// whole partition for each page, so few large ones.
const SCANNED_PER_PAGE: NonZeroU32 = NonZeroU32::new(10_000).expect("not zero");

/// What a list reads of a letter. None of the bytes.
const SUMMARY: &str = "SELECT c.id, c.listed_as, c.app, c.app_version, c.source, c.stage, c.reason, c.place, \
     c.field_path, c.offending_value, LEFT(c.detail, 200) AS detail, c.record_key, c.document_id, c.message_id, \
     c.correlation_id, c.schema_version, c.fingerprint, c.raw.bytes AS raw_bytes, c.at, c.last_failed_at, c.failures, \
     c.edited, c.status, c._etag AS etag FROM c";

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// The letters, newest first.
    pub letters: Vec<LetterSummary>,
    /// Where the next page begins; none after the last.
    pub next: Option<Cursor>,
}

/// Where a page of a list begins. Good for ever: a letter keeps its place in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(String);

/// A text that is no cursor of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor")]
pub struct InvalidCursor;

impl Cursor {
    pub(crate) fn after(order: &str) -> Self {
        Self(order.to_owned())
    }

    pub(crate) fn order(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(&self.0))
    }
}

impl FromStr for Cursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidCursor)?;
        let order = String::from_utf8(bytes).map_err(|_| InvalidCursor)?;
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if order.is_empty() || order.len() > 128 || !order.chars().all(plain) {
            return Err(InvalidCursor);
        }
        Ok(Self(order))
    }
}

impl Serialize for Cursor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl Letters {
    /// One page of the letters that match, newest first. `limit` is at most [`LETTERS_PER_PAGE_MAX`].
    ///
    /// # Errors
    /// When the feed does not answer.
    pub async fn list(
        &self,
        filter: &Filter,
        limit: u32,
        after: Option<&Cursor>,
    ) -> Result<Listed, FeedError> {
        let limit = limit.clamp(1, LETTERS_PER_PAGE_MAX);
        let (mut condition, parameters) = filter.condition();
        if after.is_some() {
            condition.push_str(" AND c.listed_as < @after");
        }
        let text = format!("{SUMMARY}{condition} ORDER BY c.listed_as DESC");
        let mut pages = Pages::with(&self.feed, LETTERS, text)
            .parameters(parameters)
            .page_size(NonZeroU32::new(limit).unwrap_or(NonZeroU32::MIN));
        if let Some(after) = after {
            pages = pages.parameter("@after", after.order());
        }
        let letters = first(pages, limit as usize).await?;
        let full = letters.len() == limit as usize;
        let last: Option<&LetterSummary> = letters.last().filter(|_| full);
        let next = last.map(|last| Cursor::after(&last.order));
        Ok(Listed { letters, next })
    }

    /// All letters that match, page by page in no particular order: for plans and exports.
    #[must_use]
    pub fn scan(&self, filter: &Filter) -> Pages<LetterSummary> {
        let (condition, parameters) = filter.condition();
        Pages::with(&self.feed, LETTERS, format!("{SUMMARY}{condition}"))
            .parameters(parameters)
            .page_size(SCANNED_PER_PAGE)
    }
}

/// The first documents of a query.
pub(crate) async fn first<T: serde::de::DeserializeOwned + Send + 'static>(
    mut pages: Pages<T>,
    limit: usize,
) -> Result<Vec<T>, FeedError> {
    let mut found = Vec::new();
    while found.len() < limit {
        let Some(page) = pages.next().await? else {
            break;
        };
        found.extend(page);
    }
    found.truncate(limit);
    Ok(found)
}
