//! Azurite for the tests.

use std::path::Path;

use anyhow::Result;
use azurite::Installation;

use crate::debian;

/// Finds Azurite or installs it, with Node first where that is missing.
pub(crate) fn ensure(root: &Path) -> Result<()> {
    match Installation::find_or_install(root, crate::say) {
        Err(error) if error.is_missing_node() => {
            let elsewhere = "install Node.js 20 or later with npm";
            debian::install("Node", &["nodejs", "npm"], elsewhere)?;
            Installation::find_or_install(root, crate::say)?;
        }
        found => drop(found?),
    }
    Ok(())
}
