//! Standard Webhooks: who sent a message, and when.
//!
//! Signed are `{webhook-id}.{webhook-timestamp}.` and the body's bytes.

use base64::Engine as _;
use http::HeaderMap;
use jiff::Timestamp;

use crate::{
    Secret, Untrusted,
    mac::{any_matches, mac},
    secret::BASE64,
    untrusted::{check_time, header},
};

/// Header with the message's id, the same over all attempts to deliver it.
pub const ID: &str = "webhook-id";
/// Header with the time of this attempt, in seconds since 1970.
pub const TIMESTAMP: &str = "webhook-timestamp";
/// Header with the signatures, separated by blanks.
pub const SIGNATURE: &str = "webhook-signature";

/// Longest id that is taken; it becomes the key of the message's receipt.
pub const ID_BYTES_MAX: usize = 200;

/// The only version of signatures that is read: HMAC-SHA256. Others in the list are passed over.
const VERSION: &str = "v1";

/// Checks that a message comes from somebody who holds one of `secrets`, and lately; gives its id.
///
/// # Errors
/// A message that is not signed, not signed right, or not signed lately.
pub fn verify<'h>(
    headers: &'h HeaderMap,
    body: &[u8],
    secrets: &[Secret],
    now: Timestamp,
) -> Result<&'h str, Untrusted> {
    let (id, timestamp) = (header(headers, ID)?, header(headers, TIMESTAMP)?);
    let listed = header(headers, SIGNATURE)?;
    if id.is_empty() || id.len() > ID_BYTES_MAX {
        return Err(Untrusted::IdLength(id.len()));
    }
    check_time(timestamp, now)?;
    let signatures: Vec<_> = listed
        .split_ascii_whitespace()
        .filter_map(|signature| match signature.split_once(',') {
            Some((VERSION, encoded)) => BASE64.decode(encoded).ok(),
            _ => None,
        })
        .collect();
    if any_matches(secrets, &parts(id, timestamp, body), &signatures) {
        Ok(id)
    } else {
        Err(Untrusted::SignatureMismatch)
    }
}

fn parts<'p>(id: &'p str, timestamp: &'p str, body: &'p [u8]) -> [&'p [u8]; 5] {
    [id.as_bytes(), b".", timestamp.as_bytes(), b".", body]
}

/// The header value that a sender who holds `secret` would write.
#[must_use]
pub fn signature(secret: &Secret, id: &str, timestamp: &str, body: &[u8]) -> String {
    let mac = mac(secret, &parts(id, timestamp, body));
    format!("{VERSION},{}", BASE64.encode(mac))
}
