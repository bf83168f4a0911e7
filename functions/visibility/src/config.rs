//! The app's variables, read once at the start.

use std::{fmt, time::Duration};

use credential::is_loopback_host;
use reqwest::Url;
use webhook_signature::{InvalidSecret, Secret};

use crate::upstream::{BearerKey, Producer, Senders};

/// Comma-separated keys, one of which every request to the DCSA 3.0 and EPCIS routes must bear.
const BEARER_KEYS: &str = "VISIBILITY_BEARER_KEYS";
/// Comma-separated `whsec_…` secrets of senders that sign as Standard Webhooks do.
const WEBHOOK_SECRETS: &str = "VISIBILITY_WEBHOOK_SECRETS";
/// Comma-separated `<Subscription-ID>:<base64>` pairs of DCSA 2.2 subscriptions.
const SUBSCRIPTIONS: &str = "VISIBILITY_SUBSCRIPTIONS";
/// Where a producer's `GET /events` is, for repair.
const EVENTS_URL: &str = "VISIBILITY_EVENTS_URL";
/// The bearer token for it.
const EVENTS_TOKEN: &str = "VISIBILITY_EVENTS_TOKEN";
/// A repair that takes longer goes on at the next tick; the host kills the process after 300 s.
pub const REPAIR_BUDGET: Duration = Duration::from_secs(150);
/// Each active secret costs one more HMAC per message.
const SECRETS_MAX: usize = 4;
/// A key that is shorter can be guessed.
const BEARER_KEY_BYTES_MIN: usize = 24;

/// What the app is told by its environment.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the feed is.
    pub feed: feed::Config,
    /// Who may send.
    pub senders: Senders,
    /// Where events that were not pushed can be pulled, if anywhere.
    pub events: Option<Events>,
}

/// A producer's `GET /events`.
#[derive(Clone)]
pub struct Events {
    url: Url,
    token: Option<String>,
}

impl Events {
    /// The producer behind it.
    ///
    /// # Errors
    /// When the TLS of this machine cannot be set up.
    pub fn producer(self) -> Result<Producer, reqwest::Error> {
        Producer::new(self.url, self.token)
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events")
            .field("url", &self.url.as_str())
            .finish_non_exhaustive()
    }
}

/// One wrong variable. Secrets are not repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// The feed's address is missing.
    #[error(transparent)]
    Feed(#[from] feed::MissingVariable),
    /// A list is empty and must not be, or is too long.
    #[error("{variable} holds {count} entries, not {min} to {SECRETS_MAX}")]
    Count {
        /// The list.
        variable: &'static str,
        /// How many there are.
        count: usize,
        /// How many there must be.
        min: usize,
    },
    /// A bearer key is too short.
    #[error("key {number} of {BEARER_KEYS} has {bytes} bytes, fewer than {BEARER_KEY_BYTES_MIN}")]
    KeyTooShort {
        /// Position in the list, from 1.
        number: usize,
        /// Its length.
        bytes: usize,
    },
    /// A token would be sent in the clear, or nowhere.
    #[error("{EVENTS_URL} is not an https URL, or http on this machine")]
    EventsUrl,
    /// An entry has no subscription id.
    #[error("entry {0} of {SUBSCRIPTIONS} is not `<Subscription-ID>:<base64>`")]
    Subscription(usize),
    /// A secret cannot be used.
    #[error("secret {number} of {variable} {error}")]
    Secret {
        /// The list.
        variable: &'static str,
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
        let senders = Senders {
            bearer_keys: bearer_keys(vars, &mut mistakes),
            webhook_secrets: webhook_secrets(vars, &mut mistakes),
            subscriptions: subscriptions(vars, &mut mistakes),
        };
        let events = events(vars, &mut mistakes);
        match feed {
            Ok(feed) if mistakes.is_empty() => Ok(Self {
                feed,
                senders,
                events,
            }),
            _ => Err(InvalidConfig(mistakes)),
        }
    }
}

fn events(vars: &dyn Fn(&str) -> Option<String>, mistakes: &mut Vec<Mistake>) -> Option<Events> {
    let set = |name: &str| vars(name).filter(|text| !text.trim().is_empty());
    let url: Option<Url> = set(EVENTS_URL)?.trim().parse().ok();
    let url = url.filter(|url| {
        let here = is_loopback_host(url.host_str().unwrap_or_default());
        url.scheme() == "https" || (url.scheme() == "http" && here)
    });
    if url.is_none() {
        mistakes.push(Mistake::EventsUrl);
    }
    Some(Events {
        url: url?,
        token: set(EVENTS_TOKEN).map(|token| token.trim().to_owned()),
    })
}

