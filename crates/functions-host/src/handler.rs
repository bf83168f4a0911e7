//! The one handler process of the app: start, readiness, restart rules, SIGKILL.

mod command;
mod process;
mod supervisor;

pub(crate) use command::CommandLine;
pub(crate) use supervisor::{Handler, HandlerState, RestartsExceeded, Supervisor};
