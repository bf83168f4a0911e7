//! A fault that was found, with its place.

use std::fmt;

use crate::{
    element::ElementError,
    fault::{Code, ElementFault, Fault, SegmentFault},
    place::Place,
    segment::Segment,
    text::quoted,
};

/// A fault, where it is, what was expected and what stands there. How bad it is, a [`crate::Policy`] decides.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// What is wrong.
    pub fault: Fault,
    /// Where.
    pub place: Place,
    /// Id of the segment concerned.
    pub segment: String,
    /// What should stand there, where that is known.
    pub expected: Option<String>,
    /// What stands there, the first 60 characters.
    pub found: Option<String>,
    /// Whether the unit can be used in spite of it. Set to false when a business key cannot be formed.
    pub usable: bool,
}

impl Finding {
    pub(crate) fn at(fault: Fault, segment: &Segment<'_>) -> Self {
        Self {
            fault,
            place: segment.place(),
            segment: segment.id().into_owned(),
            expected: None,
            found: None,
            usable: true,
        }
    }

    /// About element `number` of the segment, quoting it.
    pub(crate) fn about(fault: Fault, segment: &Segment<'_>, number: u16) -> Self {
        let element = segment.element(number);
        Self {
            place: element.place(),
            found: Some(quoted(element.bytes())),
            ..Self::at(fault, segment)
        }
    }

    pub(crate) fn expecting(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    pub(crate) fn unusable(mut self) -> Self {
        self.usable = false;
        self
    }

    /// An element that could not be read. `usable` says whether the set means something without it.
    #[must_use]
    pub fn element(error: &ElementError, usable: bool) -> Self {
        Self {
            fault: Fault::Element(error.fault),
            place: error.place,
            segment: error.segment.clone(),
            expected: None,
            found: (error.fault != ElementFault::Missing).then(|| error.found.clone()),
            usable,
        }
    }

    /// A segment that should not be there, or not there.
    #[must_use]
    pub fn segment(fault: SegmentFault, segment: &Segment<'_>, usable: bool) -> Self {
        Self {
            usable,
            ..Self::at(Fault::Segment(fault), segment)
        }
    }

    /// A mandatory segment `id` that does not stand before `next`.
    #[must_use]
    pub fn missing_segment(id: &str, next: &Segment<'_>, usable: bool) -> Self {
        Self {
            segment: id.to_owned(),
            usable,
            ..Self::at(Fault::Segment(SegmentFault::Missing), next)
        }
    }

    /// The code that tells the sender.
    #[must_use]
    pub fn code(&self) -> Code {
        self.fault.code()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.fault)?;
        match (&self.expected, &self.found) {
            (Some(expected), Some(found)) => {
                write!(f, " (expected {expected:?}, found {found:?})")?
            }
            (Some(expected), None) => write!(f, " (expected {expected:?})")?,
            (None, Some(found)) => write!(f, " (found {found:?})")?,
            (None, None) => {}
        }
        write!(f, ", {}, {}", self.segment, self.place)
    }
}
