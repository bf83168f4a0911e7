//! HMAC-SHA256 over several pieces, compared in constant time, and its hexadecimal form.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq as _};

use crate::Secret;

pub(crate) fn mac(secret: &Secret, parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(&secret.0).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// Whether any secret made any of the signatures. Does not stop at the first match; slices of different lengths differ.
pub(crate) fn any_matches<'s>(
    secrets: impl IntoIterator<Item = &'s Secret>,
    parts: &[&[u8]],
    signatures: &[Vec<u8>],
) -> bool {
    let mut matches = Choice::from(0);
    for secret in secrets {
        let expected = mac(secret, parts);
        for signature in signatures {
            matches |= signature.as_slice().ct_eq(expected.as_slice());
        }
    }
    bool::from(matches)
}

/// The bytes of hexadecimal digits in either case.
pub(crate) fn from_hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16);
    text.as_bytes()
        .chunks_exact(2)
        .map(|pair| u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok())
        .collect()
}

pub(crate) fn to_hex(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        write!(hex, "{byte:02x}").expect("a String takes what is written");
    }
    hex
}
