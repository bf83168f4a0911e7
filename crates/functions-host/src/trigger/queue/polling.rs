//! How long to wait before the next look into a queue that was empty.

use std::time::Duration;

use rand::RngExt as _;

/// The first wait.
const SHORTEST: Duration = Duration::from_millis(100);

/// Doubles while nothing comes, and begins anew when something does.
#[derive(Debug)]
pub(super) struct Polling {
    next: Duration,
    longest: Duration,
}

impl Polling {
    pub(super) fn new(longest: Duration) -> Self {
        let longest = longest.max(SHORTEST);
        Self {
            next: SHORTEST,
            longest,
        }
    }

    pub(super) const fn found_something(&mut self) {
        self.next = SHORTEST;
    }

    /// The wait, a fifth shorter or longer, so that instances do not look at the same moment.
    pub(super) fn after_nothing(&mut self) -> Duration {
        let wait = self.next;
        self.next = (self.next * 2).min(self.longest);
        wait.mul_f64(rand::rng().random_range(0.8..1.2))
            .min(self.longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_the_longest_and_start_again() {
        let mut polling = Polling::new(Duration::from_secs(5));
        let waits: Vec<_> = (0..10).map(|_| polling.after_nothing()).collect();
        for (number, wait) in waits.iter().enumerate() {
            let middle = (SHORTEST * (1 << number)).min(Duration::from_secs(5));
            let range = middle.mul_f64(0.8)..=middle.mul_f64(1.2).min(Duration::from_secs(5));
            assert!(range.contains(wait), "{number}: {wait:?}");
        }
        polling.found_something();
        assert!(polling.after_nothing() <= SHORTEST.mul_f64(1.2));
    }
}
