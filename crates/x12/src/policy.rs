//! How bad a finding is, by partner.

use crate::{fault::Fault, finding::Finding};

/// How a receiver takes a partner's mistakes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Policy {
    /// Data that can be used is used: wrong counts are reported, not punished.
    #[default]
    Lenient,
    /// Everything has to be right.
    Strict,
}

/// What a finding does to the unit that it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing; it is not worth telling the sender.
    Note,
    /// Accepted with an error.
    Error,
    /// Rejected.
    Reject,
}

impl Policy {
    /// The verdict on one finding.
    #[must_use]
    pub fn verdict(self, finding: &Finding) -> Verdict {
        let (lenient, strict) = match finding.fault {
            Fault::InterchangeControl
            | Fault::GroupVersion
            | Fault::SetControl
            | Fault::SetTrailerMissing
            | Fault::SetUnsupported
            | Fault::SetIdMissing
            | Fault::SetControlMissing => (Verdict::Reject, Verdict::Reject),

            Fault::InterchangeCount
            | Fault::InterchangeTrailerMissing
            | Fault::GroupHeaderMissing
            | Fault::GroupControl
            | Fault::GroupCount
            | Fault::GroupControlRepeated
            | Fault::GroupTrailerMissing
            | Fault::SetCount
            | Fault::SetControlRepeated => (Verdict::Error, Verdict::Reject),

            Fault::InterchangeControlPadding
            | Fault::InterchangeDate
            | Fault::InterchangeTime
            | Fault::InterchangeControlNumber
            | Fault::StraySegment
            | Fault::GroupControlPadding
            | Fault::GroupDate
            | Fault::SetControlPadding => (Verdict::Note, Verdict::Error),

            Fault::Segment(_) | Fault::Element(_) if finding.usable => {
                (Verdict::Error, Verdict::Reject)
            }
            Fault::Segment(_) | Fault::Element(_) => (Verdict::Reject, Verdict::Reject),
        };
        match self {
            Self::Lenient => lenient,
            Self::Strict => strict,
        }
    }

    /// The worst verdict; a unit without findings is a [`Verdict::Note`].
    #[must_use]
    pub fn worst<'f>(self, findings: impl IntoIterator<Item = &'f Finding>) -> Verdict {
        let verdicts = findings.into_iter().map(|finding| self.verdict(finding));
        verdicts.max().unwrap_or(Verdict::Note)
    }
}
