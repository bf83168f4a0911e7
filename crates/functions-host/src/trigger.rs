//! What makes a function run: one file per trigger. A queueTrigger would be the next one.

pub(crate) mod cosmos;
mod schedule;
pub(crate) mod timer;

pub(crate) use schedule::Schedule;
