//! Opening what is sealed in a letter, for somebody who is in the audit log.

use retry::{Class, Classify};

use super::{About, Audited, Letters, Verb, change::correction_place};
use crate::{Correction, FeedError, KeptBytes, Letter, Seal, bury::SealedText, letter_bytes};

/// What a letter holds, opened.
#[derive(Clone, PartialEq, Eq)]
pub struct Unsealed {
    /// The unit's bytes.
    pub raw: Vec<u8>,
    /// The smallest message that brings the unit in again, where the unit is none by itself.
    pub message: Option<Vec<u8>>,
    /// The normalized form.
    pub normalized: Option<Vec<u8>>,
    /// What exactly was wrong.
    pub detail: String,
    /// The offending value.
    pub value: Option<String>,
}

impl std::fmt::Debug for Unsealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unsealed").finish_non_exhaustive()
    }
}

/// Why a letter was not opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnsealError {
    /// The audit entry is about something else.
    #[error("the audit entry does not allow to open this letter")]
    NotAudited,
    /// There is something sealed, and no key.
    #[error("this app has no key to open it with")]
    NoKey,
    /// It cannot be read or opened.
    #[error(transparent)]
    Feed(#[from] FeedError),
}

impl Classify for UnsealError {
    fn class(&self) -> Class {
        match self {
            Self::Feed(error) => error.class(),
            Self::NotAudited | Self::NoKey => Class::Permanent,
        }
    }
}

impl Letters {
    /// Reads all bytes of a letter, sealed or not.
    ///
    /// The audit entry must be of [`Verb::Unseal`] about this very letter, or of a plan's, a run's or a correction's of the
    /// same app, which need the bytes for their work.
    ///
    /// # Errors
    /// An entry about something else, no key, or bytes that cannot be read.
    pub async fn unseal(
        &self,
        audited: &Audited,
        letter: &Letter,
    ) -> Result<Unsealed, UnsealError> {
        if !allows(audited, letter) {
            return Err(UnsealError::NotAudited);
        }
        let (detail, value) = match &letter.sealed {
            None => (letter.detail.clone(), letter.value.clone()),
            Some(sealed) => open_text(self.seal()?, letter, sealed)?,
        };
        Ok(Unsealed {
            raw: self.open(letter, &letter.raw).await?,
            message: match &letter.message {
                Some(message) => Some(self.open(letter, message).await?),
                None => None,
            },
            normalized: match &letter.normalized {
                Some(normalized) => Some(self.open(letter, normalized).await?),
                None => None,
            },
            detail,
            value,
        })
    }

    /// A correction of the letter, opened if it is sealed. The audit entry is one that allows to open the letter.
    ///
    /// # Errors
    /// An entry about something else, no key, or a correction of another letter.
    pub fn opened_correction(
        &self,
        audited: &Audited,
        letter: &Letter,
        correction: &Correction,
    ) -> Result<Correction, UnsealError> {
        if !correction.sealed {
            return Ok(correction.clone());
        }
        if !allows(audited, letter) {
            return Err(UnsealError::NotAudited);
        }
        let failed = |detail: String| FeedError::local("open correction", 400, detail);
        let place = correction_place(&letter.id);
        let patch = self
            .seal()?
            .open(&place, &correction.patch)
            .map_err(|error| failed(error.to_string()))?;
        let patch = String::from_utf8(patch).map_err(|error| failed(error.to_string()))?;
        Ok(Correction::new(correction.kind, patch))
    }

    async fn open(&self, letter: &Letter, kept: &KeptBytes) -> Result<Vec<u8>, UnsealError> {
        if !kept.sealed {
            return Ok(letter_bytes::read(&self.feed, kept).await?);
        }
        let seal = self.seal()?;
        Ok(letter_bytes::read_sealed(&self.feed, seal, &letter.app, kept).await?)
    }

    fn seal(&self) -> Result<&Seal, UnsealError> {
        self.feed.seal.as_deref().ok_or(UnsealError::NoKey)
    }
}

fn allows(audited: &Audited, letter: &Letter) -> bool {
    let entry = audited.entry();
    let same_app = entry.app == letter.app;
    match entry.verb {
        Verb::Unseal => {
            let named =
                matches!(&entry.about, About::Letters { ids, .. } if ids.contains(&letter.id));
            same_app && named
        }
        Verb::DryRun | Verb::Run | Verb::Resume | Verb::Edit => same_app,
        _ => false,
    }
}

fn open_text(
    seal: &Seal,
    letter: &Letter,
    sealed: &str,
) -> Result<(String, Option<String>), UnsealError> {
    let failed = |detail: String| FeedError::local("open letter", 400, detail);
    let json = seal
        .open(letter.id.as_str(), sealed)
        .map_err(|error| failed(error.to_string()))?;
    let text: SealedText =
        serde_json::from_slice(&json).map_err(|error| failed(error.to_string()))?;
    Ok((text.detail, text.value))
}
