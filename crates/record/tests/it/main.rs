//! The canonical model through its public door.

mod arbitrary;
mod host_rewriting;
mod identity;
mod units;
mod version_order;
