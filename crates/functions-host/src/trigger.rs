//! What makes a function run: one file per trigger.

mod connection;
pub(crate) mod cosmos;
pub(crate) mod queue;
mod schedule;
pub(crate) mod timer;

pub(crate) use schedule::Schedule;
