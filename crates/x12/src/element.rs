//! Elements, and reading them as what the standard's tables say they are.

use std::{borrow::Cow, ops::Range};

use thiserror::Error;

use crate::{
    date::{Date, Time},
    delimiter::Delimiter,
    fault::ElementFault,
    number::{Decimal, Implied},
    place::Place,
    segment::Segment,
    text::{decoded, quoted, trimmed},
};

/// One element, repeat or component. Every reader takes padding at either end for nothing.
#[derive(Clone, Copy, Debug)]
pub struct Element<'s> {
    segment: &'s Segment<'s>,
    bytes: &'s [u8],
    start: usize,
    number: u16,
    component: Option<u16>,
}

/// An element that is not what it has to be.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{segment}{element:02}: {fault} ({found:?}), {place}", element = place.element.unwrap_or(0))]
pub struct ElementError {
    /// What is wrong with it.
    pub fault: ElementFault,
    /// Where it stands.
    pub place: Place,
    /// Id of its segment.
    pub segment: String,
    /// What stands there, the first 60 characters.
    pub found: String,
}

impl<'s> Element<'s> {
    /// Element `number`, which stands at `range` of the segment's bytes.
    pub(crate) fn new(segment: &'s Segment<'s>, range: Range<usize>, number: u16) -> Self {
        Self {
            segment,
            start: range.start,
            bytes: &segment.bytes()[range],
            number,
            component: None,
        }
    }

    pub(crate) fn absent(segment: &'s Segment<'s>, number: u16) -> Self {
        let end = segment.bytes().len();
        Self {
            segment,
            bytes: &segment.bytes()[end..],
            start: end,
            number,
            component: None,
        }
    }

    pub(crate) fn start(&self) -> usize {
        self.start
    }

    /// Its number in the segment, from 1.
    #[must_use]
    pub fn number(&self) -> u16 {
        self.number
    }

    /// Where it stands.
    #[must_use]
    pub fn place(&self) -> Place {
        Place {
            offset: self.segment.offset_of(self.start),
            element: Some(self.number),
            component: self.component,
            ..self.segment.place()
        }
    }

