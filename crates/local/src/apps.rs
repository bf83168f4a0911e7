//! Where the apps of this run are, for the command line client.

use std::{fs, path::Path};

use anyhow::{Context as _, Result};
use serde_json::{Map, Value, json};

use crate::{Host, host::MASTER_KEY};

/// Name of the file in the state folder that `crossdock` reads.
pub const APPS_FILE: &str = "apps.json";

/// Writes the addresses and keys of the hosts, and where their telemetry is.
pub(crate) fn write<'h>(
    state: &Path,
    hosts: impl Iterator<Item = &'h Host>,
    telemetry: &str,
) -> Result<()> {
    let apps: Map<String, Value> = hosts
        .map(|host| {
            let app = json!({ "url": host.url(), "key": MASTER_KEY });
            (host.app().to_owned(), app)
        })
        .collect();
    let path = state.join(APPS_FILE);
    let telemetry = json!({ "url": telemetry, "workspace": "local" });
    let file = json!({ "apps": apps, "telemetry": telemetry });
    fs::write(&path, format!("{file:#}\n"))
        .with_context(|| format!("cannot write {}", path.display()))
}
