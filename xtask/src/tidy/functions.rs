//! Each function.json names what its app serves, and the app serves nothing else.

use std::{collections::BTreeSet, path::Path};

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::{Findings, files, has_extension, read};

/// The function of the admin routes, which `crates/replay` serves; the same file in every app that has it.
const ADMIN: &str = "admin";
/// What its trigger must say. A function key must not open it, and the host refuses routes that begin with `admin`.
const ADMIN_LEVEL: &str = "admin";
const ADMIN_ROUTE: &str = "operate/{*path}";

/// Prefix of all HTTP routes, from host.json.
const ROUTE_PREFIX: &str = "/api/";

pub(super) fn check(root: &Path) -> Result<Findings> {
    let mut findings = Findings::new();
    for app in stage::apps(root)? {
        let source = app_source(root, app.name())?;
        let mut routes = BTreeSet::new();
        for function in app.functions() {
            let json = read(&app.function_json(function))?;
            let json: Value = serde_json::from_str(&json)
                .with_context(|| format!("{}/{function}/function.json", app.name()))?;
            findings.extend(check_function(
                app.name(),
                function,
                &json,
                &source,
                &mut routes,
            ));
        }
        findings.extend(unserved(app.name(), app.functions(), &routes, &source));
    }
    Ok(findings)
}

fn app_source(root: &Path, app: &str) -> Result<String> {
    let sources = files(&root.join("functions").join(app).join("src"), |path| {
        has_extension(path, "rs")
    })?;
    sources.iter().map(|path| read(path)).collect()
}

fn check_function(
    app: &str,
    function: &str,
    json: &Value,
    source: &str,
    routes: &mut BTreeSet<String>,
) -> Findings {
    let mut findings = Findings::new();
    let bindings = json["bindings"].as_array().cloned().unwrap_or_default();
    let Some(trigger) = bindings.iter().find(|binding| {
        binding["type"]
            .as_str()
            .is_some_and(|kind| kind.ends_with("Trigger"))
    }) else {
        return vec![format!(
            "functions/{app}/{function}/function.json has no trigger"
        )];
    };
    if function == ADMIN {
        if trigger["authLevel"] != ADMIN_LEVEL || trigger["route"] != ADMIN_ROUTE {
            findings.push(format!(
                "functions/{app}/{function}/function.json must have authLevel {ADMIN_LEVEL} and route {ADMIN_ROUTE}"
            ));
        }
        if !source.contains("replay::routes(") {
            findings.push(format!("functions/{app}/src serves no replay::routes(…)"));
        }
    } else if trigger["type"] == "httpTrigger" {
        let route = format!(
            "{ROUTE_PREFIX}{}",
            trigger["route"].as_str().unwrap_or(function)
        );
        if !source.contains(&format!("\"{route}\"")) {
            findings.push(format!("functions/{app}/src serves no route \"{route}\", which {function}/function.json names"));
        }
        routes.insert(route);
    } else if !source.contains(&format!(".function(\"{function}\""))
        && !source.contains(&format!("FUNCTION: &str = \"{function}\""))
    {
        findings.push(format!("functions/{app}/src has no .function(\"{function}\", …), which the folder {function} stands for"));
    }
    // Without it the host checkpoints past a failed batch, and its records are lost.
    if trigger["type"] == "cosmosDBTrigger" && json["retry"]["maxRetryCount"] != -1 {
        findings.push(format!("functions/{app}/{function}/function.json: a cosmosDBTrigger needs retry.maxRetryCount -1"));
    }
    findings
}

/// Functions and routes in the source that no function.json stands for: the host would never call them.
fn unserved(app: &str, functions: &[String], routes: &BTreeSet<String>, source: &str) -> Findings {
    let named = quoted_after(source, ".function(\"");
    let served = quoted_after(source, ".route(\"");
    let unknown_functions = named
        .into_iter()
        .filter(|name| !functions.contains(name))
        .map(|name| format!(".function(\"{name}\")"));
    let unknown_routes = served
        .into_iter()
        .filter(|route| !routes.contains(route) && !route.starts_with("/api/operate/"))
        .map(|route| format!(".route(\"{route}\")"));
    unknown_functions
        .chain(unknown_routes)
        .map(|what| format!("functions/{app}/src has {what}, but no function.json names it"))
        .collect()
}

fn quoted_after(source: &str, start: &str) -> Vec<String> {
    source
        .split(start)
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(str::to_owned)
        .collect()
}
