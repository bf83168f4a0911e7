//! The host as a process, driving a real handler process.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod admin;
mod cosmos;
mod http;
mod process;
mod support;
mod timer;
