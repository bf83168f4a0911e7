//! Standard Webhooks: who sent a message, and when.
//!
//! Signed are `{webhook-id}.{webhook-timestamp}.` and the body's bytes as they came, never a body that was parsed and
//! written again.

use std::fmt;

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq as _};

/// How far the time of sending may lie from ours, either way.
pub const TOLERANCE: SignedDuration = SignedDuration::from_secs(300);

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

/// Secrets and signatures are written with padding by most libraries and without it by some.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A secret shared with the sender. Never printed.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

/// Why a text is no secret. The text is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSecret {
    /// It does not start as the standard says.
    #[error("does not start with `whsec_`")]
    Prefix,
    /// What follows is not base64.
    #[error("is not base64 after `whsec_`")]
    Base64,
    /// The standard asks for 24 to 64 bytes.
    #[error("has {0} bytes, not 24 to 64")]
    Length(usize),
}

impl Secret {
    /// Reads `whsec_` and base64.
    ///
    /// # Errors
    /// A text of another form, or a secret of fewer than 24 or more than 64 bytes.
    pub fn parse(text: &str) -> Result<Self, InvalidSecret> {
        let encoded = text
            .trim()
            .strip_prefix("whsec_")
            .ok_or(InvalidSecret::Prefix)?;
        let bytes = BASE64.decode(encoded).map_err(|_| InvalidSecret::Base64)?;
        match bytes.len() {
            24..=64 => Ok(Self(bytes)),
            length => Err(InvalidSecret::Length(length)),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Why a message is not trusted. Its body is not kept: whoever is not the sender must not fill our storage.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Untrusted {
    /// A header of the standard is absent, or is no text.
    #[error("header `{0}` is missing")]
    HeaderMissing(&'static str),
    /// The id is empty or longer than [`ID_BYTES_MAX`].
    #[error("the id has {0} bytes, not 1 to {ID_BYTES_MAX}")]
    IdLength(usize),
    /// The time of sending is not a whole number of seconds.
    #[error("the timestamp is not a number of seconds")]
    TimestampInvalid,
    /// The time of sending is more than [`TOLERANCE`] from ours; somebody may be repeating an old message.
    #[error("the timestamp is {0} s from our clock")]
    TimestampTolerance(i64),
    /// No signature in the list was made with an active secret.
    #[error("no signature matches")]
    SignatureMismatch,
}

/// Checks that a message comes from somebody who holds one of `secrets`, and lately; gives its id.
///
/// All active secrets are tried, so that sender and receiver need not rotate in the same instant.
///
/// # Errors
/// A message that is not signed, not signed right, or not signed lately.
pub fn verify<'h>(
    headers: &'h HeaderMap,
    body: &[u8],
    secrets: &[Secret],
    now: Timestamp,
) -> Result<&'h str, Untrusted> {
    let header = |name: &'static str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.ok_or(Untrusted::HeaderMissing(name))
    };
    let (id, timestamp, signatures) = (header(ID)?, header(TIMESTAMP)?, header(SIGNATURE)?);
    if id.is_empty() || id.len() > ID_BYTES_MAX {
        return Err(Untrusted::IdLength(id.len()));
    }
    check_time(timestamp, now)?;
    let mut matches = Choice::from(0);
    for secret in secrets {
        let expected = sign(secret, id, timestamp, body);
        for signature in signatures.split_ascii_whitespace() {
            let Some((VERSION, encoded)) = signature.split_once(',') else {
                continue;
            };
            if let Ok(signature) = BASE64.decode(encoded) {
                // Constant in time, and without stopping at the first match. Slices of different lengths differ.
                matches |= signature.as_slice().ct_eq(expected.as_slice());
            }
        }
    }
    if bool::from(matches) {
        Ok(id)
    } else {
        Err(Untrusted::SignatureMismatch)
    }
}

fn check_time(timestamp: &str, now: Timestamp) -> Result<(), Untrusted> {
    let invalid = |_| Untrusted::TimestampInvalid;
    let seconds: i64 = timestamp.parse().map_err(|_| Untrusted::TimestampInvalid)?;
    let sent = Timestamp::from_second(seconds).map_err(invalid)?;
    // Whole seconds, as the sender's: at a distance of 300.9 s the clocks agree to the tolerance.
    let distance = now.as_second() - sent.as_second();
    if distance.abs() > TOLERANCE.as_secs() {
        return Err(Untrusted::TimestampTolerance(distance));
    }
    Ok(())
}

fn sign(secret: &Secret, id: &str, timestamp: &str, body: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(&secret.0).expect("HMAC takes keys of any length");
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// The header value that a sender who holds `secret` would write.
#[must_use]
pub fn signature(secret: &Secret, id: &str, timestamp: &str, body: &[u8]) -> String {
    format!(
        "{VERSION},{}",
        BASE64.encode(sign(secret, id, timestamp, body))
    )
}
