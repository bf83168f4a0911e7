//! What a change of the workspace's manifest and lock touches.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use toml_edit::{DocumentMut, Item, Table};

/// Tables of the workspace's manifest that do not change what an app is built from.
const HARMLESS: [&str; 3] = ["members", "default-members", "lints"];

/// Names of the dependencies that are declared in another way; none if something changed that touches every app.
pub(super) fn changes(old: &str, new: &str) -> Result<Option<BTreeSet<String>>> {
    let (old, new): (DocumentMut, DocumentMut) = (old.parse()?, new.parse()?);
    let outside = |name: &str| name != "workspace";
    // `profile`, `patch`: of everything.
    if different(old.as_table(), new.as_table())
        .iter()
        .any(|name| outside(name))
    {
        return Ok(None);
    }
    let empty = Table::new();
    let workspace = |document: &DocumentMut| document["workspace"].as_table().cloned();
    let old = workspace(&old).unwrap_or_else(|| empty.clone());
    let new = workspace(&new).unwrap_or_else(|| empty.clone());
    let changed = different(&old, &new);
    let harmless = |name: &String| HARMLESS.contains(&name.as_str()) || name == "dependencies";
    if !changed.iter().all(harmless) {
        return Ok(None);
    }
    let dependencies = |table: &Table| table.get("dependencies").and_then(Item::as_table).cloned();
    let old = dependencies(&old).unwrap_or_else(|| empty.clone());
    let new = dependencies(&new).unwrap_or(empty);
    Ok(Some(different(&old, &new)))
}

/// Names of the entries that are not the same in both, comments and blanks apart.
fn different(old: &Table, new: &Table) -> BTreeSet<String> {
    let names = old
        .iter()
        .chain(new.iter())
        .map(|(name, _)| name.to_owned());
    let names: BTreeSet<String> = names.collect();
    let differs = |name: &String| old.get(name).map(plain) != new.get(name).map(plain);
    names.into_iter().filter(differs).collect()
}

/// What an item says, with all that is below it, without comments and blanks.
fn plain(item: &Item) -> String {
    if let Some(table) = item.as_table_like() {
        let entries: BTreeMap<&str, String> = table
            .iter()
            .map(|(name, item)| (name, plain(item)))
            .collect();
        return format!("{entries:?}");
    }
    let text = item.to_string();
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| !line.starts_with('#'));
    lines
        .flat_map(str::split_whitespace)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Names of the packages from elsewhere whose version or content is another.
pub(super) fn locked_differently(old: &str, new: &str) -> Result<BTreeSet<String>> {
    let (old, new) = (locked(old)?, locked(new)?);
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let differs = |name: &&String| old.get(*name) != new.get(*name);
    Ok(names.into_iter().filter(differs).cloned().collect())
}

/// Version and checksum of each package that comes from elsewhere. One name may have several versions.
fn locked(text: &str) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let document: DocumentMut = text.parse()?;
    let mut locked: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let packages = document.get("package").and_then(Item::as_array_of_tables);
    for package in packages.into_iter().flatten() {
        let field = |name: &str| package.get(name).and_then(Item::as_str).unwrap_or_default();
        if !field("source").is_empty() {
            let content = format!("{} {}", field("version"), field("checksum"));
            locked
                .entry(field("name").to_owned())
                .or_default()
                .insert(content);
        }
    }
    Ok(locked)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "# why\n[workspace]\nmembers = [\"a\"]\n[workspace.dependencies]\nserde = \"1.0\"\nurl = \"2\"\n\
                            [workspace.lints.rust]\nunsafe_code = \"forbid\"\n[profile.release]\nlto = \"thin\"\n";

    fn changed(from: &str, to: &str) -> Option<BTreeSet<String>> {
        changes(MANIFEST, &MANIFEST.replace(from, to)).unwrap()
    }

    #[test]
    fn a_dependency_touches_who_uses_it_and_a_profile_everybody() {
        let some = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
        assert_eq!(changed("1.0", "1.1"), some(&["serde"]));
        assert_eq!(changed("url", "zip = \"9\"\nurl"), some(&["zip"]));
        assert_eq!(changed("# why", "# why not"), some(&[]));
        assert_eq!(changed("\"a\"", "\"a\", \"b\""), some(&[]));
        assert_eq!(changed("forbid", "deny"), some(&[]));
        assert_eq!(changed("thin", "fat"), None);
    }

    #[test]
    fn another_version_of_a_package_from_elsewhere_counts() {
        let entry = |name: &str, version: &str, source: &str| {
            format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n{source}\n")
        };
        let elsewhere = "source = \"registry\"";
        let old = entry("url", "2.0.0", elsewhere) + &entry("feed", "0.1.0", "");
        let new = entry("url", "2.0.1", elsewhere) + &entry("feed", "0.2.0", "");
        let found = locked_differently(&old, &new).unwrap();
        assert_eq!(found, BTreeSet::from(["url".to_owned()]));
    }
}
