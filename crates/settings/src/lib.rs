#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod reader;
mod secret;

pub use reader::{Invalid, Reader};
pub use secret::Secret;
