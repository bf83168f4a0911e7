//! App settings: local.settings.json below the environment.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

/// Names and values that the app can see, as environment variables in the handler.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    environment: BTreeMap<String, String>,
    values: BTreeMap<String, String>,
}

/// Why a settings file was refused.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file could not be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file does not have the form of local.settings.json.
    #[error("{path} is not a settings file: {source}")]
    Form {
        /// The file.
        path: String,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// `func settings encrypt` was used.
    #[error("{path} is encrypted; run `func settings decrypt`")]
    Encrypted {
        /// The file.
        path: String,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct LocalSettings {
    #[serde(default)]
    is_encrypted: bool,
    #[serde(default)]
    values: BTreeMap<String, String>,
}

impl Settings {
    /// `environment` wins over `values`, as in the Core Tools.
    pub fn new(environment: BTreeMap<String, String>, values: BTreeMap<String, String>) -> Self {
        // `a:b` cannot be a variable name everywhere; the host writes `a__b`.
        let values = values
            .into_iter()
            .map(|(name, value)| (name.replace(':', "__"), value))
            .collect();
        Self {
            environment,
            values,
        }
    }

    /// Reads a file in the form of local.settings.json.
    pub fn read(environment: BTreeMap<String, String>, file: &Path) -> Result<Self, SettingsError> {
        let path = file.display().to_string();
        let text = std::fs::read(file).map_err(|source| SettingsError::Read {
            path: path.clone(),
            source,
        })?;
        let local: LocalSettings =
            serde_json::from_slice(&text).map_err(|source| SettingsError::Form {
                path: path.clone(),
                source,
            })?;
        if local.is_encrypted {
            return Err(SettingsError::Encrypted { path });
        }
        Ok(Self::new(environment, local.values))
    }

    /// One setting; names differ in case only by mistake, so case is ignored when the exact name is missing.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let exact = self.environment.get(name).or_else(|| self.values.get(name));
        let similar = || {
            self.iter()
                .find(|(key, _)| key.eq_ignore_ascii_case(name))
                .map(|(_, value)| value)
        };
        exact.map(String::as_str).or_else(similar)
    }

    /// Every visible setting; where a name is in both, the environment's comes first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.environment
            .iter()
            .chain(&self.values)
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// What the handler gets beside the inherited environment.
    pub(crate) fn for_handler(&self) -> impl Iterator<Item = (&str, &str)> {
        let missing = |name: &String| !self.environment.contains_key(name);
        self.values
            .iter()
            .filter(move |(name, _)| missing(name))
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Replaces each `%NAME%`; the error names the setting that is missing.
    pub(crate) fn expand(&self, text: &str) -> Result<String, String> {
        let mut expanded = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('%') {
            expanded.push_str(before);
            let Some((name, after)) = after.split_once('%') else {
                expanded.push('%');
                rest = after;
                continue;
            };
            expanded.push_str(
                self.get(name)
                    .ok_or_else(|| format!("%{name}% does not resolve to a setting"))?,
            );
            rest = after;
        }
        expanded.push_str(rest);
        Ok(expanded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn the_environment_wins_and_is_not_set_again() {
        let settings = Settings::new(
            map(&[("A", "env")]),
            map(&[("A", "file"), ("B:C", "nested")]),
        );
        assert_eq!(settings.get("A"), Some("env"));
        assert_eq!(settings.get("b__c"), Some("nested"));
        assert_eq!(
            settings.for_handler().collect::<Vec<_>>(),
            [("B__C", "nested")]
        );
    }

    #[test]
    fn expansion_names_what_is_missing() {
        let settings = Settings::new(map(&[("EVERY", "*/5")]), BTreeMap::new());
        assert_eq!(
            settings.expand("0 %EVERY% * * * *").as_deref(),
            Ok("0 */5 * * * *")
        );
        assert_eq!(settings.expand("100 %").as_deref(), Ok("100 %"));
        assert!(
            settings
                .expand("%NOPE%")
                .is_err_and(|message| message.contains("NOPE"))
        );
    }
}
