//! Batches taken into a real store; dead letters into an emulator in a process of its own.
#![expect(
    clippy::unwrap_used,
    reason = "in a test a failed step is a failed test"
)]

mod fixture;
mod measuring;
mod reconciling;
mod taking;
mod writing;
