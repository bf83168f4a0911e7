#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod error;
mod evidence;
mod message;
mod problem;
mod take;

pub mod wire;

pub use crate::{
    error::IngestError,
    evidence::{Contract, NoSealKey, json_value},
    message::{Message, Normalized, Rejection},
    problem::{Problem, malformed, parse, unsupported},
    take::{Ingest, Taken},
};
