//! Rules about single files.

use std::path::Path;

use anyhow::Result;

use super::{Findings, files, has_extension, read, relative};

/// Longest source file, in lines. A file that grows past it has more than one subject.
const LINES_MAX: usize = 600;

/// Marks of unfinished work; spelled apart so that this file does not hold them.
const UNFINISHED: [&str; 4] = [
    concat!("FIX", "ME"),
    concat!("XX", "X:"),
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
];

pub(super) fn check(root: &Path) -> Result<Findings> {
    let mut findings = Findings::new();
    for folder in ["crates", "functions", "tests", "xtask"] {
        for path in files(&root.join(folder), |path| has_extension(path, "rs"))? {
            let text = read(&path)?;
            let shown = relative(root, &path).to_string();
            findings.extend(check_file(&shown, &text));
        }
    }
    findings.extend(goldens(root)?);
    Ok(findings)
}

fn check_file(path: &str, text: &str) -> Findings {
    let mut findings = Findings::new();
    let lines = text.lines().count();
    if lines > LINES_MAX {
        findings.push(format!(
            "{path} has {lines} lines, more than {LINES_MAX}: split it by subject"
        ));
    }
    for mark in UNFINISHED {
        if text.contains(mark) {
            findings.push(format!("{path} holds {mark}"));
        }
    }
    if path.ends_with("/mod.rs") {
        findings.push(format!(
            "{path}: a module's file stands beside its folder, not in it"
        ));
    }
    // A normalizer is a pure function: a fixture is then a complete test of it.
    if path.contains("normalize") && path.starts_with("functions/") && path.contains("/src/") {
        for impure in [".await", "async fn", "Timestamp::now", "env::var"] {
            if text.contains(impure) {
                findings.push(format!(
                    "{path} holds {impure}: normalizing neither waits nor asks clock or environment"
                ));
            }
        }
    }
    findings
}

/// Every fixture of an app has its expected result beside it, and the other way round.
fn goldens(root: &Path) -> Result<Findings> {
    let mut findings = Findings::new();
    for app in stage::apps(root)? {
        let fixtures = root.join("functions").join(app.name()).join("fixtures");
        if !fixtures.is_dir() {
            continue;
        }
        for golden in files(&fixtures, |path| {
            path.to_string_lossy().ends_with(".golden.json")
        })? {
            let stem = golden.to_string_lossy().replace(".golden.json", "");
            let inputs = files(&fixtures, |path| {
                !path.to_string_lossy().ends_with(".golden.json")
            })?;
            if !inputs
                .iter()
                .any(|input| input.with_extension("").to_string_lossy() == stem)
            {
                findings.push(format!(
                    "{} is the golden file of no fixture",
                    relative(root, &golden)
                ));
            }
        }
    }
    Ok(findings)
}
