//! Inputs that mean something, to begin with.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::Target;

/// The root of the repository.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The inputs of a target, in the order of their names.
///
/// # Errors
/// When a folder or a file cannot be read.
pub fn of(target: &Target) -> io::Result<Vec<Vec<u8>>> {
    let mut inputs = Vec::new();
    for (folder, prefix) in target.corpus {
        let mut paths: Vec<PathBuf> = fs::read_dir(root().join(folder))?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<io::Result<_>>()?;
        paths.sort();
        for path in paths {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let expected = name.contains(".golden.") || name.ends_with(".facts");
            if path.is_file() && name.starts_with(prefix) && !expected {
                inputs.push(fs::read(&path)?);
            }
        }
    }
    Ok(inputs)
}
