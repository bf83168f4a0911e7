//! Rows that come more than once in a file.

use std::collections::HashMap;

/// Most different rows without an id that a file may have. They are told apart by what they say, so each is remembered:
/// 24 bytes, of a table that doubles.
pub const CONTENT_KEYS_MAX: usize = 500_000;

/// Rows that have the same key and the same bytes as an earlier one get its version: they are the same record then,
/// which the feed counts as a duplicate.
///
/// Looks back as far as the last checkpoint. A repeat from before it is a version of its own, with the same content.
#[derive(Debug, Default)]
pub struct Repeats {
    /// By id of the movement: bytes and row of its newest line.
    seen: HashMap<Box<str>, (u64, u64)>,
    /// How often each content came that has no id, by half of its SHA-256.
    contents: HashMap<u64, u32>,
}

impl Repeats {
    /// The row whose version a row has: its own, or that of the line that it repeats.
    pub fn version_row(&mut self, movement_id: &str, fingerprint: u64, row: u64) -> u64 {
        match self.seen.get_mut(movement_id) {
            Some((newest, first)) if *newest == fingerprint => *first,
            Some(newest) => {
                *newest = (fingerprint, row);
                row
            }
            None => {
                self.seen.insert(movement_id.into(), (fingerprint, row));
                row
            }
        }
    }

    /// Forgets ids, at a checkpoint. Contents are not forgotten before the end of the file.
    pub fn at_checkpoint(&mut self) {
        self.seen.clear();
    }

    /// How often the content came before in this file; `None` when there are too many contents to tell.
    pub fn occurrence(&mut self, content: u64) -> Option<u32> {
        if self.contents.len() >= CONTENT_KEYS_MAX && !self.contents.contains_key(&content) {
            return None;
        }
        let count = self.contents.entry(content).or_default();
        *count += 1;
        Some(*count - 1)
    }

    /// Whether there was a row without an id.
    #[must_use]
    pub fn has_contents(&self) -> bool {
        !self.contents.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeat_has_the_version_of_the_row_that_it_repeats() {
        let mut repeats = Repeats::default();
        assert_eq!(repeats.version_row("1", 7, 10), 10);
        assert_eq!(repeats.version_row("1", 7, 11), 10);
        assert_eq!(repeats.version_row("2", 7, 12), 12);
        // Restated, and restated back: the last line is the one that counts.
        assert_eq!(repeats.version_row("1", 8, 13), 13);
        assert_eq!(repeats.version_row("1", 7, 14), 14);
        repeats.at_checkpoint();
        assert_eq!(repeats.version_row("1", 7, 15), 15);
    }

    #[test]
    fn contents_are_counted_up_to_a_bound() {
        let mut repeats = Repeats::default();
        assert!(!repeats.has_contents());
        let counts: Vec<_> = [5, 5, 6, 5]
            .map(|content| repeats.occurrence(content))
            .into();
        assert_eq!(counts, [Some(0), Some(1), Some(0), Some(2)]);
        for content in 0..CONTENT_KEYS_MAX as u64 {
            repeats.occurrence(content);
        }
        assert_eq!(repeats.occurrence(u64::MAX), None);
        assert_eq!(repeats.occurrence(5), Some(4));
    }
}
