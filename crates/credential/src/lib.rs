#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod endpoint;
mod loopback;

pub use endpoint::{CredentialError, for_endpoint, is_loopback_host};
pub use loopback::LoopbackCredential;
