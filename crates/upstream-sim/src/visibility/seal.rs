//! How pushes prove where they come from.

use crate::courier::{Letter, Seal, standard};
use crate::signature::Secret;

/// Where DCSA 3.0 events, 2.2 notifications and EPCIS documents go, behind the app's address.
pub(super) const EVENTS: &str = "/events";
pub(super) const NOTIFICATIONS: &str = "/notifications";
pub(super) const CAPTURE: &str = "/capture";

/// What the receiver knows a sender by.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// Bearer key of the DCSA 3.0 and EPCIS routes.
    pub key: String,
    /// Signs what bears the key, as Standard Webhooks do.
    pub secret: Option<Secret>,
    /// Id and secret of a DCSA 2.2 subscription.
    pub subscription: (String, Secret),
}

impl Seal for Credentials {
    fn headers(&self, letter: &Letter, timestamp: i64) -> Vec<(&'static str, String)> {
        // Half of the forgers do not know the key, half of them only the secret.
        let knows_key = !letter.forged || letter.body.len().is_multiple_of(2);
        if letter.path == NOTIFICATIONS {
            let (id, secret) = &self.subscription;
            let signature = match letter.forged {
                true => secret.forged().sign_body(&letter.body),
                false => secret.sign_body(&letter.body),
            };
            return vec![
                ("subscription-id", id.clone()),
                ("notification-signature", signature),
            ];
        }
        let mut headers = Vec::new();
        match &self.secret {
            Some(secret) if letter.forged => {
                headers = standard(&secret.forged(), letter, timestamp);
            }
            Some(secret) => headers = standard(secret, letter, timestamp),
            None => {}
        }
        let key = match (knows_key, &self.secret) {
            (true, _) if !letter.forged => self.key.clone(),
            (true, Some(_)) => self.key.clone(),
            _ => self.key.chars().rev().collect(),
        };
        headers.push(("authorization", format!("Bearer {key}")));
        headers
    }
}
