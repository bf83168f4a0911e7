//! DCSA 2.x notifications: the body alone is signed, and a header names the secret.
//!
//! No time is signed, so an old message can be repeated by whoever has seen it; the ids of the events inside must make
//! a repetition harmless.

use http::HeaderMap;

use crate::{
    Secret, Untrusted,
    mac::{any_matches, from_hex, mac, to_hex},
    untrusted::header,
};

/// Header with the signature: `sha256=` and 64 hexadecimal digits.
pub const SIGNATURE: &str = "notification-signature";
/// Header with the id of the subscription, which names the secret.
pub const SUBSCRIPTION: &str = "subscription-id";

const ALGORITHM: &str = "sha256=";

/// Checks that a message comes from somebody who holds a secret of the subscription that it names; gives that id.
///
/// `secrets` holds each subscription's id with one secret, and the id again for each further active one.
///
/// # Errors
/// A message that is not signed, or not with an active secret of its subscription. An unknown subscription is a
/// mismatch like any other: nobody learns which ones exist.
pub fn verify<'h>(
    headers: &'h HeaderMap,
    body: &[u8],
    secrets: &[(String, Secret)],
) -> Result<&'h str, Untrusted> {
    let subscription = header(headers, SUBSCRIPTION)?;
    let signature = header(headers, SIGNATURE)?;
    let given: Vec<_> = signature
        .trim()
        .strip_prefix(ALGORITHM)
        .and_then(from_hex)
        .into_iter()
        .collect();
    let active = secrets
        .iter()
        .filter(|(id, _)| id.eq_ignore_ascii_case(subscription.trim()))
        .map(|(_, secret)| secret);
    if any_matches(active, &[body], &given) {
        Ok(subscription)
    } else {
        Err(Untrusted::SignatureMismatch)
    }
}

/// The header value that a sender who holds `secret` would write.
#[must_use]
pub fn signature(secret: &Secret, body: &[u8]) -> String {
    format!("{ALGORITHM}{}", to_hex(&mac(secret, &[body])))
}
