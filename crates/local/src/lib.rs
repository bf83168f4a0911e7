//! The whole pipeline on one machine.
//!
//! Builds and stages the function apps, starts Microsoft's Cosmos emulator, one Functions host for each app and the
//! simulated upstreams, each as a process of its own, and watches what becomes of the records. It plays the platform (it
//! starts a host again that ended) and holds no product logic.

mod apps;
mod build;
mod log;
mod process;

mod settings;
mod simulator;
mod stack;
mod storage;

mod accounts;
mod tally;
mod truth;

pub mod run;
mod view;

pub use crate::{
    accounts::Accounts,
    apps::APPS_FILE,
    build::{Built, build},
    settings::WEBHOOK_SECRET,
    simulator::{Simulator, SimulatorOptions, SimulatorStatus},
    stack::{FUNCTION_KEY, Host, Stack, StackOptions},
    storage::Storage,
    tally::{SourceTally, Tally},
    truth::{Comparison, Difference},
};
