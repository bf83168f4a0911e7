//! The admin routes in front of a door of the test's own, on a real feed.
#![expect(
    clippy::unwrap_used,
    reason = "a failed step of the harness is a failed run"
)]

mod later;
