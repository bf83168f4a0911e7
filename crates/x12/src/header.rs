//! The ISA: the only segment that is found by position, because it declares what all others are found by.

use std::borrow::Cow;

use crate::{
    date::{Date, Time},
    delimiter::{Delimiter, Delimiters},
    element::{Element, ElementError},
    framing_error::FramingFault,
    segment::Segment,
    text::{count, trimmed},
};

/// Places of the separators of an ISA of full width, counted from its `I`.
const SEPARATORS: [usize; 16] = [
    3, 6, 17, 20, 31, 34, 50, 53, 69, 76, 81, 83, 89, 99, 101, 103,
];
/// Bytes of an ISA of full width, without its terminator.
const FULL_WIDTH: usize = 105;
/// Bytes that are looked at for an ISA. One with every line break and multi-byte character seen so far fits twice.
pub(crate) const WINDOW: usize = 512;

/// What an ISA says about the bytes that follow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Framing {
    pub(crate) delimiters: Delimiters,
    /// Bytes of the ISA without its terminator.
    pub(crate) isa: usize,
    /// The separators are not at their standard places.
    pub(crate) nonfixed: bool,
}

impl Framing {
    /// Reads the ISA at the start of `bytes`, which start with `ISA`.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, FramingFault> {
        let bytes = &bytes[..bytes.len().min(WINDOW)];
        let element = bytes
            .get(3..)
            .and_then(Delimiter::first_of)
            .ok_or(FramingFault::IsaTruncated)?;
        if element.is_content() || element.is_line_end() {
            return Err(FramingFault::ElementSeparator(element));
        }
        let fixed = SEPARATORS
            .iter()
            .all(|at| bytes.get(*at).is_some_and(|byte| element.is_byte(*byte)));
        if fixed {
            return Self::with_component_at(bytes, element, SEPARATORS[15] + 1, false);
        }
        let fields = separators(bytes, element)?;
        check_fields(bytes, &fields, element)?;
        Self::with_component_at(bytes, element, fields[15] + element.len(), true)
    }

    fn with_component_at(
        bytes: &[u8],
        element: Delimiter,
        at: usize,
        nonfixed: bool,
    ) -> Result<Self, FramingFault> {
        let at = at + line_ends(bytes.get(at..).unwrap_or_default());
        let component = bytes
            .get(at..)
            .and_then(Delimiter::first_of)
            .ok_or(FramingFault::IsaTruncated)?;
        let mut isa = at + component.len();
        let after = bytes.get(isa..).unwrap_or_default();
        let mut terminator = Delimiter::first_of(after).ok_or(FramingFault::IsaTruncated)?;
        let broken = line_ends(after);
        if let Some(behind) = Delimiter::first_of(&after[broken..]).filter(|_| broken > 0)
            && starts_content(&after[broken + behind.len()..], element)
        {
            // The line was broken right before the terminator.
            isa += broken;
            terminator = behind;
        } else if after.starts_with(b"\r\n") {
            // Line ends may be mixed further down; LF ends them all, and takes a CR before it along.
            terminator = Delimiter::byte(b'\n');
        }
        if terminator.is_content() || terminator == element {
            return Err(FramingFault::Terminator(terminator));
        }
        let usable = component != element && component != terminator;
        let component = (usable && !component.is_content()).then_some(component);
        let mut delimiters = Delimiters {
            element,
            component,
            repetition: None,
            terminator,
        };
        delimiters.repetition = repetition(&bytes[..isa], &delimiters);
        Ok(Self {
            delimiters,
            isa,
            nonfixed: nonfixed || isa != FULL_WIDTH,
        })
    }
}

fn line_ends(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .take_while(|byte| matches!(byte, b'\r' | b'\n'))
        .count()
}

/// Whether bytes start, line ends passed, with a segment that may follow an ISA.
fn starts_content(bytes: &[u8], element: Delimiter) -> bool {
    let bytes = &bytes[line_ends(bytes)..];
    let ids: [&[u8]; 2] = [b"GS", b"TA1"];
    ids.iter().any(|id| {
        bytes
            .strip_prefix(*id)
            .is_some_and(|rest| rest.starts_with(element.as_bytes()))
    })
}

