//! What a package says of itself: the file that the app reads to answer what runs.

use std::{fs, path::Path};

use anyhow::{Context as _, Result};
use cargo_metadata::MetadataCommand;
use serde_json::{Value, json};

use crate::git::git;

/// The file, beside the handler.
pub(crate) const FILE: &str = "version.json";

/// App, version and commit of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Packaged {
    pub(crate) app: String,
    pub(crate) version: String,
    pub(crate) commit: String,
}

impl Packaged {
    /// What a package made now says. A commit that files were changed after says so.
    pub(super) fn of(root: &Path, app: &str) -> Result<Self> {
        let metadata = MetadataCommand::new()
            .manifest_path(root.join("Cargo.toml"))
            .no_deps()
            .exec()?;
        let mut packages = metadata.packages.iter();
        let package = packages.find(|package| package.name.as_str() == app);
        let version = package
            .context("every app is a package")?
            .version
            .to_string();
        let mut commit = git(root, &["rev-parse", "HEAD"])?.trim().to_owned();
        let changed = git(root, &["status", "--porcelain", "--untracked-files=no"])?;
        if !changed.trim().is_empty() {
            commit.push_str("-changed");
        }
        Ok(Self {
            app: app.to_owned(),
            version,
            commit,
        })
    }

    /// Writes it into a staged folder.
    pub(super) fn write(&self, staged: &Path) -> Result<()> {
        let Self {
            app,
            version,
            commit,
        } = self;
        let text = json!({ "app": app, "version": version, "commit": commit });
        Ok(fs::write(staged.join(FILE), format!("{text:#}\n"))?)
    }

    /// Reads what a file, or an app that runs, says.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let read: Value = serde_json::from_str(text)?;
        let field = |name: &str| {
            let value = read[name].as_str().map(str::to_owned);
            value.with_context(|| format!("{text} does not say its {name}"))
        };
        Ok(Self {
            app: field("app")?,
            version: field("version")?,
            commit: field("commit")?,
        })
    }
}
