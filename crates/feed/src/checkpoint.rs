//! How far a pull has come.

use azure_core::http::Etag;
use azure_data_cosmos::options::{ItemWriteOptions, Precondition};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{Feed, FeedError};

/// Which state of a document was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ETag(pub(crate) String);

/// A stored position, such as a watermark or a delta link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint<T> {
    /// The position.
    pub value: T,
    /// The state that was seen; give it back when storing the next position.
    pub etag: ETag,
}

/// Why a checkpoint was not stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// Somebody else has stored one since. What was pulled is in the feed; start again from the stored position.
    #[error("another run has stored the checkpoint since it was read")]
    Lost,
    /// The feed did not carry it out.
    #[error(transparent)]
    Feed(#[from] FeedError),
}

#[derive(Serialize)]
struct Written<'a, T> {
    id: &'a str,
    /// Tells our own write from somebody else's when its reply was lost.
    write: &'a str,
    value: &'a T,
}

#[derive(Deserialize)]
struct Read<T> {
    write: String,
    value: T,
}

impl Feed {
    /// The stored checkpoint of this name; names are letters, digits, `-`, `_`, `.` and `:`.
    ///
    /// # Errors
    /// When the feed does not answer, or the stored value is not a `T`.
    pub async fn checkpoint<T: DeserializeOwned>(
        &self,
        name: &str,
    ) -> Result<Option<Checkpoint<T>>, FeedError> {
        let read = self.guard.run(|| self.read_checkpoint(name)).await?;
        Ok(read.map(|(Read { value, .. }, etag)| Checkpoint { value, etag }))
    }

    /// Stores a checkpoint: a first one without `etag`, the next one with the `etag` of the state that was seen.
    ///
    /// # Errors
    /// [`CheckpointError::Lost`] when there is one already, or it is no longer in that state.
    pub async fn store_checkpoint<T: Serialize>(
        &self,
        name: &str,
        value: &T,
        etag: Option<ETag>,
    ) -> Result<ETag, CheckpointError> {
        check_name(name)?;
        let write = Uuid::new_v4().to_string();
        let written = Written {
            id: name,
            write: &write,
            value,
        };
        let stored = self
            .guard
            .run(|| self.write_checkpoint(&written, etag.as_ref()))
            .await
            .map_err(FeedError::from)?;
        if let Some(etag) = stored {
            return Ok(etag);
        }
        // Refused; unless what is there is what we wrote and never heard back about.
        let current: Option<(Read<serde::de::IgnoredAny>, ETag)> = self
            .guard
            .run(|| self.read_checkpoint(name))
            .await
            .map_err(FeedError::from)?;
        match current {
            Some((read, etag)) if read.write == write => Ok(etag),
            Some(_) | None => Err(CheckpointError::Lost),
        }
    }

    async fn read_checkpoint<T: DeserializeOwned>(
        &self,
        name: &str,
    ) -> Result<Option<(Read<T>, ETag)>, FeedError> {
        check_name(name)?;
        let checkpoints = self.containers.checkpoints.open().await?;
        let read = Box::pin(checkpoints.read_item(name.to_owned(), name, None)).await;
        let response = match read {
            Ok(response) => response,
            Err(error) if is_missing(&error) => return Ok(None),
            Err(error) => return Err(FeedError::of("read checkpoint", &error)),
        };
        let etag = etag_of(response.headers().etag())?;
        let bytes = response
            .into_body()
            .single()
            .map_err(|error| FeedError::of("read checkpoint", &error))?;
        let read = serde_json::from_slice(&bytes)
            .map_err(|error| FeedError::local("read checkpoint", 400, error.to_string()))?;
        Ok(Some((read, etag)))
    }

    /// The new state, or none when the condition does not hold.
    async fn write_checkpoint<T: Serialize>(
        &self,
        written: &Written<'_, T>,
        etag: Option<&ETag>,
    ) -> Result<Option<ETag>, FeedError> {
        let checkpoints = self.containers.checkpoints.open().await?;
        let partition = written.id.to_owned();
        let result = match etag {
            None => Box::pin(checkpoints.create_item(partition, written.id, written, None)).await,
            Some(ETag(etag)) => {
                let seen = Precondition::IfMatch(Etag::from(etag.clone()));
                let options = ItemWriteOptions::default().with_precondition(seen);
                Box::pin(checkpoints.replace_item(partition, written.id, written, Some(options)))
                    .await
            }
        };
        match result {
            Ok(response) => etag_of(response.headers().etag()).map(Some),
            Err(error)
                if error.status().is_conflict()
                    || error.status().is_precondition_failed()
                    || is_missing(&error) =>
            {
                Ok(None)
            }
            Err(error) => Err(FeedError::of("store checkpoint", &error)),
        }
    }
}

pub(crate) fn etag_of(etag: Option<&Etag>) -> Result<ETag, FeedError> {
    etag.map(|etag| ETag(etag.to_string()))
        .ok_or_else(|| FeedError::local("checkpoint", 500, "the answer has no etag"))
}

/// Whether the item is missing; a missing container, or a replica that lags behind, is another matter.
pub(crate) fn is_missing(error: &azure_data_cosmos::CosmosError) -> bool {
    let status = error.status();
    status.is_not_found() && status.sub_status().is_none_or(|code| code.value() == 0)
}

/// Ids with a slash are taken by the service's emulator and can never be read again.
pub(crate) fn check_name(name: &str) -> Result<(), FeedError> {
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    if !name.is_empty() && name.len() <= 255 && name.bytes().all(fine) {
        return Ok(());
    }
    let detail = format!("{name:?} is no name for a document");
    Err(FeedError::local("checkpoint", 400, detail))
}
