#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod app;
mod body;
mod config;
mod dispatch;
mod envelope;
mod failure;
mod invocation;
mod metadata;
mod outcome;
mod serve;
mod trace_context;
pub mod trigger;
mod trouble;
mod unescape;

pub use app::{App, BODY_LIMIT_BYTES_DEFAULT, DEADLINE_DEFAULT};
pub use envelope::DecodeError;
pub use failure::Failure;
pub use invocation::Invocation;
pub use metadata::{Metadata, RetryContext, RetryException, Sys};
pub use outcome::{HttpResponse, Outcome, http_response};
pub use serve::{SHUTDOWN_GRACE, ServeError};
pub use trace_context::TraceContext;
pub use unescape::UnescapeError;
