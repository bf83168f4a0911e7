//! What the endpoint's answer means, for what the exporter does not look at.

use std::{
    hash::{BuildHasher, RandomState},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode, header::RETRY_AFTER};
use serde::Deserialize;

use super::losses::{Loss, Losses};

/// The longest wait that is kept. Meanwhile the queue takes what is said, and drops what it cannot take.
const WAIT_MAX: Duration = Duration::from_secs(30);
/// The exporter's own waits are the same in every process; this is what keeps a hundred of them apart.
const JITTER_MAX_MS: u64 = 500;
/// Too much was sent today, or in this moment: both pass.
const OVER_QUOTA: u16 = 439;

/// What is on its way in one request and its repetitions. There is one for each queue, which sends one batch at a time.
#[derive(Debug, Clone)]
pub(crate) struct UnderWay {
    undecided: Arc<AtomicUsize>,
    losses: Arc<Losses>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Track {
    items_accepted: usize,
    #[serde(default)]
    errors: Vec<ItemError>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ItemError {
    status_code: u16,
}

impl UnderWay {
    pub(crate) fn new(losses: Arc<Losses>) -> Self {
        Self {
            undecided: Arc::default(),
            losses,
        }
    }

    /// A batch sets out.
    pub(crate) fn begin(&self, items: usize) {
        self.undecided.store(items, Ordering::Relaxed);
    }

    /// Nothing more is heard of the batch: what is undecided is lost.
    pub(crate) fn end(&self, failed_as: Option<Loss>) {
        let undecided = self.undecided.swap(0, Ordering::Relaxed);
        if let Some(loss) = failed_as {
            self.losses.add(loss, undecided);
        }
    }

    /// Counts what this answer decides.
    pub(crate) fn heard(&self, answer: &Response<Bytes>) {
        let status = answer.status().as_u16();
        let undecided = self.undecided.load(Ordering::Relaxed);
        match status {
            200 => self.undecided.store(0, Ordering::Relaxed),
            206 | 500 => {
                if let Ok(track) = serde_json::from_slice::<Track>(answer.body()) {
                    let again = track.errors.iter();
                    let again = again.filter(|error| is_repeated(error.status_code)).count();
                    let lost = undecided.saturating_sub(track.items_accepted + again);
                    self.losses.add(Loss::Refused, lost);
                    self.undecided.store(again, Ordering::Relaxed);
                }
            }
            status if !is_repeated(status) => {
                self.losses.add(Loss::Refused, undecided);
                self.undecided.store(0, Ordering::Relaxed);
            }
            _ => {}
        }
    }
}

/// What the exporter repeats.
const fn is_repeated(status: u16) -> bool {
    matches!(status, 206 | 408 | 429 | OVER_QUOTA | 500 | 503)
}

/// The answer as the exporter is to see it.
///
/// It gives up on statuses that pass: a gateway's, and those of an identity whose right to write is not known everywhere yet.
pub(crate) fn repeatable(mut answer: Response<Bytes>) -> Response<Bytes> {
    if matches!(answer.status().as_u16(), 401 | 403 | 502 | 504) {
        *answer.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    }
    answer
}

/// How long to wait before the exporter hears of the answer, on top of its own waits.
pub(crate) fn wait(answer: &Response<Bytes>) -> Option<Duration> {
    if answer.status().is_success() && answer.status() != StatusCode::PARTIAL_CONTENT {
        return None;
    }
    if !is_repeated(answer.status().as_u16()) {
        return None;
    }
    let asked = retry_after(answer.headers())
        .unwrap_or_default()
        .min(WAIT_MAX);
    Some(asked + Duration::from_millis(RandomState::new().hash_one(()) % JITTER_MAX_MS))
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = httpdate::parse_http_date(text).ok()?;
    until.duration_since(opentelemetry::time::now()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Response<Bytes> {
        let mut answer = Response::builder().status(status);
        for (name, value) in headers {
            answer = answer.header(*name, *value);
        }
        answer.body(Bytes::from(body.to_owned())).unwrap()
    }

    #[test]
    fn a_wait_that_is_asked_for_is_kept_within_bounds() {
        let wait = |value: &str| wait(&answer(429, &[("retry-after", value)], "")).unwrap();
        assert!((Duration::from_secs(7)..Duration::from_secs(8)).contains(&wait("7")));
        assert!(wait("86400") < WAIT_MAX + Duration::from_secs(1));
        assert!(wait("Fri, 31 Dec 1999 23:59:59 GMT") < Duration::from_secs(1));
        assert!(wait("soon") < Duration::from_secs(1));
    }

    #[test]
    fn only_what_is_sent_again_is_waited_for() {
        for status in [200, 400, 402, 404] {
            assert_eq!(wait(&repeatable(answer(status, &[], ""))), None, "{status}");
        }
        for status in [401, 403, 408, 429, 439, 500, 502, 503, 504] {
            assert!(
                wait(&repeatable(answer(status, &[], ""))).is_some(),
                "{status}"
            );
        }
    }

    #[test]
    fn every_item_is_accepted_lost_or_sent_again() {
        let losses = Arc::new(Losses::default());
        let under_way = UnderWay::new(Arc::clone(&losses));
        under_way.begin(10);
        let body = r#"{"itemsReceived":10,"itemsAccepted":6,"errors":[
            {"index":1,"statusCode":400},{"index":7,"statusCode":408},{"index":8,"statusCode":429},{"index":9,"statusCode":500}]}"#;
        under_way.heard(&answer(206, &[], body));
        assert_eq!(losses.count(Loss::Refused), 1);
        under_way.heard(&answer(503, &[], ""));
        under_way.end(Some(Loss::GaveUp));
        assert_eq!((losses.count(Loss::GaveUp), losses.total()), (3, 4));
    }
}
