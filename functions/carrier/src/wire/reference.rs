//! Numbers by which others know the shipment, and what carries it.

use std::borrow::Cow;

use x12::Segment;

/// One L11 or N9.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference<'a> {
    /// L1102 or N901, what the number is: `BM`, `PO`, `SI`.
    pub qualifier: Cow<'a, str>,
    /// L1101 or N902, the number.
    pub value: Cow<'a, str>,
}

impl<'a> Reference<'a> {
    /// Reads an L11 or N9; `None` for any other segment, and where number or qualifier is missing.
    #[must_use]
    pub fn read(segment: &Segment<'a>) -> Option<Self> {
        let (value, qualifier) = if segment.is("L11") {
            (1, 2)
        } else if segment.is("N9") {
            (2, 1)
        } else {
            return None;
        };
        Some(Self {
            qualifier: segment.text(qualifier)?,
            value: segment.text(value)?,
        })
    }
}

/// A trailer or container: MS2 or N7.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Equipment<'a> {
    /// MS201 or N701, the owner's code or the initials.
    pub owner: Option<Cow<'a, str>>,
    /// MS202 or N702, the number.
    pub number: Cow<'a, str>,
    /// MS203 or N711, the kind: `TL`, `CN`, `CV`.
    pub kind: Option<Cow<'a, str>>,
}

impl<'a> Equipment<'a> {
    /// Reads an MS2 or N7; `None` for any other segment, and where there is no number.
    #[must_use]
    pub fn read(segment: &Segment<'a>) -> Option<Self> {
        let kind = if segment.is("MS2") {
            3
        } else if segment.is("N7") {
            11
        } else {
            return None;
        };
        Some(Self {
            owner: segment.text(1),
            number: segment.text(2)?,
            kind: segment.text(kind),
        })
    }

    /// Whether it says that it is a container.
    #[must_use]
    pub fn is_container(&self) -> bool {
        self.kind.as_deref() == Some("CN")
    }
}
