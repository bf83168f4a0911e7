//! Polls of a change feed in which nothing was written since the last one.
//!
//! The emulator copies every document of a partition for each page that it reads, also for the page that turns out to be
//! empty. A host polls each of its leases twice a second, so that a feed of 100,000 documents would keep the machine busy
//! with finding nothing. What the emulator answered to a poll it would answer again until the next write: that answer is kept.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use axum::body::Body;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};

/// Headers that say which part of the feed is polled, and how.
const PART: [&str; 5] = [
    "x-ms-documentdb-partitionkeyrangeid",
    "x-ms-documentdb-partitionkey",
    "x-ms-start-epk",
    "x-ms-end-epk",
    "x-ms-read-key-type",
];

/// A poll of one part of a container's change feed.
#[derive(Debug)]
pub(crate) struct Poll {
    container: String,
    part: String,
    /// Up to where the feed was read.
    token: String,
}

/// What is known of the change feeds.
#[derive(Debug, Default)]
pub(crate) struct Unchanged(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// Writes so far, by container.
    writes: HashMap<String, u64>,
    /// The last poll of each part that found nothing.
    polls: HashMap<(String, String), Nothing>,
}

#[derive(Debug)]
struct Nothing {
    token: String,
    /// Writes to the container before the emulator was asked.
    writes: u64,
    headers: HeaderMap,
}

/// A write that is under way.
#[derive(Debug)]
pub(crate) struct Writing<'u>(&'u Unchanged, &'u str);

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        let Self(unchanged, container) = self;
        *unchanged
            .known()
            .writes
            .entry((*container).to_owned())
            .or_default() += 1;
    }
}

impl Poll {
    /// The poll that a request is, if it is one that goes on where an earlier one ended.
    pub(crate) fn of(request: &Request<Body>, container: Option<&str>) -> Option<Self> {
        let headers = request.headers();
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let is_poll = request.method() == Method::GET && headers.contains_key("a-im");
        let token = text("if-none-match").filter(|_| is_poll)?;
        let part: Vec<&str> = PART
            .iter()
            .map(|name| text(name).unwrap_or_default())
            .collect();
        Some(Self {
            container: container?.to_owned(),
            part: part.join("|"),
            token: token.to_owned(),
        })
    }
}

impl Unchanged {
    /// Notes a write when what is returned is dropped: the emulator has answered then, and the client has not heard of it
    /// yet; or the client went away, and nobody knows whether it was written.
    pub(crate) const fn writing<'u>(&'u self, container: &'u str) -> Writing<'u> {
        Writing(self, container)
    }

    /// Writes to the poll's container so far; to be asked before the emulator is.
    pub(crate) fn writes(&self, poll: &Poll) -> u64 {
        self.known().writes_to(&poll.container)
    }

    /// What the emulator would answer, where that is known.
    pub(crate) fn answer(&self, poll: &Poll) -> Option<Response<Body>> {
        let known = self.known();
        let writes = known.writes_to(&poll.container);
        let nothing = known.polls.get(&poll.key())?;
        if nothing.writes != writes || nothing.token != poll.token {
            return None;
        }
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response.headers_mut().clone_from(&nothing.headers);
        Some(response)
    }

    /// Keeps the emulator's answer to a poll if it is that there is nothing.
    pub(crate) fn keep(&self, poll: &Poll, writes: u64, answer: &Response<Body>) {
        let mut known = self.known();
        if answer.status() != StatusCode::NOT_MODIFIED {
            known.polls.remove(&poll.key());
            return;
        }
        let mut headers = answer.headers().clone();
        headers.remove(header::DATE);
        let nothing = Nothing {
            token: poll.token.clone(),
            writes,
            headers,
        };
        known.polls.insert(poll.key(), nothing);
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn writes_to(&self, container: &str) -> u64 {
        self.writes.get(container).copied().unwrap_or_default()
    }
}

impl Poll {
    pub(crate) fn container(&self) -> &str {
        &self.container
    }

    fn key(&self) -> (String, String) {
        (self.container.clone(), self.part.clone())
    }
}
