use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::value::RawValue;

use super::{Payload, Trigger};
use crate::DecodeError;
use crate::envelope::Entries;
use crate::unescape::Wrapping;

/// blobTrigger: a whole blob, in memory.
///
/// For large blobs take the `BlobCreated` event ([`EventGrid`](super::EventGrid) or [`Queue`](super::Queue)) and stream
/// the blob yourself. On Flex Consumption function.json needs `"source": "EventGrid"`. The host tries five times.
#[non_exhaustive]
pub struct Blob {
    /// What is in it.
    pub bytes: Vec<u8>,
    /// Where it is.
    pub uri: Option<String>,
    /// What `{name}` in the `path` of function.json stands for; the host knows others by their own names.
    pub name: Option<String>,
    /// Length in bytes, as storage says.
    pub content_length: Option<u64>,
    /// What the writer says it is.
    pub content_type: Option<String>,
    /// When it was last written, as the host writes it.
    pub last_modified: Option<String>,
    /// All properties of the blob: a JSON object.
    pub properties: Option<Box<RawValue>>,
    /// What the writer added to it.
    pub user_metadata: BTreeMap<String, String>,
}

impl Trigger for Blob {
    /// Bytes are base64 in one JSON string; text (`"dataType": "string"`) is wrapped twice; an object is a JSON blob.
    fn decode(payload: &Payload<'_>) -> Result<Self, DecodeError> {
        let (text, wrapping) = payload.unwrapped()?;
        let bytes = match wrapping {
            Wrapping::Once => STANDARD
                .decode(&text)
                .map_err(|_| payload.unexpected("base64"))?,
            Wrapping::Plain | Wrapping::Twice => text.into_bytes(),
        };
        let metadata = payload.metadata;
        let properties = metadata.text("Properties").unwrap_or_default();
        let entries: Entries<'_> = serde_json::from_str(&properties).unwrap_or_default();
        Ok(Self {
            bytes,
            uri: metadata.text("Uri"),
            name: metadata.text("name"),
            content_length: entries
                .get("ContentLength")
                .and_then(|length| length.get().parse().ok()),
            content_type: entries.text("ContentType"),
            last_modified: entries.text("LastModified"),
            user_metadata: metadata
                .json("Metadata")
                .and_then(Result::ok)
                .unwrap_or_default(),
            properties: RawValue::from_string(properties).ok(),
        })
    }
}

/// Without the bytes.
impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blob")
            .field("uri", &self.uri)
            .field("bytes", &self.bytes.len())
            .field("content_type", &self.content_type)
            .finish_non_exhaustive()
    }
}
