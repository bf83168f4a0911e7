//! Who may send.

use std::fmt;

use http::{HeaderMap, header::AUTHORIZATION};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};
use webhook_signature::{Secret, Untrusted, body_only, standard};

/// A key that a request must bear. Only its hash is kept.
#[derive(Clone)]
pub struct BearerKey([u8; 32]);

impl BearerKey {
    /// The key of this text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }
}

impl fmt::Debug for BearerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BearerKey(..)")
    }
}

/// Everything by which a sender can prove to be one.
#[derive(Debug, Clone, Default)]
pub struct Senders {
    /// Active keys; a request to the DCSA 3.0 and EPCIS routes must bear one.
    pub bearer_keys: Vec<BearerKey>,
    /// Active secrets of senders that also sign, as Standard Webhooks do.
    pub webhook_secrets: Vec<Secret>,
    /// Active secrets of DCSA 2.2 subscriptions, with the subscription's id.
    pub subscriptions: Vec<(String, Secret)>,
}

/// Why a request is refused. Neither its body nor its headers are kept: they come from anybody.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It bears no key, or none that is active.
    #[error("no active bearer key")]
    Key,
    /// Its signature is missing or wrong.
    #[error(transparent)]
    Signature(#[from] Untrusted),
}

impl Senders {
    /// Whether the request bears an active key, as `Authorization: Bearer`.
    ///
    /// # Errors
    /// When it does not.
    pub fn bears_key(&self, headers: &HeaderMap) -> Result<(), Refused> {
        let borne = headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, key)| BearerKey::new(key.trim()))
            .ok_or(Refused::Key)?;
        let mut matches = Choice::from(0);
        for key in &self.bearer_keys {
            matches |= key.0.ct_eq(&borne.0);
        }
        if bool::from(matches) {
            Ok(())
        } else {
            Err(Refused::Key)
        }
    }

    /// Whether a push is to be taken, and its id if it names one. A sender that signs as Standard Webhooks do must sign
    /// right, if there are secrets to say so.
    ///
    /// # Errors
    /// When it bears no key, or its signature is wrong.
    pub fn pushes(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Option<String>, Refused> {
        self.bears_key(headers)?;
        if self.webhook_secrets.is_empty() || !headers.contains_key(standard::SIGNATURE) {
            return Ok(None);
        }
        let id = standard::verify(headers, body, &self.webhook_secrets, now)?;
        Ok(Some(id.to_owned()))
    }

    /// Whether a DCSA 2.2 notification is signed with a secret of the subscription that it names.
    ///
    /// # Errors
    /// When it is not.
    pub fn notifies(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), Refused> {
        body_only::verify(headers, body, &self.subscriptions)?;
        Ok(())
    }
}
