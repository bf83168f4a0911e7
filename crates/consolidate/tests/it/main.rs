//! Batches taken into a real store; dead letters into an emulator in a process of its own.
#![expect(
    clippy::unwrap_used,
    reason = "in a test a failed step is a failed test"
)]

#[expect(
    dead_code,
    reason = "shared with the tests of feed, which use all of it"
)]
#[path = "../../../feed/tests/it/emulator.rs"]
mod emulator;

mod fixture;
mod taking;
mod writing;
