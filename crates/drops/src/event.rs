//! The event that tells of a file: `BlobCreated` of the Event Grid schema, as a queue message carries it.

use std::borrow::Cow;

use azure_core::http::Url;
use jiff::Timestamp;
use serde::Deserialize;

use crate::MessageError;

/// The one type of event that tells of a file.
const BLOB_CREATED: &str = "Microsoft.Storage.BlobCreated";

/// Operations after which a blob is whole. Others, such as `CreateFile`, come before its bytes do.
const WHOLE_AFTER: [&str; 6] = [
    "PutBlob",
    "PutBlockList",
    "PutBlobFromURL",
    "CopyBlob",
    "FlushWithClose",
    "SftpCommit",
];

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A file is there, whole.
    Uploaded(DroppedFile),
    /// A blob exists whose upload goes on; another event follows.
    Unfinished {
        /// The operation that made it.
        api: String,
    },
    /// Something else happened to a blob.
    Other {
        /// The type of the event.
        event_type: String,
    },
}

/// One version of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DroppedFile {
    /// Container of the blob.
    pub container: String,
    /// Name of the blob, with slashes.
    pub name: String,
    /// The version, without quotes.
    pub etag: String,
    /// Length in bytes.
    pub length: u64,
    /// When this version was written.
    pub written_at: Timestamp,
    /// Id of the event; of a file that was found otherwise, `None`.
    pub event_id: Option<String>,
    /// The URL that the event gave.
    pub(crate) url: Option<Url>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    event_type: Cow<'a, str>,
    #[serde(borrow)]
    event_time: Cow<'a, str>,
    #[serde(borrow)]
    subject: Cow<'a, str>,
    #[serde(borrow)]
    data: Data<'a>,
}

/// Other events have other data, hence the options.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data<'a> {
    #[serde(borrow, default)]
    api: Cow<'a, str>,
    #[serde(borrow, default)]
    url: Cow<'a, str>,
    #[serde(borrow, default)]
    e_tag: Cow<'a, str>,
    #[serde(default)]
    content_length: u64,
}

impl DroppedFile {
    /// Reads a queue message.
    ///
    /// # Errors
    /// A text that is no event, or an event of a blob that does not say which.
    pub fn from_message(text: &str) -> Result<Notice, MessageError> {
        let event: Event<'_> = serde_json::from_str(text)?;
        if event.event_type != BLOB_CREATED {
            return Ok(Notice::Other {
                event_type: event.event_type.into_owned(),
            });
        }
        if !WHOLE_AFTER.contains(&&*event.data.api) {
            return Ok(Notice::Unfinished {
                api: event.data.api.into_owned(),
            });
        }
        let (container, name) = blob_of(&event.subject)
            .ok_or_else(|| MessageError::Subject(event.subject.to_string()))?;
        let url = Url::parse(&event.data.url)
            .map_err(|_| MessageError::Url(event.data.url.to_string()))?;
        let written_at = event
            .event_time
            .parse()
            .map_err(|_| MessageError::Time(event.event_time.to_string()))?;
        Ok(Notice::Uploaded(Self {
            container: container.to_owned(),
            name: name.to_owned(),
            etag: event.data.e_tag.trim_matches('"').to_owned(),
            length: event.data.content_length,
            written_at,
            event_id: Some(event.id.into_owned()),
            url: Some(url),
        }))
    }

    /// The version of a file that a [`DroppedFile::key`] names. Its length is not in it.
    #[must_use]
    pub fn from_key(key: &str, written_at: Timestamp) -> Option<Self> {
        let (path, etag) = key.rsplit_once('@')?;
        let (container, name) = path.split_once('/')?;
        let is_whole = [container, name, etag].iter().all(|part| !part.is_empty());
        is_whole.then(|| Self {
            container: container.to_owned(),
            name: name.to_owned(),
            etag: etag.to_owned(),
            length: 0,
            written_at,
            event_id: None,
            url: None,
        })
    }

    /// What identifies this version of the file: container, name and `ETag`.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}/{}@{}", self.container, self.name, self.etag)
    }

    /// Container and name.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{}/{}", self.container, self.name)
    }

    /// The part of the name after the last slash.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }
}

/// Container and name in `/blobServices/default/containers/<container>/blobs/<name>`.
fn blob_of(subject: &str) -> Option<(&str, &str)> {
    let path = subject.strip_prefix("/blobServices/default/containers/")?;
    let (container, name) = path.split_once("/blobs/")?;
    (!container.is_empty() && !name.is_empty()).then_some((container, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(api: &str) -> String {
        format!(
            r#"{{"topic":"/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/acct",
            "subject":"/blobServices/default/containers/warehouse/blobs/in/MOVE DC3_0042.csv",
            "eventType":"Microsoft.Storage.BlobCreated","id":"831e1650-001e-001b-66ab-eeb76e069631",
            "data":{{"api":"{api}","clientRequestId":"6d79","requestId":"831e","eTag":"0x8D4BCC2E4835CD0",
            "contentType":"text/csv","contentLength":524288,"blobType":"BlockBlob",
            "url":"https://acct.blob.core.windows.net/warehouse/in/MOVE%20DC3_0042.csv",
            "sequencer":"00000000000004420000000000028963","storageDiagnostics":{{"batchId":"b68529f3"}}}},
            "dataVersion":"","metadataVersion":"1","eventTime":"2026-11-09T20:31:02.5217137Z"}}"#
        )
    }

    #[test]
    fn a_whole_blob_is_a_file() {
        for api in WHOLE_AFTER {
            let Notice::Uploaded(file) = DroppedFile::from_message(&event(api)).unwrap() else {
                panic!("{api}");
            };
            assert_eq!(
                file.key(),
                "warehouse/in/MOVE DC3_0042.csv@0x8D4BCC2E4835CD0"
            );
            let again = DroppedFile::from_key(&file.key(), file.written_at).unwrap();
            assert_eq!(again.key(), file.key());
            assert_eq!(file.file_name(), "MOVE DC3_0042.csv");
            assert_eq!(
                (file.length, file.written_at.as_millisecond()),
                (524_288, 1_794_256_262_521)
            );
        }
    }

    #[test]
    fn an_unfinished_upload_is_none() {
        for api in ["CreateFile", "SftpCreate", ""] {
            let notice = DroppedFile::from_message(&event(api)).unwrap();
            assert_eq!(
                notice,
                Notice::Unfinished {
                    api: api.to_owned()
                }
            );
        }
    }

    #[test]
    fn other_events_are_told_apart_from_broken_ones() {
        let deleted = event("DeleteBlob").replace("BlobCreated", "BlobDeleted");
        let notice = DroppedFile::from_message(&deleted).unwrap();
        let expected = "Microsoft.Storage.BlobDeleted".to_owned();
        assert_eq!(
            notice,
            Notice::Other {
                event_type: expected
            }
        );
        for (from, to) in [
            ("/blobServices/default/containers/", "/fileServices/"),
            ("/blobs/in/MOVE DC3_0042.csv", "/blobs/"),
            ("https://acct.blob.core.windows.net", "acct"),
            ("2026-11-09T20:31:02.5217137Z", "yesterday"),
            ("\"eventTime\"", "\"time\""),
            ("{\"topic\"", "[\"topic\""),
        ] {
            let broken = event("PutBlob").replace(from, to);
            assert!(DroppedFile::from_message(&broken).is_err(), "{to}");
        }
    }
}
