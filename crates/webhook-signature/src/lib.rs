#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

pub mod body_only;
pub mod standard;
pub mod timestamped;

mod mac;
mod secret;
mod untrusted;

pub use crate::{
    secret::{InvalidSecret, Secret},
    untrusted::{TOLERANCE, Untrusted},
};
