//! A bounded part of something of any length.

/// So many of a sequence, spread evenly over it: all of a short one.
#[derive(Debug)]
pub(crate) struct Sample<T> {
    most: usize,
    kept: Vec<T>,
    /// Each so-manieth is kept.
    every: usize,
    seen: usize,
}

impl<T> Sample<T> {
    pub(crate) const fn of_at_most(most: usize) -> Self {
        Self {
            most,
            kept: Vec::new(),
            every: 1,
            seen: 0,
        }
    }

    /// Adds the next one; makes it only if it is kept.
    pub(crate) fn add(&mut self, make: impl FnOnce() -> T) {
        let number = self.seen;
        self.seen += 1;
        if self.kept.len() >= self.most * 2 {
            let mut number = 0_usize;
            self.kept.retain(|_| {
                number += 1;
                number % 2 == 1
            });
            self.every *= 2;
        }
        if number.is_multiple_of(self.every) {
            self.kept.push(make());
        }
    }

    /// How many there were in all.
    pub(crate) const fn seen(&self) -> usize {
        self.seen
    }

    pub(crate) fn into_vec(self) -> Vec<T> {
        let (found, most) = (self.kept.len(), self.most);
        if found <= most {
            return self.kept;
        }
        // The n-th of `most` places spread over `found` ones.
        let mut next = 0;
        let kept = self.kept.into_iter().enumerate();
        kept.filter(|(index, _)| {
            let is_next = *index == next * found / most;
            next += usize::from(is_next);
            is_next
        })
        .map(|(_, item)| item)
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_all_of_a_little_and_spread_over_much() {
        for count in [0, 1, 5, 8, 9, 15, 16, 17, 1_000, 100_003] {
            let mut sample = Sample::of_at_most(8);
            (0..count).for_each(|number| sample.add(|| number));
            assert_eq!(sample.seen(), count);
            let kept = sample.into_vec();
            assert_eq!(kept.len(), count.min(8), "of {count}");
            assert!(kept.is_sorted_by(|one, other| one < other), "{kept:?}");
            if count > 8 {
                let widest = kept.windows(2).map(|pair| pair[1] - pair[0]).max();
                assert!(widest.unwrap() <= count / 4 + 1, "of {count}: {kept:?}");
                assert!(*kept.last().unwrap() >= count / 2, "of {count}: {kept:?}");
            }
        }
    }
}
