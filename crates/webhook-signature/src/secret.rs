//! Secrets shared with a sender.

use std::fmt;

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

/// Secrets and signatures are written with padding by most libraries and without it by some.
pub(crate) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A secret shared with the sender. Never printed.
#[derive(Clone)]
pub struct Secret(pub(crate) Vec<u8>);

/// Why a text is no secret. The text is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSecret {
    /// It does not start as Standard Webhooks say.
    #[error("does not start with `whsec_`")]
    Prefix,
    /// It is not base64.
    #[error("is not base64")]
    Base64,
    /// Standard Webhooks ask for 24 to 64 bytes; so do we for the others.
    #[error("has {0} bytes, not 24 to 64")]
    Length(usize),
}

impl Secret {
    /// Reads `whsec_` and base64, as Standard Webhooks write secrets.
    ///
    /// # Errors
    /// A text of another form, or a secret of fewer than 24 or more than 64 bytes.
    pub fn parse(text: &str) -> Result<Self, InvalidSecret> {
        let encoded = text
            .trim()
            .strip_prefix("whsec_")
            .ok_or(InvalidSecret::Prefix)?;
        Self::from_base64(encoded)
    }

    /// Reads plain base64, as the other two schemes hand secrets over.
    ///
    /// # Errors
    /// A text of another form, or a secret of fewer than 24 or more than 64 bytes.
    pub fn from_base64(text: &str) -> Result<Self, InvalidSecret> {
        let bytes = BASE64
            .decode(text.trim())
            .map_err(|_| InvalidSecret::Base64)?;
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
