//! Bicep without Azure: syntax, names, what modules ask for and give, and property types where the data for them is.

mod modules;
mod names;
mod source;
mod types;
mod value;

use std::{collections::BTreeMap, path::Path};

use anyhow::Result;

pub(super) use source::Source;
pub(super) use value::variable;

use super::{Findings, files, has_extension, read};

/// The folder of all Bicep files.
const FOLDER: &str = "infra";

pub(super) fn check(root: &Path) -> Result<Findings> {
    let mut sources = BTreeMap::new();
    let mut findings = Findings::new();
    for path in files(&root.join(FOLDER), |path| {
        has_extension(path, "bicep") || has_extension(path, "bicepparam")
    })? {
        let source = Source::parse(root, &path, read(&path)?)?;
        findings.extend(source.syntax_errors());
        sources.insert(path, source);
    }
    for (path, source) in &sources {
        findings.extend(names::check(source));
        findings.extend(modules::check(path, source, &sources));
    }
    let templates: Vec<&Path> = sources
        .keys()
        .filter(|path| has_extension(path, "bicep"))
        .map(|path| path.as_path())
        .collect();
    findings.extend(types::check(root, &templates)?);
    Ok(findings)
}
