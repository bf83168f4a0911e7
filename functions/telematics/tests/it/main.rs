//! Everything that is promised of this app, from the outside.

#![expect(clippy::unwrap_used, reason = "a test may end where it stands")]

mod gateway;
mod geotab;
mod golden;
mod properties;
mod replay;
mod samsara;
mod stack;
mod world;
