//! Who may know whom.

use std::path::Path;

use anyhow::Result;
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

use super::Findings;

/// The packages of ours that each package may depend on. A package that is not listed may depend on none.
const MAY_DEPEND_ON: &[(&str, &[&str])] = &[
    ("feed", &["record", "retry", "credential"]),
    ("reporting", &["record", "retry"]),
    ("telemetry", &["credential"]),
    ("replay", &["record", "retry", "feed"]),
    ("settings", &["credential"]),
    (
        "ingest",
        &[
            "azure-functions-handler",
            "record",
            "retry",
            "feed",
            "replay",
            "telemetry",
        ],
    ),
    (
        "consolidate",
        &[
            "record",
            "retry",
            "feed",
            "replay",
            "reporting",
            "telemetry",
        ],
    ),
    (
        "consolidator",
        &[
            "consolidate",
            "credential",
            "feed",
            "record",
            "replay",
            "reporting",
            "retry",
            "settings",
            "telemetry",
            "azure-functions-handler",
        ],
    ),
    (
        "drops",
        &[
            "azure-functions-handler",
            "credential",
            "feed",
            "ingest",
            "record",
            "replay",
            "retry",
            "telemetry",
        ],
    ),
    ("emulator-process", &["feed"]),
    ("functions-host", &["parent-process"]),
    ("cosmos-emulator", &["parent-process"]),
    ("upstream-sim", &["parent-process"]),
    ("ingestion-endpoint", &["parent-process"]),
    (
        "local",
        &[
            "azurite",
            "feed",
            "nightly-batch",
            "record",
            "reporting",
            "stage",
        ],
    ),
    ("nightly-batch", &[]),
    ("xtask", &["azurite", "stage"]),
];

/// What an upstream app may depend on: everything but the reporting side, so that a change there redeploys none of them.
const UPSTREAM_APP: &[&str] = &[
    "ingest",
    "feed",
    "record",
    "replay",
    "retry",
    "credential",
    "csvw",
    "settings",
    "drops",
    "telemetry",
    "azure-functions-handler",
    "webhook-signature",
    "identifiers",
    "x12",
];

/// Packages from elsewhere that only one of ours may name.
const ONLY: &[(&str, &[&str])] = &[
    (
        "azure_data_cosmos",
        &["feed", "functions-host", "cosmos-emulator"],
    ),
    ("azure_data_cosmos_driver", &["cosmos-emulator"]),
    ("azure_identity", &["credential"]),
    ("azure_storage_blob", &["drops"]),
    ("azure_storage_queue", &["functions-host", "drops"]),
    ("sqlx", &["reporting"]),
    ("opentelemetry-application-insights", &["telemetry"]),
];

/// Packages whose work is to test or to run the others.
const MAY_SEE_ALL: &[&str] = &["e2e"];

pub(super) fn check(root: &Path) -> Result<Findings> {
    let metadata = MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .no_deps()
        .exec()?;
    let ours: Vec<&str> = metadata
        .packages
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    let mut findings = Findings::new();
    for package in &metadata.packages {
        let name = package.name.as_str();
        for dependency in normal_dependencies(package) {
            if ours.contains(&dependency) && !may(root, &metadata, package, dependency) {
                findings.push(format!("package {name} must not depend on {dependency}; see ARCHITECTURE.md, who may know whom"));
            }
            let allowed = ONLY.iter().find(|(only, _)| *only == dependency);
            if allowed.is_some_and(|(_, packages)| !packages.contains(&name)) {
                findings.push(format!("package {name} must not name {dependency}"));
            }
        }
    }
    Ok(findings)
}

fn may(root: &Path, _metadata: &Metadata, package: &Package, dependency: &str) -> bool {
    let name = package.name.as_str();
    let upstream_app = package.manifest_path.starts_with(root.join("functions"))
        && name != "consolidator"
        && name != "ops";
    let listed = MAY_DEPEND_ON
        .iter()
        .find(|(listed, _)| *listed == name)
        .map_or(&[][..], |(_, allowed)| allowed);
    MAY_SEE_ALL.contains(&name)
        || listed.contains(&dependency)
        || (upstream_app && UPSTREAM_APP.contains(&dependency))
}

fn normal_dependencies(package: &Package) -> impl Iterator<Item = &str> {
    package
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind == DependencyKind::Normal)
        .map(|dependency| dependency.name.as_str())
}
