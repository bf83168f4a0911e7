//! Installing what a machine lacks, where the machine is a Debian.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail, ensure};

/// Installs packages. Elsewhere than on Debian it says what to do and gives up.
pub(crate) fn install(what: &str, packages: &[&str], elsewhere: &str) -> Result<()> {
    if !Path::new("/usr/bin/apt-get").exists() {
        bail!("{what} is not here: {elsewhere}, then run this again");
    }
    let names = packages.join(" ");
    crate::say(&format!("{what} is not here: installing Debian's {names}"));
    run(apt().arg("update").arg("--quiet"))?;
    run(apt()
        .env("DEBIAN_FRONTEND", "noninteractive")
        .args(["install", "--yes", "--quiet"])
        .args(packages))
}

fn apt() -> Command {
    if is_root() {
        return Command::new("apt-get");
    }
    let mut command = Command::new("sudo");
    command.arg("apt-get");
    command
}

pub(crate) fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout.starts_with(b"0"))
}

/// Runs a command that has nothing to say on stdout.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    // A server that the command leaves behind must not keep our pipes open.
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status();
    let status = status.with_context(|| format!("cannot start {command:?}"))?;
    ensure!(status.success(), "{command:?} failed: {status}");
    Ok(())
}
