//! How far a file is taken in, so that another invocation can go on.

use drops::{DroppedFile, TakeError};
use feed::{ETag, Feed};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// A place in a file: everything before it is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Position {
    /// Byte of the file at which an interchange starts.
    pub(super) offset: u64,
    /// Transaction sets of that interchange that are durable.
    pub(super) sets: u64,
}

/// The stored position of one version of a file.
#[derive(Debug)]
pub(super) struct Stored<'f> {
    feed: &'f Feed,
    name: String,
    etag: Option<ETag>,
}

impl<'f> Stored<'f> {
    /// Reads the position at which to go on; the start of the file if there is none.
    pub(super) async fn read(
        feed: &'f Feed,
        file: &DroppedFile,
    ) -> Result<(Self, Position), TakeError> {
        let name = name(file);
        let found = feed.checkpoint::<Position>(&name).await?;
        let (position, etag) = found.map_or((Position::default(), None), |found| {
            (found.value, Some(found.etag))
        });
        Ok((Self { feed, name, etag }, position))
    }

    /// Stores a position; fails when another invocation has stored one since.
    pub(super) async fn store(&mut self, position: Position) -> Result<(), TakeError> {
        let seen = self.etag.take();
        let stored = self.feed.store_checkpoint(&self.name, &position, seen);
        self.etag = Some(Box::pin(stored).await?);
        Ok(())
    }

    /// Forgets the position of a file that is taken in, so that the file can be taken in again on purpose.
    pub(super) async fn reset(mut self) -> Result<(), TakeError> {
        if self.etag.is_some() {
            self.store(Position::default()).await?;
        }
        Ok(())
    }
}

/// Keys of files have characters that names of checkpoints may not have.
fn name(file: &DroppedFile) -> String {
    let digest = Sha256::digest(file.key().as_bytes());
    let hex: String = digest[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("carrier-file-{hex}")
}
