//! The crate through its public door.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on fails where it stands"
)]

mod acknowledgements;
mod answers;
mod elements;
mod facts;
mod framing;
mod properties;
mod public_files;
mod splitting;
