//! Questions to git.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, ensure};

/// What git answers.
pub(crate) fn git(root: &Path, arguments: &[&str]) -> Result<String> {
    let ran = Command::new("git")
        .current_dir(root)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .context("cannot start git")?;
    let said = String::from_utf8_lossy(&ran.stderr);
    ensure!(ran.status.success(), "git {}: {said}", arguments.join(" "));
    String::from_utf8(ran.stdout).context("git wrote no text")
}
