//! Seeded decisions.

use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

/// A stream of decisions; streams of one seed are independent of each other.
///
/// Streams in use: 1 and 2 the world's orders and loads; 3, 11 and 13 orders; 4 and 12 transport. From 20 telematics, from 30
/// visibility, from 40 warehouse, from 50 carrier.
#[derive(Debug)]
pub(crate) struct Rolls(ChaCha8Rng);

impl Rolls {
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        Self(rng)
    }

    /// True with probability `p`. Draws exactly once, whatever `p` is, so that profiles do not shift later decisions.
    pub(crate) fn chance(&mut self, p: f64) -> bool {
        self.0.random::<f64>() < p
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        self.0.random_range(low..=high)
    }

    /// An index below `len`, which must not be zero.
    pub(crate) fn index(&mut self, len: usize) -> usize {
        self.0.random_range(0..len)
    }

    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.index(items.len())]
    }

    /// A time from `low` to `high` milliseconds.
    pub(crate) fn milliseconds(&mut self, low: i64, high: i64) -> Duration {
        Duration::from_millis(self.between(low, high).unsigned_abs())
    }

    pub(crate) fn guid(&mut self) -> Uuid {
        uuid::Builder::from_random_bytes(self.0.random()).into_uuid()
    }

    pub(crate) fn digits(&mut self, count: usize) -> String {
        (0..count)
            .map(|_| char::from(b'0' + u8::try_from(self.between(0, 9)).unwrap_or(0)))
            .collect()
    }
}
