//! Which messages were taken in, so that one delivered again costs no work.

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{Feed, FeedError, checkpoint::is_missing, raw::hex};

/// How long a receipt is kept, in seconds: one day, longer than any sender repeats a message.
pub const RECEIPT_TTL_SECONDS: u32 = 24 * 60 * 60;

#[derive(Serialize)]
struct Receipt<'a> {
    id: &'a str,
    message_id: &'a str,
    ttl: u32,
}

impl Feed {
    /// Whether the message was taken in within the last day.
    ///
    /// A guard against needless work, not against doubles: those the feed refuses by itself.
    ///
    /// # Errors
    /// When the feed does not answer.
    pub async fn receipt_exists(&self, message_id: &str) -> Result<bool, FeedError> {
        let id = receipt_id(message_id);
        Ok(self.guard.run(|| self.read_receipt(&id)).await?)
    }

    /// Notes that the message was taken in. To be called once everything in it is durable.
    ///
    /// # Errors
    /// When the feed does not carry it out.
    pub async fn store_receipt(&self, message_id: &str) -> Result<(), FeedError> {
        let id = receipt_id(message_id);
        let receipt = Receipt {
            id: &id,
            message_id,
            ttl: RECEIPT_TTL_SECONDS,
        };
        Ok(self.guard.run(|| self.write_receipt(&receipt)).await?)
    }

    async fn read_receipt(&self, id: &str) -> Result<bool, FeedError> {
        let receipts = self.containers.receipts.open().await?;
        match Box::pin(receipts.read_item(id.to_owned(), id, None)).await {
            Ok(_) => Ok(true),
            Err(error) if is_missing(&error) => Ok(false),
            Err(error) => Err(FeedError::of("read receipt", &error)),
        }
    }

    async fn write_receipt(&self, receipt: &Receipt<'_>) -> Result<(), FeedError> {
        let receipts = self.containers.receipts.open().await?;
        let partition = receipt.id.to_owned();
        match Box::pin(receipts.create_item(partition, receipt.id, receipt, None)).await {
            Ok(_) => Ok(()),
            Err(error) if error.status().is_conflict() => Ok(()),
            Err(error) => Err(FeedError::of("store receipt", &error)),
        }
    }
}

/// The sender chooses its message ids; ours have a length and an alphabet that every database takes.
fn receipt_id(message_id: &str) -> String {
    hex(&Sha256::digest(message_id.as_bytes())[..16])
}
