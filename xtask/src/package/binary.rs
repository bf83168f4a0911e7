//! The app's binary in release mode, for a glibc that is old enough.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};

use super::symbols::OLDEST;
use crate::{cargo, debian};

/// The processors that the platform has.
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// The linker for an older glibc, and cargo's way to it; packages of Python's registry. Pinned: another linker gives other
/// bytes.
const PACKAGES: [&str; 2] = ["ziglang==0.17.1", "cargo-zigbuild==0.24.0"];

/// Where they are installed, from the root.
const FOLDER: &str = ".crossdock/zig";

/// Builds the app and says where its binary is.
pub(super) fn build(root: &Path, app: &str) -> Result<PathBuf> {
    let programs = find_or_install(root)?;
    let target = format!("{TARGET}.{}.{}", OLDEST.0, OLDEST.1);
    let arguments = format!("zigbuild --release --locked --package {app} --target {target}");
    crate::say(&format!("cargo {arguments}"));
    let status = cargo::command(root)
        .args(arguments.split_whitespace())
        .env("PATH", with(&programs)?)
        .env("CARGO_TARGET_DIR", root.join("target"))
        .env("RUSTFLAGS", remapped(root)?)
        .status()
        .context("cannot start cargo")?;
    ensure!(
        status.success(),
        "`cargo {arguments}` failed; its message is above"
    );
    Ok(root.join("target").join(TARGET).join("release").join(app))
}

/// Names of folders of this machine are in no binary, so that another machine makes the same one.
fn remapped(root: &Path) -> Result<String> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cargo")));
    let home = home.context("neither CARGO_HOME nor HOME is set")?;
    Ok(format!(
        "--remap-path-prefix={}=/crossdock --remap-path-prefix={}=/cargo",
        root.display(),
        home.display()
    ))
}

fn with(programs: &Path) -> Result<std::ffi::OsString> {
    let path = env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(programs.to_owned()).chain(env::split_paths(&path));
    Ok(env::join_paths(all)?)
}

fn find_or_install(root: &Path) -> Result<PathBuf> {
    let folder = root.join(FOLDER);
    let programs = folder.join("bin");
    if programs.join("cargo-zigbuild").is_file() {
        return Ok(programs);
    }
    crate::say(&format!("installing {} below {FOLDER}", PACKAGES.join(" ")));
    let create = || debian::run(Command::new("python3").args(["-m", "venv"]).arg(&folder));
    if create().is_err() {
        debian::install("Python", &["python3-venv"], "install Python 3 with venv")?;
        create()?;
    }
    let mut pip = Command::new(programs.join("pip"));
    debian::run(
        pip.args(["install", "--quiet", "--disable-pip-version-check"])
            .args(PACKAGES),
    )?;
    Ok(programs)
}