    /// The bytes, padding included.
    #[must_use]
    pub fn bytes(&self) -> &'s [u8] {
        self.bytes
    }

    /// Whether there is nothing, or nothing but padding.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        trimmed(self.bytes).is_empty()
    }

    /// The element if it is not empty: `segment.element(4).given().map(|e| e.implied(2)).transpose()?`.
    #[must_use]
    pub fn given(self) -> Option<Self> {
        (!self.is_empty()).then_some(self)
    }

    /// The text; empty if there is none. Bytes that are no UTF-8 are read as Latin-1.
    #[must_use]
    pub fn text(&self) -> Cow<'s, str> {
        decoded(trimmed(self.bytes))
    }

    /// A qualifier or code: printable ASCII.
    ///
    /// # Errors
    /// Empty, or with other characters.
    pub fn code(&self) -> Result<&'s str, ElementError> {
        let text = self.required()?;
        let printable = text
            .iter()
            .all(|byte| byte.is_ascii_graphic() || *byte == b' ');
        str::from_utf8(text)
            .ok()
            .filter(|_| printable)
            .ok_or_else(|| self.error(ElementFault::InvalidCharacter))
    }

    /// A number of type N0 to N9, whose decimal point is implied `scale` digits from the right.
    ///
    /// # Errors
    /// Empty, no number, or more than an `i64` holds.
    pub fn implied(&self, scale: u8) -> Result<Implied, ElementError> {
        let text = self.required()?;
        Implied::read(text, scale).ok_or_else(|| self.error(ElementFault::InvalidCharacter))
    }

    /// A number of type R, whose decimal point is written.
    ///
    /// # Errors
    /// Empty, no number, or more than an `i128` holds.
    pub fn decimal(&self) -> Result<Decimal, ElementError> {
        let text = self.required()?;
        Decimal::read(text).ok_or_else(|| self.error(ElementFault::InvalidCharacter))
    }

    /// A day, CCYYMMDD or YYMMDD.
    ///
    /// # Errors
    /// Empty, or no such day.
    pub fn date(&self) -> Result<Date, ElementError> {
        let text = self.required()?;
        Date::read(text).ok_or_else(|| self.error(ElementFault::InvalidDate))
    }

    /// A time of day, `HHMM`, `HHMMSS`, `HHMMSSd` or `HHMMSSdd`.
    ///
    /// # Errors
    /// Empty, or no such time.
    pub fn time(&self) -> Result<Time, ElementError> {
        let text = self.required()?;
        Time::read(text).ok_or_else(|| self.error(ElementFault::InvalidTime))
    }

    /// The components of a composite; the element itself if the interchange declares no component separator.
    pub fn components(&self) -> impl Iterator<Item = Self> + use<'s> {
        let whole = *self;
        let parts = Parts::new(self.bytes, self.segment.delimiters().component);
        parts.zip(1_u16..).map(move |((at, bytes), number)| Self {
            bytes,
            start: whole.start + at,
            component: Some(number),
            ..whole
        })
    }

    /// Component `number`, from 1; empty if it is not there.
    #[must_use]
    pub fn component(&self, number: u16) -> Self {
        let end = self.bytes.len();
        self.components()
            .nth(usize::from(number.max(1) - 1))
            .unwrap_or(Self {
                bytes: &self.bytes[end..],
                start: self.start + end,
                component: Some(number),
                ..*self
            })
    }

    /// The repeats; the element itself if the interchange declares no repetition separator.
    pub fn repeats(&self) -> impl Iterator<Item = Self> + use<'s> {
        let whole = *self;
        let parts = Parts::new(self.bytes, self.segment.delimiters().repetition);
        parts.map(move |(at, bytes)| Self {
            bytes,
            start: whole.start + at,
            ..whole
        })
    }

    /// The error of this element, for checks of the caller's own (a code that is in no list).
    #[must_use]
    pub fn error(&self, fault: ElementFault) -> ElementError {
        ElementError {
            fault,
            place: self.place(),
            segment: self.segment.id().into_owned(),
            found: quoted(self.bytes),
        }
    }

    fn required(&self) -> Result<&'s [u8], ElementError> {
        let text = trimmed(self.bytes);
        if text.is_empty() {
            return Err(self.error(ElementFault::Missing));
        }
        Ok(text)
    }
}

/// The elements of a segment in order.
#[derive(Clone, Debug)]
pub struct Elements<'s> {
    segment: &'s Segment<'s>,
    /// Place of the separator before the next element; the length of the segment at the end.
    at: usize,
    number: u16,
}

impl<'s> Elements<'s> {
    pub(crate) fn new(segment: &'s Segment<'s>, id: usize) -> Self {
        Self {
            segment,
            at: id,
            number: 0,
        }
    }
}

impl<'s> Iterator for Elements<'s> {
    type Item = Element<'s>;

    fn next(&mut self) -> Option<Element<'s>> {
        let separator = self.segment.delimiters().element;
        let bytes = self.segment.bytes();
        if self.at >= bytes.len() || self.number >= self.segment.element_limit() {
            return None;
        }
        let start = self.at + separator.len();
        let rest = &bytes[start..];
        let length = separator.find_near(rest).unwrap_or(rest.len());
        self.at = start + length;
        self.number += 1;
        Some(Element {
            segment: self.segment,
            bytes: &rest[..length],
            start,
            number: self.number,
            component: None,
        })
    }
}

/// Splits at a delimiter that may not be declared.
struct Parts<'s> {
    rest: Option<&'s [u8]>,
    at: usize,
    delimiter: Option<Delimiter>,
}

impl<'s> Parts<'s> {
    fn new(bytes: &'s [u8], delimiter: Option<Delimiter>) -> Self {
        Self {
            rest: Some(bytes),
            at: 0,
            delimiter,
        }
    }
}

impl<'s> Iterator for Parts<'s> {
    type Item = (usize, &'s [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.take()?;
        let at = self.at;
        let found = self
            .delimiter
            .and_then(|one| Some((one.find_near(rest)?, one.len())));
        let Some((length, width)) = found else {
            return Some((at, rest));
        };
        self.rest = Some(&rest[length + width..]);
        self.at = at + length + width;
        Some((at, &rest[..length]))
    }
}
