//! The real client against the emulator's port.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod client;
mod gateway;
