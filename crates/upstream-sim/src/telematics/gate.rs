//! What goes wrong with requests, whichever provider they go to, and how many are too many.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::log::Feed;
use crate::faults::FaultProfile;
use crate::rolls::Rolls;

/// What `Retry-After` says: whole seconds and fractions of one.
const ASKED: [&str; 4] = ["0.40235", "1", "0.25", "0.8"];
/// A torn page is served this often: who fails in burying it gets a second chance.
const TORN_SERVED: u32 = 2;

/// The faults of one request.
#[derive(Debug)]
pub(super) struct Troubles {
    /// One too many; ask again after so many seconds.
    pub(super) throttled: Option<&'static str>,
    pub(super) unavailable: bool,
    pub(super) slow: Option<Duration>,
    pub(super) torn: bool,
    pub(super) repeated: bool,
    pub(super) expired: bool,
    pub(super) session: bool,
    /// Decides between ways to say one thing.
    pub(super) way: usize,
}

/// Requests so far.
#[derive(Debug)]
pub(super) struct Requests {
    faults: FaultProfile,
    rolls: Rolls,
    recent: HashMap<&'static str, VecDeque<Instant>>,
    torn: HashMap<(Feed, String), (String, u32)>,
    counts: [u64; 6],
}

/// Names of `counts` in the status.
const COUNTS: [&str; 6] = [
    "requests",
    "throttled",
    "unavailable",
    "torn",
    "expired",
    "signed_in",
];

/// What is counted.
#[derive(Debug, Clone, Copy)]
pub(super) enum Count {
    Request,
    Throttled,
    Unavailable,
    Torn,
    Expired,
    SignedIn,
}

impl Requests {
    pub(super) fn new(seed: u64, faults: FaultProfile) -> Self {
        Self {
            faults,
            rolls: Rolls::new(seed, 22),
            recent: HashMap::new(),
            torn: HashMap::new(),
            counts: [0; 6],
        }
    }

    pub(super) fn count(&mut self, what: Count) {
        self.counts[what as usize] += 1;
    }

    /// Draws what goes wrong with a request; more than `most` in `window` at one `door` are too many for real.
    pub(super) fn enter(&mut self, door: &'static str, most: usize, window: Duration) -> Troubles {
        self.count(Count::Request);
        let (faults, rolls) = (self.faults, &mut self.rolls);
        let throttled = rolls.chance(faults.telematics_throttled);
        let asked = *rolls.pick(&ASKED);
        let slow = rolls.chance(faults.telematics_slow);
        let delay = rolls.milliseconds(200, 1_000);
        let mut troubles = Troubles {
            throttled: throttled.then_some(asked),
            unavailable: rolls.chance(faults.telematics_unavailable),
            slow: slow.then_some(delay),
            torn: rolls.chance(faults.telematics_torn),
            repeated: rolls.chance(faults.telematics_repeated),
            expired: rolls.chance(faults.telematics_expired),
            session: rolls.chance(faults.telematics_session),
            way: rolls.index(6),
        };
        let now = Instant::now();
        let recent = self.recent.entry(door).or_default();
        while recent
            .front()
            .is_some_and(|first| now.duration_since(*first) > window)
        {
            recent.pop_front();
        }
        if recent.len() >= most {
            troubles.throttled = Some("1.5");
        } else {
            recent.push_back(now);
        }
        if troubles.throttled.is_some() {
            self.count(Count::Throttled);
        } else if troubles.unavailable {
            self.count(Count::Unavailable);
        }
        troubles
    }

    /// The torn page that is to be served at a cursor, if one is not served often enough yet.
    pub(super) fn torn(&mut self, feed: Feed, cursor: &str) -> Option<String> {
        let (body, served) = self.torn.get_mut(&(feed, cursor.to_owned()))?;
        *served += 1;
        (*served <= TORN_SERVED).then(|| body.clone())
    }

    /// Tears a page, whose cursor must stand at its beginning. None where that cannot be done any more.
    pub(super) fn tear(&mut self, feed: Feed, cursor: &str, whole: &str) -> Option<String> {
        let key = (feed, cursor.to_owned());
        if self.torn.contains_key(&key) {
            return None;
        }
        let least = (whole.len() / 2).max(120).min(whole.len() - 1);
        let mut end = whole.len() - 1 - self.rolls.index(whole.len() - least);
        while !whole.is_char_boundary(end) {
            end -= 1;
        }
        let body = whole[..end].to_owned();
        self.torn.insert(key, (body.clone(), 1));
        self.count(Count::Torn);
        Some(body)
    }

    pub(super) fn status(&self) -> Value {
        COUNTS
            .into_iter()
            .zip(self.counts)
            .map(|(name, count)| (name.to_owned(), json!(count)))
            .collect::<serde_json::Map<_, _>>()
            .into()
    }
}
