//! Keeping the bytes of letters: in the letter, in documents of their own, or in blob storage.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use retry::Class;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    BlobError, BlobReference, Encoding, Feed, FeedError, KeptBytes, Place, Seal, Unopened,
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
    if let Some((encoding, text)) = as_text(whole) {
        let at = Place::Letter { encoding, text };
        return Ok(kept(whole.len(), whole.len(), sha256, at));
    }
    if let (Some(blobs), true) = (&feed.blobs, whole.len() > PART_BYTES_MAX) {
        let put = blobs.put(&format!("{app}/{sha256}"), whole).await;
        let reference = put.map_err(|error| of_blob("put blob", error))?;
        return Ok(kept(
            whole.len(),
            whole.len(),
            sha256,
            Place::Blob(reference),
        ));
    }
    let partition = format!("{app}-{}", &sha256[..32]);
    let first = &whole[..whole.len().min(RAW_BYTES_MAX)];
    let at = keep_parts(feed, partition, first, |_, chunk| STANDARD.encode(chunk)).await?;
    Ok(kept(whole.len(), first.len(), sha256, at))
}

/// As [`keep`], but nobody reads them without the app's key. A part is sealed by itself, and so is a blob.
pub(crate) async fn keep_sealed(
    feed: &Feed,
    seal: &Seal,
    app: &str,
    whole: &[u8],
) -> Result<KeptBytes, FeedError> {
    let name = seal.name(whole);
    let partition = format!("{app}-{}", &name[..32]);
    let at = if whole.len() <= IN_LETTER_BYTES_MAX / 2 {
        Place::Letter {
            encoding: Encoding::Sealed,
            text: seal.seal(&partition, whole),
        }
    } else if let (Some(blobs), true) = (&feed.blobs, whole.len() > PART_BYTES_MAX) {
        // Sealed twice, the same bytes are two texts; the one that is there first is as good.
        let text = seal.seal(&partition, whole);
        let put = blobs.put(&format!("{app}/{name}"), text.as_bytes()).await;
        let at = Place::Blob(put.map_err(|error| of_blob("put blob", error))?);
        return Ok(KeptBytes {
            sealed: true,
            ..kept(whole.len(), whole.len(), name, at)
        });
    } else {
        let first = &whole[..whole.len().min(RAW_BYTES_MAX)];
        let sealed = |id: &str, chunk: &[u8]| seal.seal(&format!("{partition}/{id}"), chunk);
        keep_parts(feed, partition.clone(), first, sealed).await?
    };
    Ok(KeptBytes {
        sealed: true,
        ..kept(whole.len(), whole.len().min(RAW_BYTES_MAX), name, at)
    })
}

fn kept(whole: usize, kept: usize, sha256: String, at: Place) -> KeptBytes {
    KeptBytes {
        bytes: whole as u64,
        sha256,
        sealed: false,
        truncated: kept < whole,
        at,
    }
}

async fn keep_parts(
    feed: &Feed,
    partition: String,
    bytes: &[u8],
    text: impl Fn(&str, &[u8]) -> String,
) -> Result<Place, FeedError> {
    let mut parts = 0;
    for chunk in bytes.chunks(PART_BYTES_MAX) {
        let id = parts.to_string();
        let part = Part {
            text: text(&id, chunk),
            partition: partition.clone(),
            id,
        };
        feed.guard.run(|| create(feed, &part)).await?;
        parts += 1;
    }
    Ok(Place::Parts { partition, parts })
}

/// Reads kept bytes and compares them with their hash.
pub(crate) async fn read(feed: &Feed, kept: &KeptBytes) -> Result<Vec<u8>, FeedError> {
    if kept.sealed {
        return Err(FeedError::local("read bytes", 403, "the bytes are sealed"));
    }
    let bytes = match &kept.at {
        Place::Letter { encoding, text } => decode(*encoding, text)?,
        Place::Parts { partition, parts } => {
            read_parts(feed, partition, *parts, |_, text| from_base64(text)).await?
        }
        Place::Blob(reference) => read_blob(feed, reference).await?,
    };
    if !kept.truncated && hex(&Sha256::digest(&bytes)) != kept.sha256 {
        let detail = "the bytes are not the ones that were kept: their hash differs";
        return Err(FeedError::local("read bytes", 400, detail));
    }
    Ok(bytes)
}

/// Reads and opens sealed bytes.
pub(crate) async fn read_sealed(
    feed: &Feed,
    seal: &Seal,
    app: &str,
    kept: &KeptBytes,
) -> Result<Vec<u8>, FeedError> {
    let unopened = |error: Unopened| FeedError::local("open bytes", 400, error.to_string());
    match &kept.at {
        Place::Letter { text, .. } => seal.open(&place_of(app, kept), text).map_err(unopened),
        Place::Parts { partition, parts } => {
            let open = |id: &str, text: &str| {
                let place = format!("{partition}/{id}");
                seal.open(&place, text).map_err(unopened)
            };
            read_parts(feed, partition, *parts, open).await
        }
        Place::Blob(reference) => {
            let bytes = read_blob(feed, reference).await?;
            let text = std::str::from_utf8(&bytes).map_err(|_| unopened(Unopened::Damaged))?;
            seal.open(&place_of(app, kept), text).map_err(unopened)
        }
    }
}

/// Where sealed bytes were sealed for.
fn place_of(app: &str, kept: &KeptBytes) -> String {
    let name = kept.sha256.get(..32).unwrap_or_default();
    format!("{app}-{name}")
}

async fn read_blob(feed: &Feed, reference: &BlobReference) -> Result<Vec<u8>, FeedError> {
    let Some(blobs) = &feed.blobs else {
        let detail = "the bytes are in blob storage, and this app has none";
        return Err(FeedError::local("read bytes", 400, detail));
    };
    let got = blobs.get(reference).await;
    got.map_err(|error| of_blob("get blob", error))
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

async fn read_parts(
    feed: &Feed,
    partition: &str,
    parts: u32,
    decode: impl Fn(&str, &str) -> Result<Vec<u8>, FeedError>,
) -> Result<Vec<u8>, FeedError> {
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
        whole.extend(decode(&id, &part.value.text)?);
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
