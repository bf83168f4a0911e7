#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod error;
mod message;
mod take;

pub use crate::{
    error::IngestError,
    message::{Message, Normalized, Rejection},
    take::{Ingest, Taken},
};
