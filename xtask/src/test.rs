//! Everything that must hold before a change lands.

use std::{path::Path, time::Instant};

use anyhow::Result;

use crate::{cargo, cargo::EMULATOR, lint, postgres::Cluster, storage, tidy};

pub(crate) fn run(root: &Path) -> Result<()> {
    let started = Instant::now();
    let everything = format!("--workspace --exclude {EMULATOR}");
    let emulator = format!("--package {EMULATOR}");

    cargo::run(root, "fmt --all --check")?;
    crate::say("tidy");
    tidy::run(root)?;
    lint::run(root)?;
    cargo::run(
        root,
        &format!("clippy {everything} --all-targets -- --deny warnings"),
    )?;
    cargo::run(
        root,
        &format!("clippy {emulator} --all-targets -- --deny warnings"),
    )?;
    // The processes that end-to-end tests start.
    cargo::run(root, &format!("build {everything} --bins"))?;
    cargo::run(root, &format!("build {emulator} --bins"))?;

    storage::ensure(root)?;
    let cluster = Cluster::start()?;
    let variables = [("CROSSDOCK_TEST_POSTGRES", cluster.url())];
    cargo::run(root, &format!("test {emulator} --no-fail-fast"))?;
    cargo::run_with(
        root,
        &format!("test {everything} --no-fail-fast"),
        &variables,
    )?;
    drop(cluster);

    crate::say(&format!(
        "everything passed in {} s",
        started.elapsed().as_secs()
    ));
    Ok(())
}
