//! How far a file has been taken in.

use csvw::{Header, Position};
use drops::{DroppedFile, TakeError};
use feed::{ETag, Feed};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::Work;

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
}

impl<T: Serialize + DeserializeOwned + Send + Sync> Stored<T> {
    pub(super) async fn read(feed: &Feed, name: String) -> Result<Self, TakeError> {
        let found = feed.checkpoint(&name).await?;
        let (value, etag) = found.map(|found| (found.value, found.etag)).unzip();
        Ok(Self { name, value, etag })
    }

    /// Stores the next value, unless somebody else has since this one was seen.
    pub(super) async fn store(&mut self, feed: &Feed, value: T) -> Result<(), TakeError> {
        let etag = feed
            .store_checkpoint(&self.name, &value, self.etag.clone())
            .await?;
        self.etag = Some(etag);
        self.value = Some(value);
        Ok(())
    }
}

/// Name of the checkpoint of one version of a file.
pub(super) fn of_file(work: &Work<'_>) -> String {
    // The correlation id is a hash of the file's key.
    format!("warehouse:file:{}", work.delivery.correlation_id)
}

/// What a file is called in its checkpoint.
pub(super) fn label(file: &DroppedFile) -> String {
    file.key()
}
