//! Everything that is promised of this app, from the outside.

#![expect(clippy::unwrap_used, reason = "a test may end where it stands")]

mod app;
mod event_hash;
mod golden;
mod properties;
mod public;
mod repair;
mod replay;
mod world;
