//! Calls of cargo.

use std::{path::Path, process::Command};

use anyhow::{Context as _, Result, ensure};

/// The emulator's host compiles the Cosmos driver with a feature that no other package may have, and cargo unites the
/// features of all packages of one call: so it is always built, checked and tested by a call of its own.
pub(crate) const EMULATOR: &str = "cosmos-emulator";

/// A call of cargo in the workspace.
pub(crate) fn command(root: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    command
}

/// Runs cargo with `arguments`, given as one line.
pub(crate) fn run(root: &Path, arguments: &str) -> Result<()> {
    run_with(root, arguments, &[])
}

/// Runs cargo with further environment variables.
pub(crate) fn run_with(root: &Path, arguments: &str, variables: &[(&str, String)]) -> Result<()> {
    crate::say(&format!("cargo {arguments}"));
    let mut command = command(root);
    command
        .args(arguments.split_whitespace())
        .envs(variables.iter().map(|(name, value)| (*name, value)));
    let status = command.status().context("cannot start cargo")?;
    ensure!(
        status.success(),
        "`cargo {arguments}` failed; its message is above"
    );
    Ok(())
}

/// Builds the apps in release mode and stages them.
pub(crate) fn stage(root: &Path) -> Result<()> {
    for app in stage::apps(root)? {
        run(root, &format!("build --release --package {}", app.name()))?;
        let folder = stage::stage(
            root,
            &app,
            &root.join("target/release").join(app.name()),
            &root.join("target/apps"),
        )?;
        eprintln!("staged {}", folder.display());
    }
    Ok(())
}
