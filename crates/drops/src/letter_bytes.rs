//! Bytes of dead letters that are too many for a document, as blobs.

use feed::{BlobError, BlobFuture, BlobReference, BlobStore};
use retry::Classify as _;

use crate::{DropError, Drops};

/// The container of an app's own storage account with the bytes of its dead letters that are too many for a document.
pub const LETTER_BYTES: &str = "dead-letter-bytes";

/// Bytes of dead letters in one container of the account. A blob's name is a function of its bytes, so writing one again
/// finds it there. The container has to exist; nothing is ever deleted from it.
///
/// Calls are repeated as all calls of [`Drops`] are; whoever uses this repeats nothing.
#[derive(Debug, Clone)]
pub struct LetterBytes {
    drops: Drops,
    container: String,
}

impl LetterBytes {
    /// For the container of this name.
    #[must_use]
    pub fn new(drops: Drops, container: impl Into<String>) -> Self {
        Self {
            drops,
            container: container.into(),
        }
    }

    async fn write(&self, name: &str, bytes: &[u8]) -> Result<BlobReference, DropError> {
        let content = bytes::Bytes::copy_from_slice(bytes);
        self.drops.create(&self.container, name, content).await?;
        Ok(BlobReference {
            container: self.container.clone(),
            name: name.to_owned(),
            // The name stands for the bytes; a version would say nothing more.
            etag: None,
            offset: 0,
            length: bytes.len() as u64,
        })
    }

    async fn read(&self, reference: &BlobReference) -> Result<Vec<u8>, DropError> {
        let (container, name) = (&reference.container, &reference.name);
        let found = self.drops.find(container, name).await?;
        let file = found.ok_or_else(|| DropError::Missing {
            blob: format!("{container}/{name}"),
        })?;
        if let Some(expected) = reference.etag.as_ref().filter(|etag| **etag != file.etag) {
            return Err(DropError::Changed {
                blob: file.path(),
                expected: expected.clone(),
            });
        }
        let wanted = usize::try_from(reference.length).unwrap_or(usize::MAX);
        let mut reader = self.drops.open(&file, reference.offset).await?;
        let mut bytes = Vec::new();
        while bytes.len() < wanted {
            let Some(range) = reader.next().await? else {
                break;
            };
            bytes.extend_from_slice(&range);
        }
        bytes.truncate(wanted);
        Ok(bytes)
    }
}

impl BlobStore for LetterBytes {
    fn put<'a>(&'a self, name: &'a str, bytes: &'a [u8]) -> BlobFuture<'a, BlobReference> {
        Box::pin(async move { self.write(name, bytes).await.map_err(|error| of(&error)) })
    }

    fn get<'a>(&'a self, reference: &'a BlobReference) -> BlobFuture<'a, Vec<u8>> {
        Box::pin(async move { self.read(reference).await.map_err(|error| of(&error)) })
    }
}

fn of(error: &DropError) -> BlobError {
    BlobError {
        detail: error.to_string(),
        class: error.class(),
    }
}
