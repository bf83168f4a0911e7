//! Ids that are pure functions of a record.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::{RecordKey, Source, SourceVersion};

/// Number of buckets that the keys of one source are spread over. Part of every stored partition key: never change it.
pub const BUCKETS: u64 = 64;

/// Put between the parts of a hash, so that `a`+`bc` and `ab`+`c` differ. Keys hold no control characters.
const UNIT_SEPARATOR: u8 = 0x1f;

/// Lower-case hex digits of 128 bits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Hex128([u8; 16]);

impl Hex128 {
    fn of(parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                hasher.update([UNIT_SEPARATOR]);
            }
            hasher.update(part);
        }
        let digest = hasher.finalize();
        let mut first = [0; 16];
        first.copy_from_slice(&digest[..16]);
        Self(first)
    }
}

impl fmt::Display for Hex128 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

macro_rules! hex_id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Hex128);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    };
}

hex_id! {
    /// Fingerprint of what a record says: first 128 bits of SHA-256 over body, references and replaced references.
    ContentHash
}

hex_id! {
    /// Id of a record's document: first 128 bits of SHA-256 over entity, key, version and content hash.
    ///
    /// The same fact delivered twice has the same id, so the second create is refused as a duplicate. A corrected fact
    /// has another content hash, hence another id.
    DocumentId
}

impl ContentHash {
    pub(crate) fn of(body: &str, references: &str, replaced: Option<&str>) -> Self {
        let parts = [Some(body), Some(references), replaced];
        let parts: Vec<&[u8]> = parts.into_iter().flatten().map(str::as_bytes).collect();
        Self(Hex128::of(&parts))
    }
}

impl DocumentId {
    pub(crate) fn of(key: &RecordKey, version: SourceVersion, content: ContentHash) -> Self {
        Self(Hex128::of(&[
            key.entity().as_str().as_bytes(),
            key.as_str().as_bytes(),
            version.to_string().as_bytes(),
            content.to_string().as_bytes(),
        ]))
    }
}

/// Partition of a record's document: source and bucket, such as `orders-17`.
///
/// A function of the record's own key alone: a reference learnt later never moves a document, all versions of a key
/// stay in order in one partition, and many keys share one, so that a batch can carry them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartitionKey(String);

impl PartitionKey {
    /// The partition of `key` when it comes from `source`.
    #[must_use]
    pub fn of(source: Source, key: &RecordKey) -> Self {
        let Hex128(bytes) =
            Hex128::of(&[key.entity().as_str().as_bytes(), key.as_str().as_bytes()]);
        let mut first = [0; 8];
        first.copy_from_slice(&bytes[..8]);
        Self(format!(
            "{source}-{:02}",
            u64::from_be_bytes(first) % BUCKETS
        ))
    }

    /// The text under `/partition` in the document.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PartitionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
