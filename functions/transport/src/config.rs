//! The app's variables, read once at the start.

use settings::{Invalid, Reader};
use webhook_signature::Secret;

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

impl Config {
    /// Reads all variables.
    ///
    /// # Errors
    /// Every mistake, not only the first.
    pub fn from_vars(vars: &dyn Fn(&str) -> Option<String>) -> Result<Self, Invalid> {
        let mut reader = Reader::new(vars);
        let feed = reader.part(feed::Config::from_vars(vars));
        let count = 1..=WEBHOOK_SECRETS_MAX;
        let webhook_secrets = reader.list(WEBHOOK_SECRETS, "secret", count, Secret::parse);
        reader.finish(|| {
            Some(Self {
                feed: feed?,
                webhook_secrets,
            })
        })
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
            Config::from_vars(&vars).unwrap_err().0,
            ["variable TRANSPORT_WEBHOOK_SECRETS has 0 entries, not 1 to 4"]
        );
    }
}
