//! The rules that the compiler does not check.

mod bicep;
mod dependencies;
pub(crate) mod dictionary;
mod functions;
mod infrastructure;
mod sources;
mod variables;
mod workflows;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};

/// What is wrong, one line each, with the file and what to do.
type Findings = Vec<String>;

pub(crate) fn run(root: &Path) -> Result<()> {
    let mut findings = dependencies::check(root)?;
    findings.extend(dictionary::check(root)?);
    findings.extend(functions::check(root)?);
    findings.extend(bicep::check(root)?);
    findings.extend(infrastructure::check(root)?);
    findings.extend(sources::check(root)?);
    findings.extend(variables::check(root)?);
    findings.extend(workflows::check(root)?);
    if findings.is_empty() {
        eprintln!("tidy: nothing to mend");
        return Ok(());
    }
    for finding in &findings {
        eprintln!("tidy: {finding}");
    }
    bail!("{} places to mend, listed above", findings.len())
}

/// Every file below `folder` for which `wanted` holds, sorted, build results left out.
fn files(folder: &Path, wanted: fn(&Path) -> bool) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in
            fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?
        {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if path.is_dir() && name != "target" && !name.starts_with('.') {
                folders.push(path);
            } else if path.is_file() && wanted(&path) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

fn relative<'a>(root: &Path, path: &'a Path) -> std::path::Display<'a> {
    path.strip_prefix(root).unwrap_or(path).display()
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found == extension)
}
