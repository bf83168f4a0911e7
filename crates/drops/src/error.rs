//! What goes wrong with a file, and whether it is worth another try.

use std::time::Duration;

use azure_core::{
    error::ErrorKind,
    http::{StatusCode, headers::HeaderName},
};
use credential::CredentialError;
use retry::{Class, Classify, Exhausted};

/// Why a queue message tells of no file.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// It is no event of the Event Grid schema.
    #[error("not an Event Grid event: {0}")]
    NotAnEvent(#[from] serde_json::Error),
    /// Its subject names no blob.
    #[error("subject {0:?} names no blob")]
    Subject(String),
    /// Its data has no usable URL.
    #[error("{0:?} is no URL")]
    Url(String),
    /// Its time is no instant.
    #[error("event time {0:?} is no instant")]
    Time(String),
}

/// Why there is no way to the files.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The service is not an absolute URL. Its text is not repeated: it may hold a signature.
    #[error("the service is not an absolute URL with a host")]
    NotAUrl,
    /// Tokens are sent over https only, so an http service needs a signature in its URL.
    #[error("the service is not https and its URL has no shared access signature")]
    NotSigned,
    /// There is no identity to sign in with.
    #[error(transparent)]
    Credential(#[from] CredentialError),
}

/// Why a file cannot be read, found or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DropError {
    /// The blob is another version now than the one the event told of; an event for that one exists.
    #[error("{blob} changed after the event: version {expected} is gone")]
    Changed {
        /// Container and name.
        blob: String,
        /// The `ETag` that was asked for.
        expected: String,
    },
    /// There is no such blob any more.
    #[error("{blob} does not exist")]
    Missing {
        /// Container and name.
        blob: String,
    },
    /// The event is about another storage account than ours.
    #[error("{url} is not in our storage account {account}")]
    ForeignAccount {
        /// URL of the event, without its query.
        url: String,
        /// Host of our account.
        account: String,
    },
    /// A blob is longer than the caller is ready to hold.
    #[error("{blob} has {length} bytes, more than {limit}")]
    TooLong {
        /// Container and name.
        blob: String,
        /// Its length in bytes.
        length: u64,
        /// The caller's limit in bytes.
        limit: u64,
    },
    /// The service refuses for a reason that has nothing to do with the file: identity, permission, container.
    #[error("{operation} of {blob} was refused with {status} {code}")]
    Refused {
        /// What was asked for.
        operation: &'static str,
        /// Container and name.
        blob: String,
        /// HTTP status.
        status: u16,
        /// The service's own code; empty when it gave none.
        code: String,
    },
    /// The service could not be reached, is overloaded, or broke off.
    #[error("{operation} of {blob} failed: {detail}")]
    Unavailable {
        /// What was asked for.
        operation: &'static str,
        /// Container and name.
        blob: String,
        /// HTTP status or what the network said.
        detail: String,
        /// The shortest wait that the service asked for.
        retry_after: Option<Duration>,
    },
}

impl DropError {
    /// Whether the file itself is the reason: it changed, is gone, is too long, or is not ours.
    ///
    /// Any other failure says nothing about the file, so its message must be delivered again.
    #[must_use]
    pub const fn is_about_the_file(&self) -> bool {
        !matches!(self, Self::Refused { .. } | Self::Unavailable { .. })
    }

    /// What an answer of the service means for a request about `blob` that insists on the version `etag`.
    pub(crate) fn of(
        operation: &'static str,
        blob: &str,
        etag: &str,
        error: &azure_core::Error,
    ) -> Self {
        let blob = blob.to_owned();
        let ErrorKind::HttpResponse {
            status,
            error_code,
            raw_response,
        } = error.kind()
        else {
            return Self::unavailable(operation, blob, error.to_string());
        };
        let code = error_code.clone().unwrap_or_default();
        let retry_after = raw_response.as_ref().and_then(|response| {
            let header = HeaderName::from_static("retry-after");
            response.headers().get_optional_str(&header)?.parse().ok()
        });
        match (u16::from(*status), code.as_str()) {
            (412, _) => Self::Changed {
                blob,
                expected: etag.to_owned(),
            },
            // The blob shrank under a request for a range: it is another version.
            (416, _) => Self::Changed {
                blob,
                expected: etag.to_owned(),
            },
            // A HEAD has no body, so its code may be missing.
            (404, "" | "BlobNotFound") => Self::Missing { blob },
            (status, _) if is_transient(status) => Self::Unavailable {
                operation,
                blob,
                detail: format!("{status} {code}"),
                retry_after: retry_after.map(Duration::from_secs),
            },
            (status, _) => Self::Refused {
                operation,
                blob,
                status,
                code,
            },
        }
    }

    pub(crate) const fn unavailable(operation: &'static str, blob: String, detail: String) -> Self {
        Self::Unavailable {
            operation,
            blob,
            detail,
            retry_after: None,
        }
    }
}

const fn is_transient(status: u16) -> bool {
    matches!(status, 408 | 429 | 500..=599)
}

/// Whether a conditional creation found something there already.
pub(crate) fn is_already_there(error: &azure_core::Error) -> bool {
    matches!(
        error.http_status(),
        Some(StatusCode::Conflict | StatusCode::PreconditionFailed)
    )
}

impl Classify for DropError {
    fn class(&self) -> Class {
        match self {
            Self::Unavailable { retry_after, .. } => Class::Transient {
                retry_after: *retry_after,
            },
            _ => Class::Permanent,
        }
    }
}

impl From<Exhausted<Self>> for DropError {
    fn from(exhausted: Exhausted<Self>) -> Self {
        exhausted.error
    }
}
