//! A file as ranges of bytes.

use std::{fmt, num::NonZero, time::Duration};

use azure_core::http::Etag;
use azure_storage_blob::{BlobClient, models::BlobClientDownloadOptions};
use bytes::Bytes;
use futures::{Stream, stream};
use retry::Guard;

use crate::DropError;

/// Length of the first range, in bytes.
pub const RANGE_FIRST: u64 = 64 * 1024;

/// Length of the longest range, in bytes.
pub const RANGE_MAX: u64 = 4 * 1024 * 1024;

/// Longest wait for one range. 4 MiB in that time is a line of half a megabit.
const RANGE_WITHIN: Duration = Duration::from_secs(60);

/// One version of a file, read range by range.
pub struct BlobReader {
    pub(crate) client: BlobClient,
    pub(crate) guard: Guard,
    /// Container and name.
    pub(crate) blob: String,
    pub(crate) etag: String,
    pub(crate) length: u64,
    pub(crate) position: u64,
    pub(crate) range: u64,
}

impl fmt::Debug for BlobReader {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("BlobReader")
            .field("blob", &self.blob)
            .field("etag", &self.etag)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}

impl BlobReader {
    /// Length of the file in bytes.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.length
    }

    /// Offset of the next byte: where a reader that is opened later goes on.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// The version that is read, without quotes.
    #[must_use]
    pub fn etag(&self) -> &str {
        &self.etag
    }

    /// The next range; `None` at the end of the file.
    ///
    /// Repeats a range whose failure is transient. Dropping the future loses nothing: the same range comes next.
    ///
    /// # Errors
    /// [`DropError::Changed`] once the blob is another version; others as they come.
    pub async fn next(&mut self) -> Result<Option<Bytes>, DropError> {
        let length = self.range.min(self.length.saturating_sub(self.position));
        if length == 0 {
            return Ok(None);
        }
        let bytes = self.guard.run(|| self.fetch(length)).await?;
        self.position += length;
        self.range = (self.range * 2).min(RANGE_MAX);
        Ok(Some(bytes))
    }

    /// The rest of the file as a stream, which ends after the first error.
    pub fn into_stream(self) -> impl Stream<Item = Result<Bytes, DropError>> + Send {
        stream::try_unfold(self, |mut reader| async move {
            let bytes = reader.next().await?;
            Ok(bytes.map(|bytes| (bytes, reader)))
        })
    }

    async fn fetch(&self, length: u64) -> Result<Bytes, DropError> {
        let failed = |detail: String| DropError::unavailable("read", self.blob.clone(), detail);
        let fetched = tokio::time::timeout(RANGE_WITHIN, self.download(length)).await;
        let bytes = fetched
            .map_err(|_| failed(format!("no range within {} s", RANGE_WITHIN.as_secs())))?
            .map_err(|error| DropError::of("read", &self.blob, &self.etag, &error))?;
        if u64::try_from(bytes.len()) == Ok(length) {
            Ok(bytes)
        } else {
            // The connection broke off in a way that looked like the end.
            Err(failed(format!("{} bytes instead of {length}", bytes.len())))
        }
    }

    async fn download(&self, length: u64) -> azure_core::Result<Bytes> {
        // One request and no parallel ones: the part is never shorter than the range.
        let part = usize::try_from(length).ok().and_then(NonZero::new);
        let options = BlobClientDownloadOptions {
            range: Some((self.position..self.position + length).into()),
            if_match: Some(quoted(&self.etag)),
            parallel: Some(NonZero::<usize>::MIN),
            partition_size: part,
            ..BlobClientDownloadOptions::default()
        };
        let downloaded = Box::pin(self.client.download(Some(options))).await?;
        downloaded.body.collect().await
    }
}

/// As a header has it; events have it without quotes.
fn quoted(etag: &str) -> Etag {
    Etag::from(format!("\"{etag}\""))
}
