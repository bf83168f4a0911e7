//! Messages taken in against the emulator in a process of its own.
#![expect(
    clippy::unwrap_used,
    reason = "a failed step of the harness is a failed run"
)]

mod personal;
mod taking;
