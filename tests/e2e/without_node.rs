//! What needs no blobs runs without Node.

use std::{collections::HashSet, ffi::OsString, os::unix::fs::symlink, path::Path};

use anyhow::{Context as _, Result, ensure};
use e2e::world;
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

/// Programs that a machine without Node lacks.
const LACKING: [&str; 5] = ["node", "nodejs", "npm", "npx", "azurite"];

/// Fills a folder with links to every program of the path but those.
fn path_without_node(folder: &Path) -> Result<()> {
    let path = std::env::var_os("PATH").context("there is a path")?;
    let mut seen: HashSet<OsString> = LACKING.iter().map(OsString::from).collect();
    for entries in std::env::split_paths(&path).filter_map(|folder| folder.read_dir().ok()) {
        for entry in entries {
            let program = entry?;
            if seen.insert(program.file_name()) {
                symlink(program.path(), folder.join(program.file_name()))?;
            }
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_node_cargo_run_says_so_and_runs_the_sources_that_need_no_blobs() -> Result<()> {
    let _turn = world::turn().await;
    let (programs, state) = (TempDir::new()?, TempDir::new()?);
    path_without_node(programs.path())?;
    let output = Command::new(world::built().await?.binary("local"))
        .env("PATH", programs.path())
        .args(["--seconds", "3", "--json", "--state"])
        .arg(state.path())
        .output()
        .await?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{said}");
    for word in [
        "Node.js 20",
        "apt-get install nodejs npm",
        "warehouse",
        "carrier",
    ] {
        ensure!(said.contains(word), "nothing about {word}: {said}");
    }
    let verdict: Value = serde_json::from_slice(&output.stdout)?;
    let sources = verdict["sources"].as_array().context("there are figures")?;
    let sources: Vec<&str> = sources
        .iter()
        .filter_map(|source| source["source"].as_str())
        .collect();
    assert_eq!(sources, ["orders", "transport", "telematics", "visibility"]);
    assert_eq!(verdict["truth"], "equal");
    Ok(())
}