/// The entries of a comma-separated list, with their positions from 1.
fn entries(listed: &str) -> impl Iterator<Item = (usize, &str)> {
    let entries = listed.split(',').map(str::trim);
    (1..).zip(entries.filter(|entry| !entry.is_empty()))
}

fn bearer_keys(
    vars: &dyn Fn(&str) -> Option<String>,
    mistakes: &mut Vec<Mistake>,
) -> Vec<BearerKey> {
    let listed = vars(BEARER_KEYS).unwrap_or_default();
    let mut keys = Vec::new();
    for (number, key) in entries(&listed) {
        if key.len() < BEARER_KEY_BYTES_MIN {
            let bytes = key.len();
            mistakes.push(Mistake::KeyTooShort { number, bytes });
        }
        keys.push(BearerKey::new(key));
    }
    if keys.is_empty() || keys.len() > SECRETS_MAX {
        mistakes.push(Mistake::Count {
            variable: BEARER_KEYS,
            count: keys.len(),
            min: 1,
        });
    }
    keys
}

fn webhook_secrets(
    vars: &dyn Fn(&str) -> Option<String>,
    mistakes: &mut Vec<Mistake>,
) -> Vec<Secret> {
    let listed = vars(WEBHOOK_SECRETS).unwrap_or_default();
    let count = entries(&listed).count();
    if count > SECRETS_MAX {
        mistakes.push(Mistake::Count {
            variable: WEBHOOK_SECRETS,
            count,
            min: 0,
        });
    }
    let mut secrets = Vec::new();
    for (number, text) in entries(&listed) {
        match Secret::parse(text) {
            Ok(secret) => secrets.push(secret),
            Err(error) => mistakes.push(Mistake::Secret {
                variable: WEBHOOK_SECRETS,
                number,
                error,
            }),
        }
    }
    secrets
}

fn subscriptions(
    vars: &dyn Fn(&str) -> Option<String>,
    mistakes: &mut Vec<Mistake>,
) -> Vec<(String, Secret)> {
    let listed = vars(SUBSCRIPTIONS).unwrap_or_default();
    let mut secrets = Vec::new();
    for (number, entry) in entries(&listed) {
        let Some((id, secret)) = entry.split_once(':') else {
            mistakes.push(Mistake::Subscription(number));
            continue;
        };
        match Secret::from_base64(secret) {
            Ok(secret) => secrets.push((id.trim().to_owned(), secret)),
            Err(error) => mistakes.push(Mistake::Secret {
                variable: SUBSCRIPTIONS,
                number,
                error,
            }),
        }
    }
    secrets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_is_told_and_no_secret() {
        let vars = |name: &str| match name {
            BEARER_KEYS => Some("hunter2".to_owned()),
            WEBHOOK_SECRETS => Some("hunter3".to_owned()),
            SUBSCRIPTIONS => Some("hunter4,a:c2hvcnQ=".to_owned()),
            EVENTS_URL => Some("http://hunter5.example/events".to_owned()),
            _ => None,
        };
        let text = Config::from_vars(&vars).unwrap_err().to_string();
        assert_eq!(
            text,
            "variable FEED__accountEndpoint is not set; \
             key 1 of VISIBILITY_BEARER_KEYS has 7 bytes, fewer than 24; \
             secret 1 of VISIBILITY_WEBHOOK_SECRETS does not start with `whsec_`; \
             entry 1 of VISIBILITY_SUBSCRIPTIONS is not `<Subscription-ID>:<base64>`; \
             secret 2 of VISIBILITY_SUBSCRIPTIONS has 5 bytes, not 24 to 64; \
             VISIBILITY_EVENTS_URL is not an https URL, or http on this machine"
        );
    }

    #[test]
    fn without_keys_nobody_could_be_trusted() {
        let vars = |name: &str| {
            (name == "FEED__accountEndpoint").then(|| "http://127.0.0.1:1/".to_owned())
        };
        let InvalidConfig(mistakes) = Config::from_vars(&vars).unwrap_err();
        assert_eq!(
            mistakes,
            [Mistake::Count {
                variable: BEARER_KEYS,
                count: 0,
                min: 1
            }]
        );
    }
}
