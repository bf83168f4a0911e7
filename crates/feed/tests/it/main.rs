//! The feed through the real client against the emulator in a process of its own.
#![expect(
    clippy::unwrap_used,
    reason = "a failed step of the harness is a failed run"
)]

mod checkpoints;
mod dead_letters;
mod letters;
mod many;
mod operators;
mod outage;
mod property;
mod publishing;
mod reading;
mod reasons;
mod receipts;
mod records;
mod sealing;
