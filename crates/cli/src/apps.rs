//! Which apps there are, and how to get in.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;

/// What `cargo run` writes.
const LOCAL: &str = ".crossdock/apps.json";
/// The query API of Azure, and whom its tokens are for.
const LOG_ANALYTICS: &str = "https://api.loganalytics.azure.com";
const AUDIENCE: &str = "https://api.loganalytics.io";

#[derive(Debug, Deserialize)]
struct File {
    apps: BTreeMap<String, Entry>,
    telemetry: Option<Telemetry>,
}

/// What is read of the file.
#[derive(Debug)]
pub(crate) struct Apps {
    pub(crate) apps: Vec<App>,
    pub(crate) telemetry: Option<Telemetry>,
}

/// Where the telemetry of all apps is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Telemetry {
    /// The query API.
    #[serde(default = "log_analytics")]
    pub(crate) url: String,
    /// Id of the workspace.
    pub(crate) workspace: String,
    /// Variable that holds a token, for those who are not signed in with the Azure CLI.
    token_env: Option<String>,
}

fn log_analytics() -> String {
    LOG_ANALYTICS.to_owned()
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
pub(crate) fn read(named: Option<&Path>) -> Result<Apps> {
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
    let apps = file
        .apps
        .into_iter()
        .map(|(name, entry)| app(name, entry))
        .collect::<Result<_>>()?;
    let telemetry = file.telemetry.map(Telemetry::checked).transpose()?;
    Ok(Apps { apps, telemetry })
}

impl Telemetry {
    fn checked(self) -> Result<Self> {
        ensure!(
            self.url.starts_with("https://") || is_local(&self.url),
            "telemetry must be asked for by https: a token travels with each request"
        );
        Ok(self)
    }

    /// The token of whoever asks; none is needed on this machine.
    pub(crate) async fn token(&self) -> Result<Option<String>> {
        if let Some(variable) = &self.token_env {
            let token =
                std::env::var(variable).with_context(|| format!("{variable} is not set"))?;
            return Ok(Some(token));
        }
        if is_local(&self.url) {
            return Ok(None);
        }
        let arguments = [
            "account",
            "get-access-token",
            "--resource",
            AUDIENCE,
            "--query",
            "accessToken",
            "--output",
            "tsv",
        ];
        let az = tokio::process::Command::new("az")
            .args(arguments)
            .output()
            .await;
        let az = az.context("cannot run the Azure CLI, which knows who you are; or name a variable with a token as `token_env`")?;
        ensure!(
            az.status.success(),
            "az account get-access-token: {}",
            String::from_utf8_lossy(&az.stderr).trim()
        );
        Ok(Some(String::from_utf8_lossy(&az.stdout).trim().to_owned()))
    }
}

fn is_local(url: &str) -> bool {
    let local = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
    local.iter().any(|start| url.starts_with(start))
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
    if !url.starts_with("https://") && !is_local(&url) {
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

    fn read_text(text: &str) -> Result<Apps> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("apps.json");
        std::fs::write(&path, text)?;
        read(Some(&path))
    }

    #[test]
    fn a_key_goes_out_encrypted_or_stays_on_this_machine() {
        let apps = read_text(r#"{"apps":{"orders":{"url":"http://127.0.0.1:7071/","key":"k"}}}"#);
        assert_eq!(apps.unwrap().apps[0].url, "http://127.0.0.1:7071");
        let error = read_text(r#"{"apps":{"orders":{"url":"http://orders.example","key":"k"}}}"#);
        assert!(error.unwrap_err().to_string().contains("https"));
    }

    #[test]
    fn telemetry_is_asked_for_in_azure_unless_the_file_says_where() {
        let text = r#"{"apps":{},"telemetry":{"workspace":"w"}}"#;
        assert_eq!(
            read_text(text).unwrap().telemetry.unwrap().url,
            LOG_ANALYTICS
        );
        let text = r#"{"apps":{},"telemetry":{"workspace":"w","url":"http://logs.example"}}"#;
        assert!(read_text(text).unwrap_err().to_string().contains("https"));
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
