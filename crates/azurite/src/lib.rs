#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod account;
mod install;
mod request;
mod server;

pub use account::{ACCOUNT, account_sas};
pub use install::{InstallError, Installation};
pub use server::{Server, StartError};
