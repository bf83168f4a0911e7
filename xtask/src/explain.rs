//! Prints the page of a dead-letter reason.

use std::{fs, path::Path};

use anyhow::{Result, bail};

#[expect(clippy::print_stdout, reason = "the page is what the task is for")]
pub(crate) fn run(root: &Path, code: &str) -> Result<()> {
    let pages = root.join("docs/reasons");
    let page = pages.join(format!("{}.md", code.to_uppercase()));
    if let Ok(text) = fs::read_to_string(page) {
        print!("{text}");
        return Ok(());
    }
    let mut known: Vec<String> = fs::read_dir(&pages)?
        .filter_map(|entry| {
            Some(
                entry
                    .ok()?
                    .path()
                    .file_stem()?
                    .to_string_lossy()
                    .into_owned(),
            )
        })
        .filter(|name| name != "README")
        .collect();
    known.sort();
    bail!(
        "no reason has the code {code}; there are {}",
        known.join(", ")
    )
}
