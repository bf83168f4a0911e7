//! The containers in Azure are those of the emulator, and their indexes serve the queries of crates/feed, no more.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use anyhow::Result;
use serde_json::Value;

use super::{FEED, source};
use crate::tidy::{Findings, bicep, files, has_extension, read, relative};

/// The containers that the emulator makes.
const SEED: &str = "crates/cosmos-emulator/src/seed.rs";

/// Which container the queries of a file are for.
const QUERIES: &[(&str, &str)] = &[
    ("crates/feed/src/batch.rs", "records"),
    ("crates/feed/src/read.rs", "records"),
    ("crates/feed/src/letters/entries.rs", "dead-letters"),
    ("crates/feed/src/letters/filter.rs", "dead-letters"),
    ("crates/feed/src/letters/list.rs", "dead-letters"),
    ("crates/feed/src/letters/groups.rs", "dead-letters"),
    ("crates/feed/src/letters/audit.rs", "operations"),
    ("crates/feed/src/shelf.rs", "operations"),
];

/// A query within one partition wants the partition key indexed, although it does not name it.
const PARTITION: &str = "/partition/?";

pub(super) fn check(root: &Path) -> Result<Findings> {
    let module = source(root, FEED)?;
    let containers = containers(&bicep::variable(&module, "containers"));
    let seeded = seeded(&read(&root.join(SEED))?);
    let mut findings = Findings::new();
    if containers != seeded {
        findings.push(format!(
            "{FEED} has the containers {containers:?}, {SEED} {seeded:?}"
        ));
    }
    let indexed = bicep::variable(&module, "indexedPaths");
    let (asked, strangers) = asked(root)?;
    findings.extend(strangers);
    for (container, paths) in &asked {
        findings.extend(compare(container, paths, &indexed[container]));
    }
    Ok(findings)
}

/// Name and partition key of each container.
fn containers(listed: &Value) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let listed = listed.as_array().into_iter().flatten();
    listed
        .map(|container| (text(&container["name"]), text(&container["partitionKey"])))
        .collect()
}

fn seeded(text: &str) -> BTreeMap<String, String> {
    let after = |mark: &str| -> Vec<String> {
        let quoted = text.split(mark).skip(1);
        quoted
            .filter_map(|rest| rest.split('"').next())
            .map(str::to_owned)
            .collect()
    };
    let names = after(" name: \"").into_iter();
    names.zip(after(" partition_key: \"")).collect()
}

/// For each container the paths that queries filter or sort by; and the queries that it is not known of whose they are.
fn asked(root: &Path) -> Result<(BTreeMap<&'static str, BTreeSet<String>>, Findings)> {
    let mut asked: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let mut findings = Findings::new();
    for path in files(&root.join("crates/feed/src"), |path| {
        has_extension(path, "rs")
    })? {
        let shown = relative(root, &path).to_string();
        let paths = conditions(&read(&path)?);
        match QUERIES.iter().find(|(file, _)| *file == shown) {
            Some((_, container)) => asked.entry(container).or_default().extend(paths),
            None if paths.is_empty() => {}
            None => findings.push(format!("{shown} asks for {paths:?}: say in xtask/src/tidy/infrastructure/feed.rs in which container")),
        }
    }
    Ok((asked, findings))
}

fn compare(container: &str, asked: &BTreeSet<String>, indexed: &Value) -> Findings {
    let listed = indexed.as_array().into_iter().flatten();
    let indexed: BTreeSet<&str> = listed.filter_map(Value::as_str).collect();
    let missing = asked.iter().filter(|path| !indexed.contains(path.as_str()));
    let missing = missing.map(|path| {
        format!("{FEED} does not index {path} of {container}, which crates/feed asks for")
    });
    let idle = indexed
        .iter()
        .filter(|path| **path != PARTITION && !asked.contains(**path));
    let idle =
        idle.map(|path| format!("{FEED} indexes {path} of {container}, which no query asks for"));
    missing.chain(idle).collect()
}

/// Paths of a query's conditions and of its order, as an index names them. The id and the time of writing are always
/// indexed (Azure Cosmos DB, indexing policies, indexing mode).
fn conditions(text: &str) -> BTreeSet<String> {
    let is_path = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices("c.") {
        let (before, rest) = (&text[..at], &text[at + 2..]);
        let path = rest.split(|c| !is_path(c)).next().unwrap_or_default();
        let after = rest[path.len()..].trim_start();
        let compared = after.starts_with(['=', '<', '>'])
            && !after.starts_with("==")
            && !after.starts_with("=>");
        let listed =
            after.starts_with(')') && before.ends_with(", ") && before.contains("ARRAY_CONTAINS(");
        let sorted = before.trim_end().ends_with("ORDER BY");
        if (compared || listed || sorted)
            && !before.ends_with(is_path)
            && !["id", "_ts"].contains(&path)
        {
            found.insert(format!("/{}/?", path.replace('.', "/")));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_query_filters_and_sorts_by_is_found() {
        let query = "SELECT c.a, c.b.x AS y FROM c WHERE c.kind = @k AND c.body.id >= ? \
                     AND ARRAY_CONTAINS(?, c.status.state) AND c.id = @i AND c._ts < @t ORDER BY c.at DESC";
        let found = conditions(query);
        let expected = ["/at/?", "/body/id/?", "/kind/?", "/status/state/?"];
        assert_eq!(found, expected.map(str::to_owned).into());
        assert_eq!(conditions("|c| c.is_ascii() || c == '-'"), BTreeSet::new());
    }

    #[test]
    fn an_index_serves_a_query_or_is_not_there() {
        let asked = BTreeSet::from(["/a/?".to_owned(), "/b/?".to_owned()]);
        let indexed = serde_json::json!(["/partition/?", "/a/?", "/c/?"]);
        assert_eq!(
            compare("records", &asked, &indexed),
            [
                "infra/modules/feed.bicep does not index /b/? of records, which crates/feed asks for",
                "infra/modules/feed.bicep indexes /c/? of records, which no query asks for",
            ]
        );
    }
}
