#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod canary;
mod error;
mod evidence;
mod front_door;
mod message;
mod notes;
mod problem;
mod sample;
mod take;
mod told;

pub mod wire;

pub use crate::{
    canary::canary,
    error::IngestError,
    evidence::{Contract, NoSealKey, field_paths, json_value},
    front_door::{Door, Normalize},
    message::{Message, Normalized, Rejection},
    notes::{Notes, Passed},
    problem::{Problem, malformed, parse, parse_root, unsupported},
    take::{Ingest, Taken},
};
