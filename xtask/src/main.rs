//! The project's own tasks.

mod affected;
mod cargo;
mod debian;
mod explain;
mod git;
mod lint;
mod package;
mod postgres;
mod publish;
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
    #[command(alias = "ci")]
    Test,
    /// Checks the rules that the compiler does not: who may depend on whom, routes, variables, pages.
    Tidy,
    /// Writes the data dictionary in docs/reporting.md from the comments of the migrations.
    Dictionary,
    /// Checks workflows and scripts with the tools that know them.
    Lint,
    /// Prints the page of a dead-letter reason.
    Explain {
        /// The reason's code, such as E102.
        code: String,
    },
    /// Builds the function apps in release mode and stages them under target/apps.
    Stage,
    /// Builds one app and packages it: target/packages/<app>.zip, the same bytes for the same commit.
    Package {
        /// The app, such as orders.
        app: String,
    },
    /// Publishes one app and asks it what it runs.
    Publish {
        /// The app, such as orders.
        app: String,
        /// Name of the function app.
        #[arg(long)]
        to: String,
        /// A package that is there already; otherwise one is made.
        #[arg(long)]
        package: Option<PathBuf>,
    },
    /// Lists the apps that a change touches.
    Affected {
        /// The revision that the change began at.
        #[arg(long, required_unless_present = "all")]
        since: Option<String>,
        /// The revision that it ended at.
        #[arg(long, default_value = "HEAD")]
        until: String,
        /// Every app.
        #[arg(long, conflicts_with = "since")]
        all: bool,
        /// As a JSON list.
        #[arg(long)]
        json: bool,
    },
}

fn main() -> Result<()> {
    let root = root()?;
    match Arguments::parse().task {
        Task::Test => test::run(&root),
        Task::Tidy => tidy::run(&root),
        Task::Dictionary => tidy::dictionary::write(&root),
        Task::Lint => lint::run(&root),
        Task::Explain { code } => explain::run(&root, &code),
        Task::Stage => cargo::stage(&root),
        Task::Package { app } => package::run(&root, &app).map(drop),
        Task::Publish { app, to, package } => publish::run(&root, &app, &to, package),
        Task::Affected {
            since, until, json, ..
        } => {
            let apps = match since {
                Some(since) => affected::between(&root, &since, &until)?,
                None => affected::all(&root)?,
            };
            affected::print(&apps, json)
        }
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
