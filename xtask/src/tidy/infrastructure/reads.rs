//! What an app reads: its variables, its connections, its containers. From the source, not from a list.

use std::{collections::BTreeSet, path::Path};

use anyhow::{Context as _, Result};
use serde_json::Value;
use stage::App;

use crate::tidy::{files, has_extension, read, variables};

/// What an app calls to read variables that it shares with others, and the file that has their names.
const SHARED: &[(&str, &str)] = &[
    ("feed::Config", "crates/feed/src/config.rs"),
    ("Seal::from_vars(", "crates/feed/src/seal.rs"),
    ("drops::Config", "crates/drops/src/config.rs"),
    (
        "telemetry::Config::from_vars(",
        "crates/telemetry/src/config.rs",
    ),
];

/// The platform's own, which nobody sets.
const PLATFORM: &str = "WEBSITE_";

/// End of the variable that says who we are at the other end of a connection.
const CLIENT_ID: &str = "__clientId";

/// What one app reads.
#[derive(Debug, Default)]
pub(super) struct Reads {
    /// Names of variables.
    pub(super) variables: BTreeSet<String>,
    /// Connections of its triggers, and of its handler.
    pub(super) connections: BTreeSet<String>,
    /// Queues of its triggers.
    pub(super) queues: BTreeSet<String>,
    /// Containers of the feed that not every app uses, with the role that it needs there.
    pub(super) containers: BTreeSet<(String, &'static str)>,
    /// Its source.
    pub(super) source: String,
}

impl Reads {
    pub(super) fn of(root: &Path, app: &App) -> Result<Self> {
        let mut reads = Self::default();
        let folder = root.join("functions").join(app.name()).join("src");
        for path in files(&folder, |path| has_extension(path, "rs"))? {
            reads.source.push_str(&read(&path)?);
        }
        reads.variables = variables::names(&reads.source, '"');
        for (call, file) in SHARED {
            if reads.source.contains(call) {
                let shared = read(&root.join(file))?;
                let names = variables::names(&shared, '"');
                reads
                    .variables
                    .extend(names.into_iter().filter(|name| !name.starts_with(PLATFORM)));
            }
        }
        for function in app.functions() {
            reads.function(&read(&app.function_json(function))?)?;
        }
        let ours = reads.variables.iter();
        let connections: Vec<_> = ours
            .filter_map(|name| name.strip_suffix(CLIENT_ID))
            .map(str::to_owned)
            .collect();
        reads.connections.extend(connections);
        for (call, container, role) in [
            (".store_checkpoint(", "checkpoints", "amend"),
            (".store_receipt(", "receipts", "append"),
        ] {
            if reads.source.contains(call) {
                reads.containers.insert((container.to_owned(), role));
            }
        }
        Ok(reads)
    }

    fn function(&mut self, json: &str) -> Result<()> {
        self.variables.extend(variables::names(json, '%'));
        let json: Value = serde_json::from_str(json).context("a function.json is no JSON")?;
        for binding in json["bindings"].as_array().into_iter().flatten() {
            let text = |name: &str| binding[name].as_str().map(str::to_owned);
            self.connections.extend(text("connection"));
            self.connections.extend(text("leaseConnection"));
            self.queues.extend(text("queueName"));
            self.containers
                .extend(text("containerName").map(|name| (name, "follow")));
            self.containers
                .extend(text("leaseContainerName").map(|name| (name, "lease")));
        }
        Ok(())
    }
}
