#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod charge;
mod client;
mod config;
mod error;

mod batch;
mod plan;
mod publish;

mod checkpoint;
mod read;
mod receipt;

mod arrival;
mod dead_letter;
mod raw;
mod reason;

pub use crate::{
    checkpoint::{Checkpoint, CheckpointError, ETag},
    client::{ConnectError, Feed},
    config::{Config, MissingVariable},
    dead_letter::{Attempt, Buried, DeadLetter, DeadLetterId, Stage},
    error::FeedError,
    publish::{Publication, PublishOutcome},
    raw::{RAW_BYTES_MAX, RawBytes},
    read::{DeadLetterEntry, FeedEntry, Pages},
    reason::{Reason, ReasonClass, UnknownReason},
    receipt::RECEIPT_TTL_SECONDS,
};
