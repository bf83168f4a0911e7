//! Property types of the resources, where the data for them is beside the project.

use std::{path::Path, process::Command};

use anyhow::{Context as _, Result};

use crate::tidy::Findings;

/// A checker with the types of the resources. They belong to others, so they are no part of the project.
const CHECKER: &str = "../shared/tools/bicepcheck.py";

/// What it knows less of than the compiler does: counters of loops, types that its data lacks, and a property that the
/// data lost.
const NOT_KNOWN: [&str; 5] = [
    "is not declared",
    "note: ",
    "no types here for",
    "warning: ",
    "unknown property \"description\"",
];

pub(super) fn check(root: &Path, templates: &[&Path]) -> Result<Findings> {
    let checker = root.join(CHECKER);
    if !checker.is_file() {
        eprintln!("tidy: property types of Bicep are not checked: there is no {CHECKER}");
        return Ok(Findings::new());
    }
    if !has_parser() {
        eprintln!(
            "tidy: property types of Bicep are not checked: python3 has no tree_sitter_bicep"
        );
        return Ok(Findings::new());
    }
    let checked = Command::new("python3")
        .arg(checker)
        .args(templates)
        .output()
        .context("cannot start python3")?;
    let said = String::from_utf8_lossy(&checked.stdout);
    let findings = said.lines().filter(|line| *line != "ok");
    Ok(findings
        .filter(|line| !NOT_KNOWN.iter().any(|unknown| line.contains(unknown)))
        .map(str::to_owned)
        .collect())
}

fn has_parser() -> bool {
    Command::new("python3")
        .args(["-c", "import tree_sitter, tree_sitter_bicep"])
        .output()
        .is_ok_and(|output| output.status.success())
}
