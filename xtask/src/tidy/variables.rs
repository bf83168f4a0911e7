//! Every variable that an app reads is documented, and every documented one is read.

use std::{collections::BTreeSet, path::Path};

use anyhow::Result;

use super::{Findings, files, has_extension, read};

/// The table of all variables.
const PAGE: &str = "docs/configuration.md";

/// Prefixes of our variables; other capitals in a source file are something else.
const PREFIXES: [&str; 12] = [
    "VISIBILITY_",
    "WAREHOUSE_",
    "CARRIER_",
    "TELEMATICS_",
    "FEED__",
    "DROPS__",
    "REPORTING_",
    "TRANSPORT_",
    "ORDERS_",
    "LOG_",
    "APPLICATIONINSIGHTS_",
    "CONSOLIDATOR_",
];

pub(super) fn check(root: &Path) -> Result<Findings> {
    let documented = names(&read(&root.join(PAGE))?, '`');
    let mut used = BTreeSet::new();
    for folder in ["functions", "crates"] {
        for path in files(&root.join(folder), |path| {
            has_extension(path, "rs") || path.ends_with("function.json")
        })? {
            let is_product = ![
                "/tests/",
                "/local/",
                "/functions-host/",
                "/benches/",
                "/src/tests",
            ]
            .iter()
            .any(|part| path.to_string_lossy().contains(part));
            if is_product {
                let text = read(&path)?;
                used.extend(names(&text, '"'));
                used.extend(names(&text, '%'));
            }
        }
    }
    let undocumented = used
        .difference(&documented)
        .map(|name| format!("{PAGE} does not name the variable {name}"));
    let unused = documented
        .difference(&used)
        .map(|name| format!("{PAGE} names the variable {name}, which nothing reads"));
    Ok(undocumented.chain(unused).collect())
}

/// The variable names in `text` that stand between two `quote` characters.
pub(super) fn names(text: &str, quote: char) -> BTreeSet<String> {
    let is_name = |part: &&str| {
        PREFIXES.iter().any(|prefix| part.starts_with(prefix))
            && part.len() > 6
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    text.split(quote)
        .filter(is_name)
        .map(str::to_owned)
        .collect()
}
