//! The outside world of the pipeline, as one seeded simulation.
//!
//! Orders are served the way Business Central API v2.0 serves them, trips are pushed as Open Trip Model 5 documents in
//! signed webhooks. The crate depends on nothing of the product: it states what the report must contain (`/sim/truth`)
//! from its own knowledge of what it sent.

pub mod courier;
pub mod faults;
mod names;
pub mod odata;
mod order;
pub mod order_book;
mod rolls;
pub mod server;
pub mod signature;
pub mod sim;
mod stamp;
mod trip;
mod trip_wire;
pub mod truth;
pub mod world;
