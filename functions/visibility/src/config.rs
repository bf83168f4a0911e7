//! The app's variables, read once at the start.

use std::{fmt, time::Duration};

use reqwest::Url;
use settings::{Invalid, Reader};
use webhook_signature::Secret;

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
/// More than any carrier has with us; the list is searched for each notification.
const SUBSCRIPTIONS_MAX: usize = 100;
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

impl Config {
    /// Reads all variables.
    ///
    /// # Errors
    /// Every mistake, not only the first.
    pub fn from_vars(vars: &dyn Fn(&str) -> Option<String>) -> Result<Self, Invalid> {
        let mut reader = Reader::new(vars);
        let feed = reader.part(feed::Config::from_vars(vars));
        let senders = Senders {
            bearer_keys: reader.list(BEARER_KEYS, "key", 1..=SECRETS_MAX, bearer_key),
            webhook_secrets: reader.list(WEBHOOK_SECRETS, "secret", 0..=SECRETS_MAX, Secret::parse),
            subscriptions: reader.list(SUBSCRIPTIONS, "entry", 0..=SUBSCRIPTIONS_MAX, subscription),
        };
        let events = events(&mut reader);
        reader.finish(|| {
            Some(Self {
                feed: feed?,
                senders,
                events,
            })
        })
    }
}

fn events(reader: &mut Reader<'_>) -> Option<Events> {
    reader.text(EVENTS_URL)?;
    Some(Events {
        url: reader.origin(EVENTS_URL)?,
        token: reader.text(EVENTS_TOKEN),
    })
}

fn bearer_key(text: &str) -> Result<BearerKey, String> {
    match text.len() {
        BEARER_KEY_BYTES_MIN.. => Ok(BearerKey::new(text)),
        bytes => Err(format!(
            "has {bytes} bytes, fewer than {BEARER_KEY_BYTES_MIN}"
        )),
    }
}

/// `<Subscription-ID>:<base64>`.
fn subscription(entry: &str) -> Result<(String, Secret), String> {
    let (id, secret) = entry
        .split_once(':')
        .ok_or("is not `<Subscription-ID>:<base64>`")?;
    let secret = Secret::from_base64(secret).map_err(|error| error.to_string())?;
    Ok((id.trim().to_owned(), secret))
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
             entry 2 of VISIBILITY_SUBSCRIPTIONS has 5 bytes, not 24 to 64; \
             variable VISIBILITY_EVENTS_URL is `http://hunter5.example/events`, not an https URL, or http on this machine"
        );
    }

    #[test]
    fn without_keys_nobody_could_be_trusted() {
        let vars = |name: &str| {
            (name == "FEED__accountEndpoint").then(|| "http://127.0.0.1:1/".to_owned())
        };
        assert_eq!(
            Config::from_vars(&vars).unwrap_err().0,
            ["variable VISIBILITY_BEARER_KEYS has 0 entries, not 1 to 4"]
        );
    }
}
