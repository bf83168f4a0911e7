use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Payload, Trigger};
use crate::DecodeError;
use crate::unescape::{innermost, is_twice, twice};

/// cosmosDBTrigger: a page of the change feed.
///
/// Without `"retry": {"maxRetryCount": -1, ..}` in function.json the host **skips** a page whose invocation failed, for
/// whatever reason. With it the page comes again until it succeeds, and nothing behind it in its partition runs. So
/// finish a document that cannot be worked on yourself, and fail only when nothing can be written.
///
/// The host rewrites what looks like an ISO date, and reads fractions as doubles: never hash or compare the text.
///
/// The two JSON strings around the documents are taken off in one pass over the request, so each document is copied
/// once; what you read of it borrows from there.
pub struct CosmosDb {
    text: String,
}

/// The page is not a JSON array.
#[derive(Debug, thiserror::Error)]
#[error("the documents are not a JSON array: {0}")]
pub struct DocumentsError(#[source] serde_json::Error);

/// One document is not of the form it was parsed as. Its neighbours are not concerned.
#[derive(Debug, thiserror::Error)]
#[error("document {index}: {source}")]
pub struct DocumentError {
    /// Place of the document in the page, from 0.
    pub index: usize,
    /// What the parser says.
    #[source]
    pub source: serde_json::Error,
}

impl CosmosDb {
    /// The page as the text of one JSON array.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The documents, in the order of the feed, as they stand in the page.
    ///
    /// # Errors
    /// When the page is not a JSON array; the host never sends one.
    pub fn documents(&self) -> Result<Vec<&RawValue>, DocumentsError> {
        serde_json::from_str(&self.text).map_err(DocumentsError)
    }

    /// Parses the documents one by one: gives `(index, parsed or why not, the document)` for each.
    ///
    /// `T` may borrow from the invocation (`&str`, `Cow<str>`, `&RawValue`).
    ///
    /// # Errors
    /// When the page is not a JSON array; the host never sends one.
    pub fn parse<'a, T: Deserialize<'a>>(&'a self) -> Result<Documents<'a, T>, DocumentsError> {
        let documents = self.documents()?.into_iter().enumerate();
        Ok(Documents {
            documents,
            parsed: PhantomData,
        })
    }
}

/// The length only: documents are data of others, and do not belong into a log.
impl fmt::Debug for CosmosDb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CosmosDb")
            .field("bytes", &self.text.len())
            .finish_non_exhaustive()
    }
}

/// Parses the documents of a page one by one, see [`CosmosDb::parse`].
pub struct Documents<'a, T> {
    documents: std::iter::Enumerate<std::vec::IntoIter<&'a RawValue>>,
    parsed: PhantomData<fn() -> T>,
}

impl<'a, T: Deserialize<'a>> Iterator for Documents<'a, T> {
    type Item = (usize, Result<T, DocumentError>, &'a RawValue);

    fn next(&mut self) -> Option<Self::Item> {
        let (index, document) = self.documents.next()?;
        let parsed =
            serde_json::from_str(document.get()).map_err(|source| DocumentError { index, source });
        Some((index, parsed, document))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.documents.size_hint()
    }
}

impl<'a, T: Deserialize<'a>> ExactSizeIterator for Documents<'a, T> {}

impl<T> fmt::Debug for Documents<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Documents")
            .field("left", &self.documents.len())
            .finish_non_exhaustive()
    }
}

impl Trigger for CosmosDb {
    fn decode(payload: &Payload<'_>) -> Result<Self, DecodeError> {
        let value = payload.value.get();
        // Never try one layer after two have failed: that would be a second copy of megabytes, for an error.
        let text = if is_twice(value) {
            twice(value)
        } else {
            innermost(value).map(|(text, _)| text)
        };
        let text = text.map_err(|source| DecodeError::Unescape {
            binding: payload.binding.to_owned(),
            source,
        })?;
        match text.trim_ascii_start().bytes().next() {
            Some(b'[') => Ok(Self { text }),
            // A manual run without input.
            _ if text == "null" => Ok(Self {
                text: "[]".to_owned(),
            }),
            _ => Err(payload.unexpected("an array of documents")),
        }
    }
}
