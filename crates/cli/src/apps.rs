//! Which apps there are, and how to get in.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

/// What `cargo run` writes.
const LOCAL: &str = ".crossdock/apps.json";

#[derive(Debug, Deserialize)]
struct File {
    apps: BTreeMap<String, Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    url: String,
    key: Option<String>,
    key_env: Option<String>,
}

/// An app and the key to its admin routes.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) key: String,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App")
            .field("name", &self.name)
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// Reads the file that is named, or the one that the local stack wrote.
pub(crate) fn read(named: Option<&Path>) -> Result<Vec<App>> {
    let path = match named {
        Some(path) => path.to_owned(),
        None => local()?,
    };
    let text = std::fs::read(&path).with_context(|| {
        format!(
            "cannot read {}; name another file with --apps or CROSSDOCK_APPS",
            path.display()
        )
    })?;
    let file: File = serde_json::from_slice(&text).with_context(|| {
        format!(
            "{} is not of the form {{\"apps\": {{\"orders\": {{\"url\": \"…\", \"key_env\": \"…\"}}}}}}",
            path.display()
        )
    })?;
    file.apps
        .into_iter()
        .map(|(name, entry)| app(name, entry))
        .collect()
}

fn app(name: String, entry: Entry) -> Result<App> {
    let key = match (entry.key, entry.key_env) {
        (Some(key), _) => key,
        (None, Some(variable)) => std::env::var(&variable).with_context(|| {
            format!("the key of {name} should be in {variable}, which is not set")
        })?,
        (None, None) => bail!("{name} has neither `key` nor `key_env`"),
    };
    let url = entry.url.trim_end_matches('/').to_owned();
    let is_local = ["http://127.0.0.1", "http://localhost", "http://[::1]"]
        .iter()
        .any(|start| url.starts_with(start));
    if !url.starts_with("https://") && !is_local {
        bail!("{name} must be reached by https: the master key travels with each request");
    }
    Ok(App { name, url, key })
}

fn local() -> Result<PathBuf> {
    let here = std::env::current_dir()?;
    let found = here
        .ancestors()
        .map(|folder| folder.join(LOCAL))
        .find(|path| path.is_file());
    found.with_context(|| {
        format!("there is no {LOCAL} here or above: start the local stack with `cargo run`, or name a file with --apps")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Vec<App>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("apps.json");
        std::fs::write(&path, text)?;
        read(Some(&path))
    }

    #[test]
    fn a_key_goes_out_encrypted_or_stays_on_this_machine() {
        let apps = read_text(r#"{"apps":{"orders":{"url":"http://127.0.0.1:7071/","key":"k"}}}"#);
        assert_eq!(apps.unwrap()[0].url, "http://127.0.0.1:7071");
        let error = read_text(r#"{"apps":{"orders":{"url":"http://orders.example","key":"k"}}}"#);
        assert!(error.unwrap_err().to_string().contains("https"));
    }

    #[test]
    fn a_missing_key_says_where_it_should_be() {
        let text = r#"{"apps":{"orders":{"url":"https://o","key_env":"CROSSDOCK_NO_SUCH_KEY"}}}"#;
        let error = read_text(text).unwrap_err().to_string();
        assert!(error.contains("CROSSDOCK_NO_SUCH_KEY"), "{error}");
        assert!(read_text(r#"{"apps":{"orders":{"url":"https://o"}}}"#).is_err());
        assert!(read_text("[]").is_err());
    }
}
