//! What can be wrong inside a framed interchange, and the code under which the sender is told.

use std::fmt;

/// Something wrong in an interchange, a group, a transaction set, a segment or an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// IEA02 is not ISA13.
    InterchangeControl,
    /// IEA02 and ISA13 are one number, padded differently.
    InterchangeControlPadding,
    /// IEA01 is not the number of groups.
    InterchangeCount,
    /// The input or the interchange ends without IEA.
    InterchangeTrailerMissing,
    /// ISA09 is no day.
    InterchangeDate,
    /// ISA10 is no time of day.
    InterchangeTime,
    /// ISA13 is no number.
    InterchangeControlNumber,
    /// A segment stands where none belongs: outside of a set or a group.
    StraySegment,
    /// A transaction set stands outside of a group.
    GroupHeaderMissing,

    /// GE02 is not GS06.
    GroupControl,
    /// GE02 and GS06 are one number, padded differently.
    GroupControlPadding,
    /// GE01 is not the number of transaction sets.
    GroupCount,
    /// The receiver does not take GS08. Added by the caller.
    GroupVersion,
    /// GS06 stands in an earlier group of the interchange.
    GroupControlRepeated,
    /// The group ends without GE.
    GroupTrailerMissing,
    /// GS04 is no day or GS05 no time of day.
    GroupDate,

    /// SE01 is not the number of segments.
    SetCount,
    /// SE02 is not ST02.
    SetControl,
    /// SE02 and ST02 are one number, padded differently.
    SetControlPadding,
    /// The set ends without SE: it was cut off.
    SetTrailerMissing,
    /// The receiver does not take ST01. Added by the caller.
    SetUnsupported,
    /// ST01 is missing.
    SetIdMissing,
    /// ST02 is missing.
    SetControlMissing,
    /// ST02 stands in an earlier set of the group.
    SetControlRepeated,

    /// A segment of the set is wrong. Added by the caller, who knows the set.
    Segment(SegmentFault),
    /// An element of the set is wrong. Added by the caller, but for the limits.
    Element(ElementFault),
}

/// What can be wrong with a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SegmentFault {
    /// The id is in no table.
    Unrecognized,
    /// It does not belong here.
    Unexpected,
    /// A mandatory segment is not there.
    Missing,
    /// The loop or the segment is there too often.
    TooMany,
    /// The id does not belong to this set.
    NotInSet,
    /// Not in its place.
    OutOfSequence,
}

/// What can be wrong with an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ElementFault {
    /// A mandatory element is empty.
    Missing,
    /// More elements than the segment has, or than [`crate::Limits::elements`].
    TooMany,
    /// Too short.
    TooShort,
    /// Too long, or beyond [`crate::Limits::segment_bytes`].
    TooLong,
    /// A character that its type does not have.
    InvalidCharacter,
    /// Not in the code list.
    InvalidCode,
    /// No such day.
    InvalidDate,
    /// No such time of day.
    InvalidTime,
}

/// Where in a TA1 or 997 a fault is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Code {
    /// Nowhere: the standard has no code for it.
    None,
    /// TA105, interchange note code.
    Ta1(u16),
    /// AK905 to AK909, group syntax error.
    Ak905(u8),
    /// AK502 to AK506, transaction set syntax error.
    Ak502(u8),
    /// AK304, segment syntax error.
    Ak304(u8),
    /// AK403, element syntax error.
    Ak403(u8),
}

