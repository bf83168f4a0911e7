//! Messages taken in against the emulator in a process of its own.
#![expect(
    clippy::unwrap_used,
    reason = "a failed step of the harness is a failed run"
)]

#[expect(
    dead_code,
    reason = "shared with the tests of feed, which use all of it"
)]
#[path = "../../../feed/tests/it/emulator.rs"]
mod emulator;
mod personal;
mod taking;
