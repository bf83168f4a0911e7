//! The outside world of the pipeline, as one seeded simulation.
//!
//! One world of orders and loads, and six upstream systems that speak of it: each has a folder, its own faults, and says
//! what the report must contain because of it (`/sim/truth`). The crate depends on nothing of the product: it states the
//! truth from its own knowledge of what it sent.

pub mod carrier;
pub mod courier;
pub mod faults;
mod names;
mod order;
mod orders;
mod rolls;
pub mod server;
pub mod signature;
pub mod sim;
mod stamp;
pub mod storage;
pub mod telematics;
mod transport;
mod trip;
mod truth;
mod upstream;
pub mod visibility;
pub mod warehouse;
pub mod world;
