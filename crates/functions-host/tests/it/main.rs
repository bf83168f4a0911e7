//! The host as a process, driving a real handler process.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(
    clippy::needless_pass_by_value,
    reason = "`json!` values are made where they are used"
)]

mod admin;
mod cosmos;
mod http;
mod process;
mod queue;
mod support;
mod timer;
