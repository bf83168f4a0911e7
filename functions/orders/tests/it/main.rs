//! Everything that is promised of this app, from the outside.

#![expect(clippy::unwrap_used, reason = "a test may end where it stands")]

mod api;
mod delta;
mod golden;
mod properties;
mod sealed;
mod watermark;
mod world;
