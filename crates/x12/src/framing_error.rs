//! Bytes that cannot be framed.

use thiserror::Error;

use crate::{delimiter::Delimiter, looks_like::LooksLike};

/// An interchange that could not be read at all. Those after it in the file still can.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{fault}, at byte {offset}")]
pub struct FramingError {
    /// What is wrong.
    pub fault: FramingFault,
    /// Byte of the file where it shows.
    pub offset: u64,
    /// Bytes of the file that are lost with it: from here to the next readable ISA or the end.
    pub lost: std::ops::Range<u64>,
}

/// Why bytes cannot be framed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FramingFault {
    /// No bytes but blanks.
    #[error("the file is empty")]
    Empty,
    /// The file does not start with `ISA`.
    #[error("no interchange: the file looks like {0}")]
    NotX12(LooksLike),
    /// The input ends inside the ISA.
    #[error("the isa is cut off")]
    IsaTruncated,
    /// Sixteen elements cannot be made out.
    #[error("the isa is unreadable: {0}")]
    IsaUnreadable(&'static str),
    /// The character after `ISA` cannot separate elements.
    #[error("{0:?} cannot separate elements")]
    ElementSeparator(Delimiter),
    /// The character after ISA16 cannot end segments: a letter, a digit, a blank or the element separator.
    #[error("{0:?} cannot end segments")]
    Terminator(Delimiter),
    /// More segments than [`crate::Limits::segments`].
    #[error("more than {0} segments in the interchange")]
    SegmentLimit(u32),
}

impl FramingFault {
    /// TA1 note code, where a TA1 could be written at all.
    #[must_use]
    pub fn note(&self) -> u16 {
        match self {
            Self::Empty | Self::IsaTruncated => 23,
            Self::ElementSeparator(_) => 26,
            Self::Terminator(_) => 4,
            Self::NotX12(_) | Self::IsaUnreadable(_) | Self::SegmentLimit(_) => 22,
        }
    }
}
