//! How a refusal of the feed is to be treated.

use std::time::Duration;

use azure_data_cosmos::CosmosError;
use retry::{Away, Class, Classify, Exhausted};

/// From this sub-status on, a refusal comes from the client and not from the service.
const CLIENT_SUB_STATUS_MIN: u16 = 20_000;

/// A request that the feed did not carry out, or whose outcome is unknown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{operation} failed with {status}/{sub_status} (activity {activity_id}): {detail}")]
pub struct FeedError {
    /// What was asked for: `create`, `batch`, `query`.
    pub operation: &'static str,
    /// HTTP status, the client's own failures included: 503 when nobody answers, 408 when it takes too long.
    pub status: u16,
    /// The service's sub-status; from 20000 the client's own; 0 when there is none.
    pub sub_status: u16,
    /// The id under which the service knows the request; empty when it never got there.
    pub activity_id: String,
    /// The shortest wait that the service asked for.
    pub retry_after: Option<Duration>,
    /// What the service or the client says.
    pub detail: String,
}

impl FeedError {
    pub(crate) fn of(operation: &'static str, error: &CosmosError) -> Self {
        let status = error.status();
        let retry_after_ms = error
            .response()
            .and_then(|response| response.headers().retry_after_ms);
        Self {
            operation,
            status: status.status_code().into(),
            sub_status: status.sub_status().map_or(0, |code| code.value()),
            activity_id: error
                .diagnostics()
                .map(|diagnostics| diagnostics.activity_id().to_string())
                .unwrap_or_default(),
            retry_after: retry_after_ms.map(Duration::from_millis),
            detail: error.to_string(),
        }
    }

    /// A failure that is found before or beside the service.
    pub(crate) fn local(operation: &'static str, status: u16, detail: impl Into<String>) -> Self {
        Self {
            operation,
            status,
            sub_status: 0,
            activity_id: String::new(),
            retry_after: None,
            detail: detail.into(),
        }
    }

    /// Whether the document is what is refused, so that another one could still be taken.
    ///
    /// A missing permission or container (401, 403, 404) is permanent too, yet says nothing about the document. Nor does a
    /// refusal of the client itself, such as of an endpoint that it does not like.
    #[must_use]
    pub const fn refuses_document(&self) -> bool {
        matches!(self.status, 400 | 413) && self.sub_status < CLIENT_SUB_STATUS_MIN
    }
}

impl Classify for FeedError {
    fn class(&self) -> Class {
        classify(self.status, self.sub_status, self.retry_after)
    }

    fn is_throttled(&self) -> bool {
        retry::http::is_throttled(self.status)
    }
}

impl Away for FeedError {
    fn away(_: &'static str) -> Self {
        Self::local("request", 503, "not asked: the feed is known to be away")
    }
}

impl From<Exhausted<Self>> for FeedError {
    fn from(exhausted: Exhausted<Self>) -> Self {
        exhausted.error
    }
}

/// The one place that says which of Cosmos DB's answers are worth another try.
///
/// 409 and 412 are answers, not failures, and are dealt with where they are expected; here they are permanent.
pub(crate) const fn classify(status: u16, sub_status: u16, retry_after: Option<Duration>) -> Class {
    match (status, sub_status) {
        // 410: the partition moves or splits. 449: a concurrent write to the same document.
        (408 | 410 | 429 | 449, _) | (500..=599, _) => Class::Transient { retry_after },
        // 403/3, 403/1008: this region takes no writes, or no longer exists: a failover is under way.
        // 404/1002: a replica that has not yet seen what this session wrote.
        (403, 3 | 1008) | (404, 1002) => Class::Transient { retry_after },
        _ => Class::Permanent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_by_itself_is_transient_and_the_rest_is_not() {
        let wait = Some(Duration::from_millis(847));
        let table: &[(u16, u16, bool)] = &[
            (400, 0, false),
            (400, 20108, false),
            (400, 20113, false),
            (401, 0, false),
            (403, 0, false),
            (403, 3, true),
            (403, 1008, true),
            (403, 1014, false),
            (404, 0, false),
            (404, 1002, true),
            (404, 1003, false),
            (408, 0, true),
            (408, 20008, true),
            (409, 0, false),
            (410, 1002, true),
            (410, 1007, true),
            (412, 0, false),
            (413, 0, false),
            (429, 3200, true),
            (449, 0, true),
            (500, 0, true),
            (500, 20206, true),
            (502, 0, true),
            (503, 20003, true),
            (503, 20310, true),
            (504, 0, true),
        ];
        for &(status, sub_status, transient) in table {
            let expected = if transient {
                Class::Transient { retry_after: wait }
            } else {
                Class::Permanent
            };
            assert_eq!(
                classify(status, sub_status, wait),
                expected,
                "{status}/{sub_status}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn every_answer_has_a_class(status: u16, sub_status: u16, wait_ms: Option<u32>) {
            let wait = wait_ms.map(|ms| Duration::from_millis(ms.into()));
            let error = FeedError { sub_status, retry_after: wait, ..FeedError::local("x", status, "") };
            match error.class() {
                Class::Transient { retry_after } => {
                    proptest::prop_assert_eq!(retry_after, wait);
                    proptest::prop_assert!(!error.refuses_document(), "an outage is no document's fault");
                    proptest::prop_assert!((400..600).contains(&status));
                }
                Class::Permanent => proptest::prop_assert!(!error.is_throttled()),
            }
        }
    }

    #[test]
    fn a_refusal_of_the_client_is_no_documents_fault() {
        let of_client = FeedError {
            sub_status: 20_108,
            ..FeedError::local("create", 400, "")
        };
        assert!(!of_client.refuses_document());
    }

    #[test]
    fn only_content_and_size_are_the_documents_own_fault() {
        let refused = |status| FeedError::local("create", status, "").refuses_document();
        assert!(refused(400) && refused(413));
        assert!(
            [401, 403, 404, 409, 412, 429, 503]
                .iter()
                .all(|&status| !refused(status))
        );
    }
}
