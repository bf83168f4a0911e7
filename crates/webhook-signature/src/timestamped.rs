//! Samsara's webhooks: a time and the body are signed, the signature is hexadecimal.

use http::HeaderMap;
use jiff::Timestamp;

use crate::{
    Secret, Untrusted,
    mac::{any_matches, from_hex, mac, to_hex},
    untrusted::{check_time, header},
};

/// Header with the signature: `v1=` and 64 hexadecimal digits.
pub const SIGNATURE: &str = "x-samsara-signature";
/// Header with the time of sending, in seconds since 1970.
pub const TIMESTAMP: &str = "x-samsara-timestamp";

const VERSION: &str = "v1=";

/// Checks that a message comes from somebody who holds one of `secrets`, and lately.
///
/// # Errors
/// A message that is not signed, not signed right, or not signed lately.
pub fn verify(
    headers: &HeaderMap,
    body: &[u8],
    secrets: &[Secret],
    now: Timestamp,
) -> Result<(), Untrusted> {
    let timestamp = header(headers, TIMESTAMP)?;
    let signature = header(headers, SIGNATURE)?;
    check_time(timestamp, now)?;
    let given: Vec<_> = signature
        .trim()
        .strip_prefix(VERSION)
        .and_then(from_hex)
        .into_iter()
        .collect();
    if any_matches(secrets, &parts(timestamp, body), &given) {
        Ok(())
    } else {
        Err(Untrusted::SignatureMismatch)
    }
}

fn parts<'p>(timestamp: &'p str, body: &'p [u8]) -> [&'p [u8]; 4] {
    [b"v1:", timestamp.as_bytes(), b":", body]
}

/// The header value that a sender who holds `secret` would write.
#[must_use]
pub fn signature(secret: &Secret, timestamp: &str, body: &[u8]) -> String {
    format!("{VERSION}{}", to_hex(&mac(secret, &parts(timestamp, body))))
}
