//! Files in, rows out.
#![expect(
    clippy::unwrap_used,
    reason = "a test ends at the first thing that is not as it should be"
)]

mod golden;
mod outcome;
mod properties;
mod public_files;
mod recovery;
mod schema;
mod values;
