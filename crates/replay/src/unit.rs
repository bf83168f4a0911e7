//! A letter's bytes as they are to come in: corrected, and within their message where that is needed.

use feed::{
    Audited, Correction, CorrectionKind, FeedError, KeptBytes, Letter, Letters, UnsealError,
};
use record::EpochMillis;

use crate::{
    Failure, Unit,
    json_patch::{self, PatchError},
};

/// Why a letter's bytes cannot come in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UnitError {
    /// The feed does not answer, or the bytes are sealed.
    #[error(transparent)]
    Feed(#[from] FeedError),
    /// The bytes are sealed and cannot be opened.
    #[error(transparent)]
    Sealed(#[from] UnsealError),
    /// Only the first part of the bytes was kept.
    #[error("only the first part of its {0} bytes was kept")]
    Truncated(u64),
    /// The correction does not apply.
    #[error("the correction does not apply: {0}")]
    Correction(#[from] PatchError),
}

impl UnitError {
    /// As a failure of the letter; none if it is the feed that is away.
    pub(crate) fn failure(&self, letter: &Letter) -> Option<Failure> {
        use retry::{Class, Classify as _};
        match self {
            Self::Feed(error) if error.class() != Class::Permanent => None,
            Self::Sealed(error) if error.class() != Class::Permanent => None,
            _ => Some(Failure {
                reason: letter.reason.code().to_owned(),
                place: letter.place.clone(),
                detail: self.to_string(),
            }),
        }
    }
}

/// Reads the unit of a letter.
pub(crate) async fn unit(
    letters: &Letters,
    letter: Letter,
    correction: Option<&Correction>,
    needs_message: bool,
    audited: &Audited,
) -> Result<Unit, (Letter, UnitError)> {
    match read(letters, &letter, correction, needs_message, audited).await {
        Ok((bytes, message, corrected)) => Ok(Unit {
            bytes,
            message,
            corrected,
            claimed_at: EpochMillis(0),
            letter,
        }),
        Err(error) => Err((letter, error)),
    }
}

type Read = (Vec<u8>, Option<Vec<u8>>, bool);

async fn read(
    letters: &Letters,
    letter: &Letter,
    correction: Option<&Correction>,
    needs_message: bool,
    audited: &Audited,
) -> Result<Read, UnitError> {
    if letter.raw.truncated {
        return Err(UnitError::Truncated(letter.raw.bytes));
    }
    let wants = |message: &&KeptBytes| needs_message && !message.truncated;
    let wanted = letter.message.as_ref().filter(wants);
    let is_sealed = letter.raw.sealed || wanted.is_some_and(|message| message.sealed);
    let (raw, message) = match is_sealed {
        true => {
            let opened = letters.unseal(audited, letter).await?;
            (opened.raw, wanted.and(opened.message))
        }
        false => {
            let raw = letters.bytes(&letter.raw).await?;
            let message = match wanted {
                Some(message) => Some(letters.bytes(message).await?),
                None => None,
            };
            (raw, message)
        }
    };
    let bytes = match correction {
        Some(correction) => {
            let correction = letters.opened_correction(audited, letter, correction)?;
            corrected(&raw, &correction)?
        }
        None => raw.clone(),
    };
    let is_other = bytes != raw;
    let message = message.map(|message| match is_other {
        true => spliced(&message, &raw, &bytes),
        false => message,
    });
    Ok((bytes, message, is_other))
}

/// The unit with a correction laid over it.
pub(crate) fn corrected(raw: &[u8], correction: &Correction) -> Result<Vec<u8>, PatchError> {
    match correction.kind {
        CorrectionKind::Replacement => Ok(correction.patch.as_bytes().to_vec()),
        CorrectionKind::JsonPatch => {
            let text =
                std::str::from_utf8(raw).map_err(|error| PatchError::NotJson(error.to_string()))?;
            let operations = json_patch::parse(&correction.patch)?;
            json_patch::apply(text, &operations).map(String::into_bytes)
        }
    }
}

/// The message with other bytes where the unit was. A unit that stands there twice is replaced once: two equal units are
/// one letter.
fn spliced(message: &[u8], unit: &[u8], with: &[u8]) -> Vec<u8> {
    let at = match unit.is_empty() {
        true => None,
        false => message
            .windows(unit.len())
            .position(|window| window == unit),
    };
    let Some(at) = at else {
        // Not verbatim in it: then the unit is the message.
        return with.to_vec();
    };
    [&message[..at], with, &message[at + unit.len()..]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_corrected_unit_takes_the_place_of_the_old_one() {
        assert_eq!(spliced(b"[{a},{b}]", b"{b}", b"{cc}"), b"[{a},{cc}]");
        assert_eq!(spliced(b"[{a}]", b"{x}", b"{cc}"), b"{cc}");
    }
}
