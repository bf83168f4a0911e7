//! Where the bytes of a letter are.

use std::{fmt, future::Future, pin::Pin};

use retry::{Class, Classify};
use serde::{Deserialize, Serialize};

/// How bytes are written as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Encoding {
    /// They are text.
    #[serde(rename = "utf-8")]
    Utf8,
    /// They are not, or would be longer as JSON text.
    #[serde(rename = "base64")]
    Base64,
    /// Sealed, since they hold personal fields: base64 of nonce and ciphertext.
    #[serde(rename = "sealed")]
    Sealed,
}

/// Bytes of a letter, wherever they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptBytes {
    /// Length of the whole.
    pub bytes: u64,
    /// SHA-256 of the whole, lower-case hex; of sealed bytes an HMAC with the key, since a hash can be guessed.
    pub sha256: String,
    /// Whether they are sealed.
    #[serde(default)]
    pub sealed: bool,
    /// Whether only the first part is kept.
    #[serde(default)]
    pub truncated: bool,
    /// Where.
    #[serde(flatten)]
    pub at: Place,
}

/// Where bytes are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "in", rename_all = "snake_case")]
pub enum Place {
    /// In the letter.
    Letter {
        /// How they are written.
        encoding: Encoding,
        /// The bytes.
        text: String,
    },
    /// In documents of their own, shared by the letters of one message.
    Parts {
        /// Their partition.
        partition: String,
        /// How many.
        parts: u32,
    },
    /// In blob storage.
    Blob(BlobReference),
}

/// A range of one version of a blob.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlobReference {
    /// Name of the container.
    pub container: String,
    /// Name of the blob in it.
    pub name: String,
    /// Which version: its `ETag`.
    pub etag: Option<String>,
    /// First byte of the range.
    pub offset: u64,
    /// Bytes of the range.
    pub length: u64,
}

/// Why blob storage did not keep, or not return, bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("blob storage: {detail}")]
pub struct BlobError {
    /// What it says.
    pub detail: String,
    /// How it is to be treated.
    pub class: Class,
}

impl Classify for BlobError {
    fn class(&self) -> Class {
        self.class
    }
}

/// The future of a call to blob storage.
pub type BlobFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, BlobError>> + Send + 'a>>;

/// Blob storage for bytes that are too many for a document.
///
/// An app that reads files has one; the others do without, and
/// their bytes are kept in several documents. It repeats by itself what is worth repeating.
pub trait BlobStore: fmt::Debug + Send + Sync {
    /// Keeps the bytes under a name that is a function of them: what is there already is the same.
    fn put<'a>(&'a self, name: &'a str, bytes: &'a [u8]) -> BlobFuture<'a, BlobReference>;

    /// The bytes of a range.
    fn get<'a>(&'a self, reference: &'a BlobReference) -> BlobFuture<'a, Vec<u8>>;
}
