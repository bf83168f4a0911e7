//! How far a file is taken in, so that another invocation can go on.

use drops::{DroppedFile, TakeError};
use feed::{ETag, Feed};
use ingest::Ingest;
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
    /// Nothing is stored, and the file is read from its start.
    is_rehearsal: bool,
}

impl<'f> Stored<'f> {
    /// Reads the position at which to go on; the start of the file if there is none.
    pub(super) async fn read(
        ingest: &'f Ingest,
        file: &DroppedFile,
    ) -> Result<(Self, Position), TakeError> {
        let name = name(file);
        let (feed, is_rehearsal) = (ingest.feed(), ingest.is_rehearsal());
        let found = match is_rehearsal {
            true => None,
            false => feed.checkpoint::<Position>(&name).await?,
        };
        let (position, etag) = found.map_or((Position::default(), None), |found| {
            (found.value, Some(found.etag))
        });
        let stored = Self {
            feed,
            name,
            etag,
            is_rehearsal,
        };
        Ok((stored, position))
    }

    /// Stores a position; fails when another invocation has stored one since.
    pub(super) async fn store(&mut self, position: Position) -> Result<(), TakeError> {
        if self.is_rehearsal {
            return Ok(());
        }
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
