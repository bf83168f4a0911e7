//! Why a message is not trusted.

use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};

use crate::standard::ID_BYTES_MAX;

/// How far the time of sending may lie from ours, either way, where a time is signed.
pub const TOLERANCE: SignedDuration = SignedDuration::from_secs(300);

/// Why a message is not trusted. Its body is not kept: whoever is not the sender must not fill our storage.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Untrusted {
    /// A header of the scheme is absent, or is no text.
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
    /// No signature in the list was made with an active secret, or no secret is known for the sender.
    #[error("no signature matches")]
    SignatureMismatch,
}

pub(crate) fn header<'h>(headers: &'h HeaderMap, name: &'static str) -> Result<&'h str, Untrusted> {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.ok_or(Untrusted::HeaderMissing(name))
}

pub(crate) fn check_time(timestamp: &str, now: Timestamp) -> Result<(), Untrusted> {
    let seconds: i64 = timestamp.parse().map_err(|_| Untrusted::TimestampInvalid)?;
    let sent = Timestamp::from_second(seconds).map_err(|_| Untrusted::TimestampInvalid)?;
    // Whole seconds, as the sender's: at a distance of 300.9 s the clocks agree to the tolerance.
    let distance = now.as_second() - sent.as_second();
    if distance.abs() > TOLERANCE.as_secs() {
        return Err(Untrusted::TimestampTolerance(distance));
    }
    Ok(())
}
