//! Microsoft's in-memory Cosmos DB emulator behind a loopback port.
//!
//! The emulator itself is part of `azure_data_cosmos_driver` (internal feature, pinned version). This crate only gives it
//! a port that the real client can talk to, the containers of the pipeline, and faults on demand.
//!
//! Known differences from the service: TTL never expires anything, nothing checks credentials, batches are not
//! throttled, and the cost of a feed page grows with the documents in its physical partition; a poll that found nothing is not
//! asked again before the next write.

mod fault;
mod gateway;
mod seed;
mod unchanged;

pub use fault::{Faults, StatusFault};
pub use gateway::{Emulator, StartError};
pub use seed::{CONTAINERS, ContainerSeed, DATABASE};
