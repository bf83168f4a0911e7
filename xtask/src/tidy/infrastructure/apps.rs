//! The array of apps and the apps agree, in both directions.

use std::{collections::BTreeSet, path::Path};

use anyhow::Result;
use serde_json::Value;

use super::{FEED, MAIN, reads::Reads, source};
use crate::tidy::{Findings, bicep};

/// What the module of function apps sets for every app.
const OF_EVERY_APP: [&str; 2] = [
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
    "APPLICATIONINSIGHTS_CONNECTION_STRING",
];

/// The lists of an entry that hold names of variables.
const LISTS: [&str; 4] = ["given", "wired", "secrets", "optionalSecrets"];

pub(super) fn check(root: &Path) -> Result<Findings> {
    let listed = bicep::variable(&source(root, MAIN)?, "apps");
    let roles = bicep::variable(&source(root, FEED)?, "roles");
    let apps = stage::apps(root)?;
    let mut findings = Findings::new();
    for app in &apps {
        match entry(&listed, app.name()) {
            None => findings.push(format!(
                "{MAIN}: apps has no entry for functions/{}",
                app.name()
            )),
            Some(entry) => {
                findings.extend(compare(app.name(), entry, &Reads::of(root, app)?, &roles))
            }
        }
    }
    for entry in listed.as_array().into_iter().flatten() {
        let name = entry["name"].as_str().unwrap_or_default();
        if !apps.iter().any(|app| app.name() == name) {
            findings.push(format!(
                "{MAIN}: apps has an entry {name}, but there is no functions/{name}"
            ));
        }
    }
    Ok(findings)
}

/// The entry of an app.
pub(super) fn entry<'v>(listed: &'v Value, name: &str) -> Option<&'v Value> {
    let mut entries = listed.as_array()?.iter();
    entries.find(|entry| entry["name"] == name)
}

/// The texts of a list.
pub(super) fn texts(list: &Value) -> BTreeSet<String> {
    let texts = list.as_array().into_iter().flatten();
    texts.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn compare(app: &str, entry: &Value, reads: &Reads, roles: &Value) -> Findings {
    let mut findings = Findings::new();
    let mut say = |what: String| findings.push(format!("{MAIN}, apps, {app}: {what}"));
    let connections = texts(&entry["connections"]);
    if connections != reads.connections {
        say(format!(
            "has the connections {connections:?}, the app {:?}",
            reads.connections
        ));
    }
    for what in variables(entry, &connections, reads) {
        say(what);
    }
    for what in containers(entry, reads, roles) {
        say(what);
    }
    for what in files(app, entry, reads) {
        say(what);
    }
    findings
}

fn variables(entry: &Value, connections: &BTreeSet<String>, reads: &Reads) -> Vec<String> {
    let mut set = OF_EVERY_APP
        .map(str::to_owned)
        .into_iter()
        .collect::<BTreeSet<_>>();
    set.extend(
        connections
            .iter()
            .map(|connection| format!("{connection}__clientId")),
    );
    let mut said = Vec::new();
    let fixed = entry["settings"].as_object().into_iter().flatten();
    let listed = LISTS.iter().flat_map(|list| texts(&entry[*list]));
    for name in listed.chain(fixed.map(|(name, _)| name.clone())) {
        if !set.insert(name.clone()) {
            said.push(format!("sets {name} twice"));
        }
    }
    let missing = reads.variables.difference(&set);
    said.extend(missing.map(|name| format!("does not set {name}, which the app reads")));
    let idle = set.difference(&reads.variables);
    said.extend(idle.map(|name| format!("sets {name}, which the app does not read")));
    said
}

fn containers(entry: &Value, reads: &Reads, roles: &Value) -> Vec<String> {
    let mut said = Vec::new();
    let granted = entry["feed"].as_object().cloned().unwrap_or_default();
    for (container, role) in &granted {
        if role.as_str().is_none_or(|role| roles[role].is_null()) {
            said.push(format!(
                "has the role {role} in {container}, which {FEED} does not define"
            ));
        }
    }
    for (container, role) in &reads.containers {
        if granted.get(container).and_then(Value::as_str) != Some(role) {
            said.push(format!("needs the role {role} in {container}"));
        }
    }
    let some = ["checkpoints", "receipts", "leases"];
    let idle = granted.keys().filter(|name| some.contains(&name.as_str()));
    let idle = idle.filter(|name| !reads.containers.iter().any(|(used, _)| used == *name));
    said.extend(idle.map(|name| format!("has a role in {name}, which the app does not use")));
    said
}

/// An app that reads files has a container of its name, two queues, and folders in the container that are its own.
fn files(app: &str, entry: &Value, reads: &Reads) -> Vec<String> {
    let mut said = Vec::new();
    let queues: BTreeSet<String> = match entry["ownFolders"].is_null() {
        true => BTreeSet::new(),
        false => [format!("{app}-drops"), format!("{app}-drops-poison")].into(),
    };
    if queues != reads.queues {
        said.push(format!(
            "gets the queues {queues:?}, its triggers read {:?}",
            reads.queues
        ));
    }
    let folders = texts(&entry["ownFolders"]);
    let unknown = folders
        .iter()
        .filter(|folder| !reads.source.contains(&format!("&str = \"{folder}\"")));
    said.extend(
        unknown.map(|folder| format!("keeps events of {folder} away, which the app does not name")),
    );
    said
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn reads() -> Reads {
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        Reads {
            variables: texts(&[
                "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
                "APPLICATIONINSIGHTS_CONNECTION_STRING",
                "FEED__clientId",
                "ORDERS_COMPANY",
            ]),
            connections: texts(&["FEED"]),
            queues: BTreeSet::new(),
            containers: [("checkpoints".to_owned(), "amend")].into(),
            source: String::new(),
        }
    }

    #[test]
    fn an_entry_says_what_the_app_reads() {
        let roles = json!({ "append": [], "amend": [] });
        let entry = json!({
            "connections": ["FEED"], "feed": { "records": "append", "checkpoints": "amend" }, "ownFolders": null,
            "settings": {}, "given": ["ORDERS_COMPANY"], "wired": [], "secrets": [], "optionalSecrets": [],
        });
        assert_eq!(compare("orders", &entry, &reads(), &roles), Findings::new());
    }

    #[test]
    fn every_difference_is_found() {
        let roles = json!({ "append": [] });
        let entry = json!({
            "connections": ["FEED", "DROPS"], "feed": { "records": "own", "receipts": "append" }, "ownFolders": ["out/"],
            "settings": { "ORDERS_OLD": "1" }, "given": ["ORDERS_OLD"], "wired": [], "secrets": [], "optionalSecrets": [],
        });
        let expected = [
            r#"has the connections {"DROPS", "FEED"}, the app {"FEED"}"#,
            "sets ORDERS_OLD twice",
            "does not set ORDERS_COMPANY, which the app reads",
            "sets DROPS__clientId, which the app does not read",
            "sets ORDERS_OLD, which the app does not read",
            r#"has the role "own" in records, which infra/modules/feed.bicep does not define"#,
            "needs the role amend in checkpoints",
            "has a role in receipts, which the app does not use",
            r#"gets the queues {"orders-drops", "orders-drops-poison"}, its triggers read {}"#,
            "keeps events of out/ away, which the app does not name",
        ]
        .map(|what| format!("infra/main.bicep, apps, orders: {what}"));
        assert_eq!(compare("orders", &entry, &reads(), &roles), expected);
    }
}
