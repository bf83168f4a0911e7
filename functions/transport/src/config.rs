//! The app's variables, read once at the start.

use std::fmt;

use webhook_signature::{InvalidSecret, Secret};

/// Comma-separated `whsec_…` secrets that are active; two of them during a rotation.
const WEBHOOK_SECRETS: &str = "TRANSPORT_WEBHOOK_SECRETS";
/// Each active secret costs one more HMAC per message.
const WEBHOOK_SECRETS_MAX: usize = 4;

/// What the app is told by its environment.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the feed is.
    pub feed: feed::Config,
    /// Secrets shared with the sender, 1 to 4.
    pub webhook_secrets: Vec<Secret>,
}

/// One wrong variable. Secrets are not repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// The feed's address is missing.
    #[error(transparent)]
    Feed(#[from] feed::MissingVariable),
    /// There are no secrets, or more than 4.
    #[error("{WEBHOOK_SECRETS} holds {0} secrets, not 1 to {WEBHOOK_SECRETS_MAX}")]
    SecretCount(usize),
    /// A secret cannot be used.
    #[error("secret {number} of {WEBHOOK_SECRETS} {error}")]
    Secret {
        /// Position in the list, from 1.
        number: usize,
        /// What is wrong.
        error: InvalidSecret,
    },
}

/// Everything that is wrong with the environment, so that it is put right in one go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidConfig(pub Vec<Mistake>);

impl fmt::Display for InvalidConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.0.iter().enumerate() {
            write!(f, "{}{mistake}", if index == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

impl std::error::Error for InvalidConfig {}

impl Config {
    /// Reads all variables.
    ///
    /// # Errors
    /// Every mistake, not only the first.
    pub fn from_vars(vars: &dyn Fn(&str) -> Option<String>) -> Result<Self, InvalidConfig> {
        let mut mistakes = Vec::new();
        let feed = feed::Config::from_vars(vars).map_err(|error| mistakes.push(error.into()));
        let listed = vars(WEBHOOK_SECRETS).unwrap_or_default();
        let listed = listed
            .split(',')
            .map(str::trim)
            .filter(|text| !text.is_empty());
        let mut webhook_secrets = Vec::new();
        let mut count = 0;
        for text in listed {
            count += 1;
            match Secret::parse(text) {
                Ok(secret) => webhook_secrets.push(secret),
                Err(error) => mistakes.push(Mistake::Secret {
                    number: count,
                    error,
                }),
            }
        }
        if count == 0 || count > WEBHOOK_SECRETS_MAX {
            mistakes.push(Mistake::SecretCount(count));
        }
        match feed {
            Ok(feed) if mistakes.is_empty() => Ok(Self {
                feed,
                webhook_secrets,
            }),
            _ => Err(InvalidConfig(mistakes)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_is_told_and_no_secret() {
        let vars =
            |name: &str| (name == WEBHOOK_SECRETS).then(|| "whsec_c2hvcnQ=,hunter2".to_owned());
        let text = Config::from_vars(&vars).unwrap_err().to_string();
        assert_eq!(
            text,
            "variable FEED__accountEndpoint is not set; secret 1 of TRANSPORT_WEBHOOK_SECRETS has 5 bytes, not 24 to 64; \
             secret 2 of TRANSPORT_WEBHOOK_SECRETS does not start with `whsec_`"
        );
    }

    #[test]
    fn without_secrets_nobody_could_be_trusted() {
        let vars = |name: &str| (name != WEBHOOK_SECRETS).then(|| "http://127.0.0.1:1/".to_owned());
        assert_eq!(
            Config::from_vars(&vars).unwrap_err(),
            InvalidConfig(vec![Mistake::SecretCount(0)])
        );
    }
}
