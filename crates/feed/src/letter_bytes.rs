//! Keeping the bytes of letters: in the letter, in documents of their own, or in blob storage.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use retry::Class;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    BlobError, Encoding, Feed, FeedError, KeptBytes, Place,
    client::{Container, Containers},
    raw::{escaped_len, hex},
    shelf::read_item,
};

/// Most bytes, as JSON text, that are kept in the letter itself. Letters are read a thousand at a time.
const IN_LETTER_BYTES_MAX: usize = 8_192;

/// Most bytes in one document: with base64 below the 2 MB of a document.
pub const PART_BYTES_MAX: usize = 1_500_000;

/// Most documents for the bytes of one unit, in an app without blob storage.
const PARTS_MAX: usize = 32;

/// Most bytes kept of one unit in an app without blob storage: 48 MB. More than any body that the apps accept.
pub const RAW_BYTES_MAX: usize = PART_BYTES_MAX * PARTS_MAX;

const BYTES: fn(&Containers) -> &Container = |containers| &containers.dead_letter_bytes;

#[derive(Serialize, Deserialize)]
struct Part {
    id: String,
    partition: String,
    text: String,
}

/// Keeps the bytes; what was kept before, for another letter of the same message, is found there.
pub(crate) async fn keep(feed: &Feed, app: &str, whole: &[u8]) -> Result<KeptBytes, FeedError> {
    let sha256 = hex(&Sha256::digest(whole));
    let bytes = whole.len() as u64;
    if let Some((encoding, text)) = as_text(whole) {
        let at = Place::Letter { encoding, text };
        let truncated = false;
        return Ok(KeptBytes {
            bytes,
            sha256,
            truncated,
            at,
        });
    }
    if let (Some(blobs), true) = (&feed.blobs, whole.len() > PART_BYTES_MAX) {
        let name = format!("{app}/{sha256}");
        let put = blobs.put(&name, whole).await;
        let reference = put.map_err(|error| of_blob("put blob", error))?;
        let (truncated, at) = (false, Place::Blob(reference));
        return Ok(KeptBytes {
            bytes,
            sha256,
            truncated,
            at,
        });
    }
    let partition = format!("{app}-{}", &sha256[..32]);
    let kept = &whole[..whole.len().min(RAW_BYTES_MAX)];
    let mut parts = 0;
    for chunk in kept.chunks(PART_BYTES_MAX) {
        let part = Part {
            id: parts.to_string(),
            partition: partition.clone(),
            text: STANDARD.encode(chunk),
        };
        feed.guard.run(|| create(feed, &part)).await?;
        parts += 1;
    }
    Ok(KeptBytes {
        bytes,
        sha256,
        truncated: kept.len() < whole.len(),
        at: Place::Parts { partition, parts },
    })
}

/// Reads kept bytes and compares them with their hash.
pub(crate) async fn read(feed: &Feed, kept: &KeptBytes) -> Result<Vec<u8>, FeedError> {
    let bytes = match &kept.at {
        Place::Letter { encoding, text } => decode(*encoding, text)?,
        Place::Parts { partition, parts } => read_parts(feed, partition, *parts).await?,
        Place::Blob(reference) => {
            let Some(blobs) = &feed.blobs else {
                let detail = "the bytes are in blob storage, and this app has none";
                return Err(FeedError::local("read bytes", 400, detail));
            };
            let read = blobs.get(reference).await;
            read.map_err(|error| of_blob("get blob", error))?
        }
    };
    if !kept.truncated && hex(&Sha256::digest(&bytes)) != kept.sha256 {
        let detail = "the bytes are not the ones that were kept: their hash differs";
        return Err(FeedError::local("read bytes", 400, detail));
    }
    Ok(bytes)
}

/// The bytes as a text in the letter, unless they are too many.
fn as_text(whole: &[u8]) -> Option<(Encoding, String)> {
    let encoded = whole.len().div_ceil(3) * 4;
    if let Ok(text) = std::str::from_utf8(whole)
        && escaped_len(text) <= encoded.clamp(64, IN_LETTER_BYTES_MAX)
    {
        return Some((Encoding::Utf8, text.to_owned()));
    }
    (encoded <= IN_LETTER_BYTES_MAX).then(|| (Encoding::Base64, STANDARD.encode(whole)))
}

pub(crate) fn decode(encoding: Encoding, text: &str) -> Result<Vec<u8>, FeedError> {
    match encoding {
        Encoding::Utf8 => Ok(text.as_bytes().to_vec()),
        Encoding::Base64 => from_base64(text),
        Encoding::Sealed => Err(FeedError::local("read bytes", 403, "the bytes are sealed")),
    }
}

fn from_base64(text: &str) -> Result<Vec<u8>, FeedError> {
    STANDARD
        .decode(text)
        .map_err(|error| FeedError::local("read bytes", 400, error.to_string()))
}

async fn create(feed: &Feed, part: &Part) -> Result<(), FeedError> {
    let container = BYTES(&feed.containers).open().await?;
    let created = container.create_item(part.partition.clone(), &part.id, part, None);
    match Box::pin(created).await {
        Ok(_) => Ok(()),
        Err(error) if error.status().is_conflict() => Ok(()),
        Err(error) => Err(FeedError::of("keep bytes", &error)),
    }
}

async fn read_parts(feed: &Feed, partition: &str, parts: u32) -> Result<Vec<u8>, FeedError> {
    let mut whole = Vec::new();
    for part in 0..parts {
        let id = part.to_string();
        let read = feed
            .guard
            .run(|| read_item::<Part>(feed, BYTES, partition.to_owned(), &id))
            .await?;
        let Some(part) = read else {
            let detail = format!("part {part} of {partition} is missing");
            return Err(FeedError::local("read bytes", 404, detail));
        };
        whole.extend(from_base64(&part.value.text)?);
    }
    Ok(whole)
}

fn of_blob(operation: &'static str, error: BlobError) -> FeedError {
    let (status, retry_after) = match error.class {
        Class::Transient { retry_after } => (503, retry_after),
        Class::Permanent => (403, None),
    };
    FeedError {
        retry_after,
        ..FeedError::local(operation, status, error.detail)
    }
}
