//! One app as the zip that is published: the same commit gives the same bytes.

mod archive;
mod binary;
mod symbols;
mod version;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

pub(crate) use archive::unpack;
pub(crate) use version::{FILE as VERSION_FILE, Packaged};

/// Where packages are, from the root.
const FOLDER: &str = "target/packages";

/// Builds an app in release mode, stages it, and writes `target/packages/<app>.zip`.
pub(crate) fn run(root: &Path, name: &str) -> Result<PathBuf> {
    let apps = stage::apps(root)?;
    let app = apps
        .iter()
        .find(|app| app.name() == name)
        .with_context(|| format!("there is no functions/{name}"))?;
    let binary = binary::build(root, name)?;
    let needed = symbols::newest_glibc(&binary)?;
    symbols::check(name, needed)?;
    let folder = stage::stage(root, app, &binary, &root.join("target/apps"))?;
    Packaged::of(root, name)?.write(&folder)?;
    let package = root.join(FOLDER).join(format!("{name}.zip"));
    let bytes = archive::pack(&folder, &package)?;
    let size = |bytes: u64| format!("{:.1} MB", bytes as f64 / 1e6);
    let handler = std::fs::metadata(folder.join(stage::HANDLER))?.len();
    crate::say(&format!(
        "{}: {}, its handler {}, needs {}",
        package.display(),
        size(bytes),
        size(handler),
        needed.map_or_else(|| "no glibc".to_owned(), |version| version.to_string())
    ));
    Ok(package)
}
