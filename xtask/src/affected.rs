//! Which apps a change touches: those whose package, or one that it is made of, is another than before.

mod dependencies;
mod files;
mod manifest;

use std::{collections::BTreeSet, path::Path};

use anyhow::Result;

use dependencies::Workspace;
use files::Touched;

use crate::git::git;

/// The apps that differ between two revisions.
pub(crate) fn between(root: &Path, since: &str, until: &str) -> Result<Vec<String>> {
    let workspace = Workspace::read(root)?;
    let mut changed = BTreeSet::new();
    for path in files(root, since, until)? {
        match files::touched(&path, workspace.folders()) {
            Touched::Everything => return Ok(workspace.apps()),
            Touched::Package(name) => drop(changed.insert(name)),
            Touched::Nothing => {}
        }
    }
    let both = |path: &str| -> Result<(String, String)> {
        Ok((file(root, since, path)?, file(root, until, path)?))
    };
    let (old, new) = both("Cargo.toml")?;
    match manifest::changes(&old, &new)? {
        None => return Ok(workspace.apps()),
        Some(dependencies) => changed.extend(dependencies),
    }
    let (old, new) = both("Cargo.lock")?;
    changed.extend(manifest::locked_differently(&old, &new)?);
    Ok(workspace.apps_made_of(&changed))
}

/// All apps.
pub(crate) fn all(root: &Path) -> Result<Vec<String>> {
    Ok(Workspace::read(root)?.apps())
}

/// Prints the apps, one a line or as a JSON list.
#[expect(clippy::print_stdout, reason = "the list is what the task is for")]
pub(crate) fn print(apps: &[String], as_json: bool) -> Result<()> {
    if as_json {
        println!("{}", serde_json::to_string(apps)?);
    } else {
        for app in apps {
            println!("{app}");
        }
    }
    Ok(())
}

/// Files that differ; of one that was moved, both names.
fn files(root: &Path, since: &str, until: &str) -> Result<Vec<String>> {
    let range = format!("{since}...{until}");
    let listed = git(root, &["diff", "--name-only", "--no-renames", "-z", &range])?;
    let listed = listed.split('\0').filter(|path| !path.is_empty());
    Ok(listed.map(str::to_owned).collect())
}

fn file(root: &Path, revision: &str, path: &str) -> Result<String> {
    git(root, &["show", &format!("{revision}:{path}")])
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &[&str] = &[
        "carrier",
        "consolidator",
        "orders",
        "telematics",
        "transport",
        "visibility",
        "warehouse",
    ];

    /// Commits of this project's history, and what they touch.
    const EXAMPLES: [(&str, &str, &[&str]); 7] = [
        ("013f201", "one app and its documentation", &["telematics"]),
        ("cae8d03", "the grammar of X12", &["carrier"]),
        ("d9e4976", "the reporting store", &["consolidator"]),
        ("a5277ca", "files, and tests", &["carrier", "warehouse"]),
        (
            "f26bee2",
            "two apps, with a package of ours new in the lock",
            &["carrier", "warehouse"],
        ),
        ("31f4932", "the feed", ALL),
        ("ca64663", "the simulator and its tests", &[]),
    ];

    #[test]
    fn commits_of_this_project_touch_what_they_touch() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for (commit, why, apps) in EXAMPLES {
            if git(&root, &["cat-file", "-e", &format!("{commit}^")]).is_err() {
                eprintln!("skipped: {commit} is not in this clone");
                continue;
            }
            let found = between(&root, &format!("{commit}^"), commit).unwrap();
            assert_eq!(found, apps, "{commit}: {why}");
        }
    }
}
