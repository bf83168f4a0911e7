//! Parameter files give what the documentation calls required, and nothing that no app takes.

use std::{collections::BTreeSet, path::Path};

use anyhow::Result;
use serde_json::Value;

use super::{
    MAIN,
    apps::{entry, texts},
    source,
};
use crate::tidy::{Findings, bicep, read};

/// One for each environment.
const FILES: [&str; 2] = ["infra/main.bicepparam", "infra/prod.bicepparam"];

/// The table of all variables.
const PAGE: &str = "docs/configuration.md";

pub(super) fn check(root: &Path) -> Result<Findings> {
    let apps = bicep::variable(&source(root, MAIN)?, "apps");
    let required = required(&read(&root.join(PAGE))?);
    let mut findings = Findings::new();
    for file in FILES {
        let parameters = source(root, file)?;
        let settings = bicep::variable(&parameters, "settings");
        let stored = bicep::variable(&parameters, "storedSecrets");
        for app in apps.as_array().into_iter().flatten() {
            findings.extend(given(file, app, &settings, &required));
        }
        findings.extend(unknown(file, &apps, &settings, &stored));
    }
    Ok(findings)
}

/// Variables that have no default.
fn required(page: &str) -> BTreeSet<String> {
    let rows = page.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| `")?.split(" | ");
        let name = cells.next()?.trim_end_matches('`');
        (cells.nth(1)? == "required").then(|| name.to_owned())
    });
    rows.collect()
}

fn given(file: &str, app: &Value, settings: &Value, required: &BTreeSet<String>) -> Findings {
    let name = app["name"].as_str().unwrap_or_default();
    let missing = texts(&app["given"])
        .into_iter()
        .filter(|given| required.contains(given) && settings[name].get(given).is_none());
    missing
        .map(|given| format!("{file} gives {name} no {given}, which is required"))
        .collect()
}

fn unknown(file: &str, apps: &Value, settings: &Value, stored: &Value) -> Findings {
    let mut findings = Findings::new();
    for (app, values) in settings.as_object().into_iter().flatten() {
        let given = entry(apps, app)
            .map(|entry| texts(&entry["given"]))
            .unwrap_or_default();
        let names = values
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name);
        let unknown = names.filter(|name| !given.contains(*name));
        findings.extend(unknown.map(|name| {
            format!(
                "{file} gives {app} the setting {name}, which its entry in {MAIN} does not take"
            )
        }));
    }
    for (app, names) in stored.as_object().into_iter().flatten() {
        let optional = entry(apps, app)
            .map(|entry| texts(&entry["optionalSecrets"]))
            .unwrap_or_default();
        let names = texts(names);
        let unknown = names.difference(&optional);
        findings.extend(unknown.map(|name| format!("{file} says that {app} has the secret {name}, which its entry in {MAIN} does not take")));
    }
    findings
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_required_is_given_and_what_is_given_is_taken() {
        let page = "| variable | unit | default | what |\n|---|---|---|---|\n| `A_ONE` | text | required | x |\n| `A_TWO` | text | none | x |\n";
        let required = required(page);
        assert_eq!(required, BTreeSet::from(["A_ONE".to_owned()]));
        let apps =
            json!([{ "name": "a", "given": ["A_ONE", "A_TWO"], "optionalSecrets": ["A_TOKEN"] }]);
        let good = json!({ "a": { "A_ONE": null } });
        assert_eq!(given("p", &apps[0], &good, &required), Findings::new());
        assert_eq!(
            given("p", &apps[0], &json!({}), &required),
            ["p gives a no A_ONE, which is required"]
        );
        assert_eq!(
            unknown(
                "p",
                &apps,
                &json!({ "a": { "A_TEN": 1 } }),
                &json!({ "a": ["A_TOKEN", "A_KEY"] })
            ),
            [
                "p gives a the setting A_TEN, which its entry in infra/main.bicep does not take",
                "p says that a has the secret A_KEY, which its entry in infra/main.bicep does not take",
            ]
        );
    }
}