impl Fault {
    /// The code that tells the sender.
    #[must_use]
    pub fn code(self) -> Code {
        match self {
            Self::InterchangeControl => Code::Ta1(1),
            Self::InterchangeCount => Code::Ta1(21),
            Self::InterchangeTrailerMissing => Code::Ta1(23),
            Self::InterchangeDate => Code::Ta1(14),
            Self::InterchangeTime => Code::Ta1(15),
            Self::InterchangeControlNumber => Code::Ta1(18),
            Self::StraySegment | Self::GroupHeaderMissing => Code::Ta1(24),
            Self::GroupVersion => Code::Ak905(2),
            Self::GroupTrailerMissing => Code::Ak905(3),
            Self::GroupControl => Code::Ak905(4),
            Self::GroupCount => Code::Ak905(5),
            Self::GroupControlRepeated => Code::Ak905(19),
            Self::SetUnsupported => Code::Ak502(1),
            Self::SetTrailerMissing => Code::Ak502(2),
            Self::SetControl => Code::Ak502(3),
            Self::SetCount => Code::Ak502(4),
            Self::SetIdMissing => Code::Ak502(6),
            Self::SetControlMissing => Code::Ak502(7),
            Self::SetControlRepeated => Code::Ak502(23),
            Self::Segment(fault) => Code::Ak304(fault.code()),
            Self::Element(fault) => Code::Ak403(fault.code()),
            Self::InterchangeControlPadding
            | Self::GroupControlPadding
            | Self::GroupDate
            | Self::SetControlPadding => Code::None,
        }
    }
}

impl SegmentFault {
    fn code(self) -> u8 {
        match self {
            Self::Unrecognized => 1,
            Self::Unexpected => 2,
            Self::Missing => 3,
            Self::TooMany => 5,
            Self::NotInSet => 6,
            Self::OutOfSequence => 7,
        }
    }
}

impl ElementFault {
    fn code(self) -> u8 {
        match self {
            Self::Missing => 1,
            Self::TooMany => 3,
            Self::TooShort => 4,
            Self::TooLong => 5,
            Self::InvalidCharacter => 6,
            Self::InvalidCode => 7,
            Self::InvalidDate => 8,
            Self::InvalidTime => 9,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InterchangeControl => "iea02 is not isa13",
            Self::InterchangeControlPadding => "iea02 is padded unlike isa13",
            Self::InterchangeCount => "iea01 is not the number of groups",
            Self::InterchangeTrailerMissing => "iea is missing",
            Self::InterchangeDate => "isa09 is no day",
            Self::InterchangeTime => "isa10 is no time",
            Self::InterchangeControlNumber => "isa13 is no number",
            Self::StraySegment => "a segment stands outside of a set",
            Self::GroupHeaderMissing => "a set stands outside of a group",
            Self::GroupControl => "ge02 is not gs06",
            Self::GroupControlPadding => "ge02 is padded unlike gs06",
            Self::GroupCount => "ge01 is not the number of sets",
            Self::GroupVersion => "gs08 is not taken",
            Self::GroupControlRepeated => "gs06 is not unique",
            Self::GroupTrailerMissing => "ge is missing",
            Self::GroupDate => "gs04 is no day or gs05 no time",
            Self::SetCount => "se01 is not the number of segments",
            Self::SetControl => "se02 is not st02",
            Self::SetControlPadding => "se02 is padded unlike st02",
            Self::SetTrailerMissing => "se is missing",
            Self::SetUnsupported => "st01 is not taken",
            Self::SetIdMissing => "st01 is missing",
            Self::SetControlMissing => "st02 is missing",
            Self::SetControlRepeated => "st02 is not unique",
            Self::Segment(fault) => return fault.fmt(f),
            Self::Element(fault) => return fault.fmt(f),
        })
    }
}

impl fmt::Display for SegmentFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unrecognized => "the segment id is unknown",
            Self::Unexpected => "the segment is unexpected",
            Self::Missing => "the segment is missing",
            Self::TooMany => "the segment is there too often",
            Self::NotInSet => "the segment does not belong to the set",
            Self::OutOfSequence => "the segment is out of sequence",
        })
    }
}

impl fmt::Display for ElementFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "the element is missing",
            Self::TooMany => "too many elements",
            Self::TooShort => "the element is too short",
            Self::TooLong => "the element is too long",
            Self::InvalidCharacter => "the element has an invalid character",
            Self::InvalidCode => "the element has an unknown code",
            Self::InvalidDate => "the element is no day",
            Self::InvalidTime => "the element is no time",
        })
    }
}
