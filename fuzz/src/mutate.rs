//! Inputs that mean something no more. Which one comes of which number is fixed: a find is its seed and its number.

mod bytes;
mod json;
mod random;

pub use random::Random;

/// Longest input that is made.
const BYTES_MAX: usize = 256 * 1024;
/// Most changes to one input.
const CHANGES_MAX: u64 = 12;

/// What inputs are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grammar {
    /// ASC X12.
    X12,
    /// Character-separated values.
    Csv,
    /// JSON.
    Json,
}

/// The input with this number.
#[must_use]
pub fn input(corpus: &[Vec<u8>], grammar: Grammar, seed: u64, number: u64) -> Vec<u8> {
    let mut random = Random::of(seed, number);
    let mut input = random.choose(corpus).cloned().unwrap_or_default();
    // Changes of the tree keep it JSON, and so get further than changes of its bytes.
    if grammar == Grammar::Json && random.below(3) > 0 {
        input = json::mutated(&input, corpus, &mut random);
    }
    let most = if grammar == Grammar::Json && random.below(2) == 0 {
        1
    } else {
        CHANGES_MAX
    };
    for _ in 0..random.below(most + 1) {
        bytes::mutate(&mut input, corpus, grammar, &mut random);
        input.truncate(BYTES_MAX);
    }
    input
}
