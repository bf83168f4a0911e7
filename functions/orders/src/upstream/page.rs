//! What the two kinds of cursor have in common: a page as a message, its links, its time.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use ingest::{Message, Normalized, Rejection};
use record::{EpochMillis, Source};
use reqwest::Url;
use telemetry::correlation::{CorrelationId, Traceparent};

use super::{Answer, CallError, Client, Deps, PullError};

/// The pages of one pull, until they end, lead in a circle, or take too long.
#[derive(Debug)]
pub(super) struct Pages {
    label: String,
    number: usize,
    seen: HashSet<Url>,
    began: Instant,
    time_budget: Duration,
}

impl Pages {
    /// `label` names them in message ids, such as `salesOrders?from=2026-11-02T09:05:22Z`.
    pub(super) fn new(label: String, time_budget: Duration) -> Self {
        Self {
            label,
            number: 0,
            seen: HashSet::new(),
            began: Instant::now(),
            time_budget,
        }
    }

    /// The page of this answer as a message with a correlation id of its own.
    pub(super) fn message<'a>(&mut self, answer: &'a Answer, deps: &Deps) -> Message<'a> {
        self.number += 1;
        let id_of_message = CorrelationId::new();
        Message {
            source: Source::Orders,
            message_id: format!("{}#{}", self.label, self.number).into(),
            traceparent: Traceparent::of_message(id_of_message.as_str())
                .map(|place| place.as_str().to_owned().into()),
            correlation_id: id_of_message.as_str().to_owned().into(),
            received_at: EpochMillis::from((deps.now)()),
            raw: &answer.body,
            arrival: answer.arrival.clone(),
        }
    }

    /// The link of the next page.
    pub(super) fn follow(&mut self, client: &Client, link: &str) -> Result<Url, CallError> {
        let url = client.link(link)?;
        if self.seen.insert(url.clone()) {
            Ok(url)
        } else {
            Err(CallError::Circle)
        }
    }

    /// Whether no further page may be begun.
    pub(super) fn time_is_up(&self) -> bool {
        self.began.elapsed() >= self.time_budget
    }
}

/// Buries what should have been a page, and fails.
///
/// The cursor stays: what the page held is unknown. The next pull meets the same page, and the same bytes are the same
/// letter, so that a night of it is one letter and many failed pulls.
pub(super) async fn no_page(
    deps: &Deps,
    message: &Message<'_>,
    rejection: Rejection<'_>,
) -> PullError {
    let detail = rejection.detail.clone();
    let normalized = Normalized {
        records: Vec::new(),
        rejections: vec![rejection],
    };
    match deps.ingest.take(message, normalized).await {
        Ok(_) => PullError::NoPage {
            message_id: message.message_id.to_string(),
            detail,
        },
        Err(error) => error.into(),
    }
}
