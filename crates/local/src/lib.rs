//! The whole pipeline on one machine.
//!
//! Builds and stages the function apps, starts Microsoft's Cosmos emulator, one Functions host for each app and the
//! simulated upstreams, each as a process of its own, and watches what becomes of the records. It plays the platform (it
//! starts a host again that ended) and holds no product logic.

mod apps;
mod between;
mod build;
mod log;
mod port;
mod process;

mod host;
mod pipeline;
pub mod settings;
mod simulator;
mod sources;
mod stack;
mod storage;

mod accounts;
mod parity;
mod tally;
mod truth;

pub mod run;
mod view;

pub use crate::{
    accounts::Accounts,
    apps::APPS_FILE,
    between::Between,
    build::{Built, build},
    host::{FUNCTION_KEY, FunctionStatus, Host, HostStatus},
    parity::Parity,
    pipeline::{Pipeline, PipelineOptions},
    simulator::{Simulator, SimulatorOptions, SimulatorStatus},
    stack::{Stack, StackOptions},
    storage::Storage,
    tally::{SourceTally, Tally},
    truth::{Comparison, Difference},
};
