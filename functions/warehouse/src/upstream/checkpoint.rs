//! How far a file has been taken in.

use csvw::{Header, Position};
use drops::{DroppedFile, TakeError};
use feed::{ETag, Feed};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{Deps, Work};

/// How far a movement file has been taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FilePosition {
    /// The file, for people.
    pub(super) file: String,
    /// What the head of the file said.
    pub(super) header: Header,
    /// Everything up to here is durable.
    pub(super) position: Position,
    /// Whether a row before here has no id. Such rows are told apart by counting, from the start of the file.
    pub(super) counts_contents: bool,
    /// Whether this is the end.
    pub(super) is_done: bool,
}

/// A checkpoint with the state in which it was seen.
pub(super) struct Stored<T> {
    name: String,
    pub(super) value: Option<T>,
    etag: Option<ETag>,
    /// Nothing is stored, only remembered.
    is_rehearsal: bool,
}

impl<T: Serialize + DeserializeOwned + Send + Sync> Stored<T> {
    pub(super) async fn read(deps: &Deps, name: String) -> Result<Self, TakeError> {
        let found = deps.feed.checkpoint(&name).await?;
        let (value, etag) = found.map(|found| (found.value, found.etag)).unzip();
        Ok(Self {
            name,
            value,
            etag,
            is_rehearsal: deps.ingest.is_rehearsal(),
        })
    }

    /// How far a file is taken in. A rehearsal begins at the start of it.
    pub(super) async fn of_file(work: &Work<'_>) -> Result<Self, TakeError> {
        let mut stored = Self::read(work.deps, of_file(work)).await?;
        if stored.is_rehearsal {
            stored.value = None;
        }
        Ok(stored)
    }

    /// Stores the next value, unless somebody else has since this one was seen.
    pub(super) async fn store(&mut self, feed: &Feed, value: T) -> Result<(), TakeError> {
        if !self.is_rehearsal {
            let etag = feed
                .store_checkpoint(&self.name, &value, self.etag.clone())
                .await?;
            self.etag = Some(etag);
        }
        self.value = Some(value);
        Ok(())
    }
}

/// Name of the checkpoint of one version of a file.
fn of_file(work: &Work<'_>) -> String {
    // The correlation id is a hash of the file's key.
    format!("warehouse:file:{}", work.delivery.correlation_id)
}

/// What a file is called in its checkpoint.
pub(super) fn label(file: &DroppedFile) -> String {
    file.key()
}
