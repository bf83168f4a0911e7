//! Sealing what is personal: encrypted with a key of the app, opened only by somebody who is in the audit log.

use std::fmt;

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    hmac,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use crate::raw::hex;

/// Bytes of a key.
const KEY_BYTES: usize = 32;
/// Bytes of the id of a key, which stands in front of what it has sealed.
const ID_BYTES: usize = 4;
/// Most keys at a time: the one that seals, and earlier ones that still open.
const KEYS_MAX: usize = 4;

/// Setting with the keys: base64 of 32 bytes each, separated by commas; the first seals, all open. Secret.
const KEYS: &str = "FEED__sealKeys";

/// The keys that personal fields are sealed with.
pub struct Seal(Vec<Key>);

struct Key {
    id: [u8; ID_BYTES],
    key: RandomizedNonceKey,
    names: hmac::Key,
}

/// Why there is no seal. The keys are not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSealKeys {
    /// Not one to four keys.
    #[error("variable {KEYS} holds no key, or more than {KEYS_MAX}")]
    Number,
    /// One of them is not base64 of 32 bytes.
    #[error("variable {KEYS} holds a key that is not base64 of {KEY_BYTES} bytes")]
    Key,
}

/// Something sealed that cannot be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unopened {
    /// It was sealed with a key that is not among ours.
    #[error("sealed with a key that this app does not have")]
    UnknownKey,
    /// It is not what was sealed, or not where it was.
    #[error("not what was sealed")]
    Damaged,
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seal").field("keys", &self.0.len()).finish()
    }
}

impl Seal {
    /// Reads `FEED__sealKeys`; none where it is not set or blank.
    ///
    /// # Errors
    /// Keys that are none.
    pub fn from_vars(
        vars: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Option<Self>, InvalidSealKeys> {
        match vars(KEYS).filter(|keys| !keys.trim().is_empty()) {
            None => Ok(None),
            Some(keys) => Self::of(&keys).map(Some),
        }
    }

    /// With keys as the setting has them.
    ///
    /// # Errors
    /// Keys that are none.
    pub fn of(keys: &str) -> Result<Self, InvalidSealKeys> {
        let keys: Vec<Key> = keys.split(',').map(key).collect::<Result<_, _>>()?;
        if keys.is_empty() || keys.len() > KEYS_MAX {
            return Err(InvalidSealKeys::Number);
        }
        Ok(Self(keys))
    }

    /// Seals bytes for one place: they open nowhere else.
    pub(crate) fn seal(&self, place: &str, bytes: &[u8]) -> String {
        let Key { id, key, .. } = &self.0[0];
        let mut sealed = bytes.to_vec();
        let nonce = key
            .seal_in_place_append_tag(Aad::from(place.as_bytes()), &mut sealed)
            .expect("fails only beyond 64 GiB, which no message is");
        STANDARD.encode([id.as_slice(), nonce.as_ref(), &sealed].concat())
    }

    /// A name for bytes that nobody can guess them from.
    pub(crate) fn name(&self, bytes: &[u8]) -> String {
        hex(hmac::sign(&self.0[0].names, bytes).as_ref())
    }

    pub(crate) fn open(&self, place: &str, sealed: &str) -> Result<Vec<u8>, Unopened> {
        let bytes = STANDARD.decode(sealed).map_err(|_| Unopened::Damaged)?;
        let (id, rest) = bytes.split_at_checked(ID_BYTES).ok_or(Unopened::Damaged)?;
        let (nonce, rest) = rest.split_at_checked(NONCE_LEN).ok_or(Unopened::Damaged)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Unopened::Damaged)?;
        let key = self
            .0
            .iter()
            .find(|key| key.id == id)
            .ok_or(Unopened::UnknownKey)?;
        let mut opened = rest.to_vec();
        let place = Aad::from(place.as_bytes());
        let length = key
            .key
            .open_in_place(nonce, place, &mut opened)
            .map_err(|_| Unopened::Damaged)?
            .len();
        opened.truncate(length);
        Ok(opened)
    }
}

fn key(text: &str) -> Result<Key, InvalidSealKeys> {
    let bytes = STANDARD
        .decode(text.trim())
        .map_err(|_| InvalidSealKeys::Key)?;
    if bytes.len() != KEY_BYTES {
        return Err(InvalidSealKeys::Key);
    }
    // Of one key come two uses, and the id is of neither: a hash of 32 random bytes gives nothing away.
    let mut id = [0; ID_BYTES];
    id.copy_from_slice(&Sha256::digest(&bytes)[..ID_BYTES]);
    let key = RandomizedNonceKey::new(&AES_256_GCM, &bytes).map_err(|_| InvalidSealKeys::Key)?;
    let names = hmac::Key::new(hmac::HMAC_SHA256, &bytes);
    Ok(Key { id, key, names })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(numbers: &[u8]) -> String {
        let keys: Vec<String> = numbers
            .iter()
            .map(|&n| STANDARD.encode([n; KEY_BYTES]))
            .collect();
        keys.join(",")
    }

    #[test]
    fn what_is_sealed_opens_with_its_key_at_its_place_and_not_otherwise() {
        let old = Seal::of(&keys(&[1])).unwrap();
        let sealed = old.seal("orders-1", b"Anna");
        assert!(!sealed.contains("Anna"));
        assert_ne!(
            sealed,
            old.seal("orders-1", b"Anna"),
            "a nonce of its own each time"
        );
        assert_eq!(old.open("orders-1", &sealed), Ok(b"Anna".to_vec()));
        assert_eq!(old.open("orders-2", &sealed), Err(Unopened::Damaged));
        let rotated = Seal::of(&keys(&[2, 1])).unwrap();
        assert_eq!(rotated.open("orders-1", &sealed), Ok(b"Anna".to_vec()));
        let other = Seal::of(&keys(&[3])).unwrap();
        assert_eq!(other.open("orders-1", &sealed), Err(Unopened::UnknownKey));
        for damaged in ["", "AAAA", "%", &sealed[..sealed.len() - 8]] {
            assert!(old.open("orders-1", damaged).is_err(), "{damaged}");
        }
    }

    #[test]
    fn keys_that_are_none_are_refused_without_being_repeated() {
        let short = STANDARD.encode([7; 31]);
        for wrong in ["x", &short, &keys(&[1, 2, 3, 4, 5]), ","] {
            let error = Seal::of(wrong).unwrap_err().to_string();
            assert!(
                error.contains("FEED__sealKeys") && !error.contains(&short),
                "{error}"
            );
        }
        assert!(matches!(Seal::from_vars(&|_| None), Ok(None)));
        assert!(!format!("{:?}", Seal::of(&keys(&[9])).unwrap()).contains('9'));
    }
}
