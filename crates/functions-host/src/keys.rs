//! Access keys: what a caller's key entitles to.

use std::path::Path;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The master key and the host-wide function key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Keys {
    /// Satisfies every level.
    pub master: String,
    /// Satisfies `function`.
    pub function: String,
}

/// Why keys could not be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The key file could not be read or written.
    #[error("cannot keep keys in {path}: {source}")]
    File {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The key file is not ours.
    #[error("{path} is not a key file: {source}")]
    Content {
        /// The file.
        path: String,
        /// What is wrong.
        source: serde_json::Error,
    },
}

/// What a function asks of its callers; `authLevel` of its trigger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AuthLevel {
    /// No key at all.
    Anonymous,
    /// A function key or the master key.
    Function,
    /// The master key.
    Admin,
}

impl Keys {
    /// Keys given on the command line; the missing ones come from `keys.json` in the state folder, made on first use.
    pub fn load(
        state_dir: &Path,
        master: Option<String>,
        function: Option<String>,
    ) -> Result<Self, KeyError> {
        if let (Some(master), Some(function)) = (&master, &function) {
            return Ok(Self {
                master: master.clone(),
                function: function.clone(),
            });
        }
        let stored = Self::stored(state_dir)?;
        Ok(Self {
            master: master.unwrap_or(stored.master),
            function: function.unwrap_or(stored.function),
        })
    }

    fn stored(state_dir: &Path) -> Result<Self, KeyError> {
        let file = state_dir.join("keys.json");
        let path = || file.display().to_string();
        if let Ok(text) = std::fs::read(&file) {
            return serde_json::from_slice(&text).map_err(|source| KeyError::Content {
                path: path(),
                source,
            });
        }
        let keys = Self {
            master: generated(),
            function: generated(),
        };
        let text = serde_json::to_vec_pretty(&keys).unwrap_or_default();
        std::fs::create_dir_all(state_dir)
            .and_then(|()| std::fs::write(&file, text))
            .map_err(|source| KeyError::File {
                path: path(),
                source,
            })?;
        Ok(keys)
    }

    /// Whether a key opens a level: the very level, or the master key for any.
    pub(crate) fn opens(&self, level: AuthLevel, key: Option<&str>) -> bool {
        match level {
            AuthLevel::Anonymous => true,
            AuthLevel::Function => {
                key.is_some_and(|key| key == self.function || key == self.master)
            }
            AuthLevel::Admin => key.is_some_and(|key| key == self.master),
        }
    }
}

fn generated() -> String {
    format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_needs_its_own_key_or_the_master_key() {
        let keys = Keys {
            master: "m".to_owned(),
            function: "f".to_owned(),
        };
        let opens =
            |level| [None, Some("f"), Some("m"), Some("x")].map(|key| keys.opens(level, key));
        assert_eq!(opens(AuthLevel::Anonymous), [true; 4]);
        assert_eq!(opens(AuthLevel::Function), [false, true, true, false]);
        assert_eq!(opens(AuthLevel::Admin), [false, false, true, false]);
    }
}
