#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod error;
mod message;
mod problem;
mod take;

pub mod wire;

pub use crate::{
    error::IngestError,
    message::{Message, Normalized, Rejection},
    problem::{Problem, malformed, parse, parse_root, unsupported},
    take::{Ingest, Taken},
};