/// Places of the first sixteen separators.
fn separators(bytes: &[u8], element: Delimiter) -> Result<[usize; 16], FramingFault> {
    let mut places = [0; 16];
    let mut from = 0;
    for place in &mut places {
        let found = element.find(&bytes[from..]);
        let found = found.ok_or(if bytes.len() < WINDOW {
            FramingFault::IsaTruncated
        } else {
            FramingFault::IsaUnreadable("fewer than sixteen separators")
        })?;
        *place = from + found;
        from = *place + element.len();
    }
    Ok(places)
}

/// An ISA that lacks elements would borrow them from the GS; these three cannot look like what they are then.
fn check_fields(
    bytes: &[u8],
    places: &[usize; 16],
    element: Delimiter,
) -> Result<(), FramingFault> {
    let field = |number: usize| -> Vec<u8> {
        let text = &bytes[places[number - 1] + element.len()..places[number]];
        text.iter()
            .copied()
            .filter(|byte| !byte.is_ascii_whitespace())
            .collect()
    };
    let digits = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    if !digits(&field(12)) {
        return Err(FramingFault::IsaUnreadable("isa12 is no version"));
    }
    if !digits(&field(13)) {
        return Err(FramingFault::IsaUnreadable("isa13 is no number"));
    }
    if field(15).len() > 1 {
        return Err(FramingFault::IsaUnreadable(
            "isa15 is longer than one character",
        ));
    }
    Ok(())
}

/// ISA11 was the standards identifier (`U`) before 00402.
fn repetition(isa: &[u8], delimiters: &Delimiters) -> Option<Delimiter> {
    let mut elements = Vec::with_capacity(17);
    let mut rest = isa;
    while let Some(found) = delimiters.element.find(rest) {
        elements.push(&rest[..found]);
        rest = &rest[found + delimiters.element.len()..];
    }
    let version = count(elements.get(12)?)?;
    let declared = trimmed(elements.get(11)?);
    let character = Delimiter::first_of(declared).filter(|first| first.len() == declared.len())?;
    let taken = [
        Some(delimiters.element),
        delimiters.component,
        Some(delimiters.terminator),
    ];
    let usable = !character.is_content() && !taken.contains(&Some(character));
    (version >= 402 && usable).then_some(character)
}

/// The interchange header.
#[derive(Clone, Debug)]
pub struct Header<'a> {
    segment: Segment<'a>,
}

impl<'a> Header<'a> {
    pub(crate) fn new(segment: Segment<'a>) -> Self {
        Self { segment }
    }

    /// The segment itself.
    #[must_use]
    pub fn segment(&self) -> &Segment<'a> {
        &self.segment
    }

    /// What separates what.
    #[must_use]
    pub fn delimiters(&self) -> Delimiters {
        self.segment.delimiters()
    }

    /// ISA05 and ISA06: qualifier and id, padding taken off.
    #[must_use]
    pub fn sender(&self) -> (Cow<'_, str>, Cow<'_, str>) {
        (
            self.segment.element(5).text(),
            self.segment.element(6).text(),
        )
    }

    /// ISA07 and ISA08.
    #[must_use]
    pub fn receiver(&self) -> (Cow<'_, str>, Cow<'_, str>) {
        (
            self.segment.element(7).text(),
            self.segment.element(8).text(),
        )
    }

    /// ISA09.
    ///
    /// # Errors
    /// No such day.
    pub fn date(&self) -> Result<Date, ElementError> {
        self.segment.element(9).date()
    }

    /// ISA10.
    ///
    /// # Errors
    /// No such time.
    pub fn time(&self) -> Result<Time, ElementError> {
        self.segment.element(10).time()
    }

    /// ISA12, the version of the envelope; the version of the content is [`crate::Group::version`].
    #[must_use]
    pub fn version(&self) -> Cow<'_, str> {
        self.segment.element(12).text()
    }

    /// ISA13 as written, zeros and all.
    #[must_use]
    pub fn control(&self) -> Cow<'_, str> {
        self.segment.element(13).text()
    }

    /// ISA14: the sender asks for a TA1.
    #[must_use]
    pub fn wants_ta1(&self) -> bool {
        self.element(14).text() == "1"
    }

    /// ISA15: `P`, `T` or `I`.
    #[must_use]
    pub fn usage(&self) -> Cow<'_, str> {
        self.segment.element(15).text()
    }

    /// Any element of the ISA, 1 to 16.
    #[must_use]
    pub fn element(&self, number: u16) -> Element<'_> {
        self.segment.element(number)
    }
}
