//! Batches taken into a real store; dead letters into an emulator in a process of its own.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "in a test a failed step is a failed test, and a skipped one says so"
)]

mod fixture;
mod measuring;
mod rebuilding;
mod reconciling;
mod taking;
mod writing;
