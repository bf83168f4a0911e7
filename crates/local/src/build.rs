//! Builds the processes of the stack and stages the apps.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context as _, Result, ensure};
use tokio::process::Command;

/// Built by itself: it compiles the Cosmos driver with its in-memory emulator, a feature that no deployed app has.
const EMULATOR: &str = "cosmos-emulator";

/// Where the results of a build lie.
#[derive(Debug, Clone)]
pub struct Built {
    root: PathBuf,
    binaries: PathBuf,
    apps: Vec<stage::App>,
}

impl Built {
    /// The folder of a staged app.
    #[must_use]
    pub fn staged(&self, app: &str) -> PathBuf {
        self.staging().join(app)
    }

    /// The path of a built executable.
    #[must_use]
    pub fn binary(&self, name: &str) -> PathBuf {
        self.binaries.join(name)
    }

    /// Names of the function apps, sorted.
    pub fn apps(&self) -> impl Iterator<Item = &str> {
        self.apps.iter().map(stage::App::name)
    }

    /// Queues that the functions of `app` read.
    pub(crate) fn queues(&self, app: &str) -> Result<Vec<String>> {
        let mut queues = Vec::new();
        for app in self.apps.iter().filter(|known| known.name() == app) {
            for function in app.functions() {
                let path = app.function_json(function);
                let text = std::fs::read(&path)
                    .with_context(|| format!("cannot read {}", path.display()))?;
                let json: serde_json::Value = serde_json::from_slice(&text)
                    .with_context(|| format!("{} is not JSON", path.display()))?;
                let bindings = json["bindings"].as_array().into_iter().flatten();
                let triggers = bindings.filter(|binding| binding["type"] == "queueTrigger");
                queues.extend(
                    triggers.filter_map(|trigger| Some(trigger["queueName"].as_str()?.to_owned())),
                );
            }
        }
        Ok(queues)
    }

    /// The repository.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    fn staging(&self) -> PathBuf {
        self.root.join("target/apps")
    }

    fn stage(&self) -> Result<()> {
        for app in &self.apps {
            stage::stage(&self.root, app, &self.binary(app.name()), &self.staging())?;
        }
        Ok(())
    }
}

/// Builds everything that the stack runs and stages the apps. Cargo shows its progress on stderr.
pub async fn build(root: &Path) -> Result<Built> {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let built = Built {
        root: root.to_owned(),
        binaries: target.join("debug"),
        apps: stage::apps(root)?,
    };
    // The same selection as the tests', since cargo unites the features of what it builds together: any other selection
    // would compile most of the tree once more.
    cargo_build(root, &["--workspace", "--exclude", EMULATOR]).await?;
    cargo_build(root, &["--package", EMULATOR]).await?;
    built.stage()?;
    Ok(built)
}

async fn cargo_build(root: &Path, selection: &[&str]) -> Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .current_dir(root)
        .args(["build", "--bins"])
        .args(selection)
        .stdin(Stdio::null());
    let status = command.status().await.context("cannot start cargo")?;
    ensure!(
        status.success(),
        "cargo build --bins {} failed; its message is above",
        selection.join(" ")
    );
    Ok(())
}
