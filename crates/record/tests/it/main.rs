//! The canonical model through its public door.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on fails where it stands"
)]

mod arbitrary;
mod host_rewriting;
mod identity;
mod units;
mod version_order;
