//! What each app is made of, as cargo sees it.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::Path,
};

use anyhow::{Context as _, Result};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Node, PackageId};

/// The packages of the workspace and what the apps are made of.
#[derive(Debug)]
pub(super) struct Workspace {
    /// Names of packages by folder, from the root.
    folders: BTreeMap<String, String>,
    /// Names of all packages that each app is made of, itself included.
    apps: BTreeMap<String, BTreeSet<String>>,
}

impl Workspace {
    /// Asks cargo.
    pub(super) fn read(root: &Path) -> Result<Self> {
        let metadata = MetadataCommand::new()
            .manifest_path(root.join("Cargo.toml"))
            .exec()?;
        let resolve = metadata
            .resolve
            .as_ref()
            .context("cargo resolves nothing")?;
        let nodes: HashMap<&PackageId, &Node> =
            resolve.nodes.iter().map(|node| (&node.id, node)).collect();
        let (mut folders, mut apps) = (BTreeMap::new(), BTreeMap::new());
        for package in metadata.workspace_packages() {
            let folder = package
                .manifest_path
                .parent()
                .context("a manifest lies in a folder")?;
            let folder = folder.strip_prefix(&metadata.workspace_root)?;
            let name = package.name.to_string();
            if folder.starts_with("functions") {
                apps.insert(name.clone(), made_of(&metadata, &nodes, &package.id));
            }
            folders.insert(folder.to_string(), name);
        }
        Ok(Self { folders, apps })
    }

    pub(super) const fn folders(&self) -> &BTreeMap<String, String> {
        &self.folders
    }

    /// All apps, sorted.
    pub(super) fn apps(&self) -> Vec<String> {
        self.apps.keys().cloned().collect()
    }

    /// The apps that are made of one of these packages, sorted.
    pub(super) fn apps_made_of(&self, packages: &BTreeSet<String>) -> Vec<String> {
        let touched = self
            .apps
            .iter()
            .filter(|(_, parts)| !parts.is_disjoint(packages));
        touched.map(|(app, _)| app.clone()).collect()
    }
}

/// What a package needs to be built and run; not what its tests need.
fn made_of(
    metadata: &Metadata,
    nodes: &HashMap<&PackageId, &Node>,
    app: &PackageId,
) -> BTreeSet<String> {
    let mut found = BTreeSet::from([app]);
    let mut next = vec![app];
    while let Some(id) = next.pop() {
        let dependencies = nodes.get(id).into_iter().flat_map(|node| &node.deps);
        for dependency in dependencies {
            let is_part = dependency
                .dep_kinds
                .iter()
                .any(|kind| kind.kind != DependencyKind::Development);
            if is_part && found.insert(&dependency.pkg) {
                next.push(&dependency.pkg);
            }
        }
    }
    found
        .into_iter()
        .map(|id| metadata[id].name.to_string())
        .collect()
}
