//! The project's own tasks.

mod cargo;
mod debian;
mod explain;
mod postgres;
mod storage;
mod test;
mod tidy;

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's own tasks")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Everything that must hold before a change lands: installs what is missing, then checks and runs it all.
    Test,
    /// Checks the rules that the compiler does not: who may depend on whom, routes, variables, pages.
    Tidy,
    /// Writes the data dictionary in docs/reporting.md from the comments of the migrations.
    Dictionary,
    /// Prints the page of a dead-letter reason.
    Explain {
        /// The reason's code, such as E102.
        code: String,
    },
    /// Builds the function apps in release mode and stages them under target/apps.
    Stage,
}

fn main() -> Result<()> {
    let root = root()?;
    match Arguments::parse().task {
        Task::Test => test::run(&root),
        Task::Tidy => tidy::run(&root),
        Task::Dictionary => tidy::dictionary::write(&root),
        Task::Explain { code } => explain::run(&root, &code),
        Task::Stage => cargo::stage(&root),
    }
}

/// The folder of the workspace.
fn root() -> Result<PathBuf> {
    let xtask = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    Ok(xtask
        .parent()
        .context("xtask lies in the workspace")?
        .to_owned())
}

/// Says what is being done, on stderr, so that stdout stays what a task prints.
fn say(text: &str) {
    eprintln!("\n── {text}");
}
