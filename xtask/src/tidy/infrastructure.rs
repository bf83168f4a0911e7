//! What infra/ describes is what the code needs, and the other way round.

mod apps;
mod feed;
mod parameters;
mod reads;

use std::path::Path;

use anyhow::Result;

use super::{Findings, bicep::Source, read};

/// The template with the array of apps.
const MAIN: &str = "infra/main.bicep";
/// The module with the containers of the feed.
const FEED: &str = "infra/modules/feed.bicep";

pub(super) fn check(root: &Path) -> Result<Findings> {
    let mut findings = apps::check(root)?;
    findings.extend(parameters::check(root)?);
    findings.extend(feed::check(root)?);
    Ok(findings)
}

/// A file of infra/, by its path from the root.
fn source(root: &Path, path: &str) -> Result<Source> {
    let path = root.join(path);
    Source::parse(root, &path, read(&path)?)
}
