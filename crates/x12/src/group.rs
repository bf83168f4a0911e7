//! GS to GE.

use std::borrow::Cow;

use crate::{
    date::{Date, Time},
    element::ElementError,
    finding::Finding,
    segment::Segment,
    transaction_set::TransactionSet,
};

/// One functional group: the unit that a 997 answers.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Group<'a> {
    /// GS; `None` if transaction sets stand outside of any group.
    pub header: Option<Segment<'a>>,
    /// GE; `None` if it is missing.
    pub trailer: Option<Segment<'a>>,
    /// The transaction sets in order, cut-off ones included.
    pub sets: Vec<TransactionSet<'a>>,
    /// What is wrong with its envelope.
    pub findings: Vec<Finding>,
}

/// Version of the content, from GS08.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Version {
    /// Version, release and subrelease: 4010 for `004010`, 5010 for `005010X230`.
    pub release: u32,
}

impl Group<'_> {
    fn text(&self, number: u16) -> Cow<'_, str> {
        let header = self.header.as_ref();
        header.map_or(Cow::Borrowed(""), |header| header.element(number).text())
    }

    /// GS01, `QM`.
    #[must_use]
    pub fn functional_id(&self) -> Cow<'_, str> {
        self.text(1)
    }

    /// GS02, the application that sends.
    #[must_use]
    pub fn sender(&self) -> Cow<'_, str> {
        self.text(2)
    }

    /// GS03, the application that receives.
    #[must_use]
    pub fn receiver(&self) -> Cow<'_, str> {
        self.text(3)
    }

    /// GS04.
    ///
    /// # Errors
    /// No such day. `None` without a GS.
    pub fn date(&self) -> Option<Result<Date, ElementError>> {
        Some(self.header.as_ref()?.element(4).date())
    }

    /// GS05.
    ///
    /// # Errors
    /// No such time. `None` without a GS.
    pub fn time(&self) -> Option<Result<Time, ElementError>> {
        Some(self.header.as_ref()?.element(5).time())
    }

    /// GS06 as written.
    #[must_use]
    pub fn control(&self) -> Cow<'_, str> {
        self.text(6)
    }

    /// GS08 as written, `005010X230`.
    #[must_use]
    pub fn version_text(&self) -> Cow<'_, str> {
        self.text(8)
    }

    /// GS08, which decides the version; ISA12 speaks of the envelope only and is often wrong.
    #[must_use]
    pub fn version(&self) -> Option<Version> {
        let text = self.version_text();
        let release = text.get(..6)?;
        let digits = release.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| release.parse().ok().map(|release| Version { release }))?
    }

    /// Whether this group acknowledges ours. Such a group is never acknowledged itself.
    #[must_use]
    pub fn is_acknowledgement(&self) -> bool {
        self.functional_id() == "FA"
    }
}
