#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod consolidate;
mod read;
mod replay;
mod told;
mod write;

mod account;
mod freshness;
mod known_good;
mod letter;
mod personal;
mod place;
mod rebuild;
mod reconcile;

pub use crate::{
    account::Counts,
    consolidate::{Consolidate, ConsolidateError, Consolidated, NoSealKey, Page},
    read::{Document, Read, Unreadable, read},
    rebuild::{Ask, RebuildError},
    replay::{Rehearsal, Replayed},
    write::{Fate, WriteError, write},
};
