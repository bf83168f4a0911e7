//! A local Azure Functions host for custom handlers.
//!
//! It takes a staged app folder (`host.json`, the handler, one folder with a `function.json` per function), starts the
//! handler and drives it with the protocol of the real host: process rules, payload encoding, retries and checkpoints.
//! It knows nothing about any product.

mod admin;
mod app;
mod front;
mod handler;
mod host;
mod invocation;
mod keys;
mod output;
mod stop;
mod trigger;

pub mod reaper;

pub use app::{App, AppError, Settings, SettingsError};
pub use host::{Host, HostError, HostOptions};
pub use invocation::{BodyFraming, RewriteDates};
pub use keys::{KeyError, Keys};
pub use output::Output;
pub use stop::{Stop, StopHandle};
