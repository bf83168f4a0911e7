//! Published examples, and what check digits are for.
#![expect(
    clippy::unwrap_used,
    reason = "a test ends at the first thing that is not as it should be"
)]

mod gs1;
mod transport;
