//! Segments and how a transaction set is walked.

use std::borrow::Cow;

use crate::{
    delimiter::Delimiters,
    element::{Element, Elements},
    place::Place,
    scan::{Cut, Cutter, without_line_ends},
    text::{decoded, trimmed},
};

/// One segment, borrowed from the file; only one that was wrapped over lines owns a cleaned copy.
#[derive(Clone, Debug)]
pub struct Segment<'a> {
    raw: &'a [u8],
    cleaned: Option<Box<[u8]>>,
    offset: u64,
    number: u32,
    in_set: Option<u32>,
    delimiters: Delimiters,
    element_limit: u16,
}

impl<'a> Segment<'a> {
    /// The segment at `offset` of the file; line ends inside are taken out unless they are the terminator.
    pub(crate) fn new(raw: &'a [u8], offset: u64, number: u32, context: Context) -> Self {
        let cleaned = if context.delimiters.terminator.is_byte(b'\n') {
            None
        } else {
            without_line_ends(raw)
        };
        Self {
            raw,
            cleaned,
            offset,
            number,
            in_set: None,
            delimiters: context.delimiters,
            element_limit: context.element_limit,
        }
    }

    pub(crate) fn in_set(mut self, number: u32) -> Self {
        self.in_set = Some(number);
        self
    }

    /// The segment without line breaks and without terminator.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.cleaned.as_deref().unwrap_or(self.raw)
    }

    /// The segment as it stands in the file, line breaks included.
    #[must_use]
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// Whether line breaks were taken out.
    #[must_use]
    pub fn is_wrapped(&self) -> bool {
        self.cleaned.is_some()
    }

    /// What separates what.
    #[must_use]
    pub fn delimiters(&self) -> Delimiters {
        self.delimiters
    }

    /// Where it stands.
    #[must_use]
    pub fn place(&self) -> Place {
        Place {
            offset: self.offset,
            segment: self.number,
            in_set: self.in_set,
            element: None,
            component: None,
        }
    }

    pub(crate) fn id_bytes(&self) -> &[u8] {
        let bytes = self.bytes();
        &bytes[..self
            .delimiters
            .element
            .find_near(bytes)
            .unwrap_or(bytes.len())]
    }

    /// The segment id, `AT7`.
    #[must_use]
    pub fn id(&self) -> Cow<'_, str> {
        decoded(trimmed(self.id_bytes()))
    }

    /// Whether this is the segment id.
    #[must_use]
    pub fn is(&self, id: &str) -> bool {
        trimmed(self.id_bytes()) == id.as_bytes()
    }

    /// The elements in order, at most [`crate::Limits::elements`].
    #[must_use]
    pub fn elements(&self) -> Elements<'_> {
        Elements::new(self, self.id_bytes().len())
    }

    /// Element `number`, from 1. One that is not there is empty, and still knows its place.
    #[must_use]
    pub fn element(&self, number: u16) -> Element<'_> {
        let number = number.max(1);
        let separator = self.delimiters.element;
        let bytes = self.bytes();
        if number > self.element_limit {
            return Element::absent(self, number);
        }
        let mut start = 0;
        for _ in 0..number {
            let Some(found) = separator.find_near(&bytes[start..]) else {
                return Element::absent(self, number);
            };
            start += found + separator.len();
        }
        let length = separator.find_near(&bytes[start..]);
        let end = length.map_or(bytes.len(), |length| start + length);
        Element::new(self, start..end, number)
    }

    /// Text of element `number`, `None` if empty; borrowed from the file unless the segment was wrapped.
    #[must_use]
    pub fn text(&self, number: u16) -> Option<Cow<'a, str>> {
        let element = self.element(number);
        let kept = trimmed(element.bytes());
        if kept.is_empty() {
            return None;
        }
        if self.cleaned.is_some() {
            return Some(Cow::Owned(decoded(kept).into_owned()));
        }
        let lead = element.bytes().len() - element.bytes().trim_ascii_start().len();
        let start = element.start() + lead;
        Some(decoded(&self.raw[start..start + kept.len()]))
    }

    pub(crate) fn element_limit(&self) -> u16 {
        self.element_limit
    }

    /// Byte of the file at which byte `at` of [`Self::bytes`] stands.
    pub(crate) fn offset_of(&self, at: usize) -> u64 {
        if self.cleaned.is_none() {
            return self.offset + at as u64;
        }
        let kept = self
            .raw
            .iter()
            .enumerate()
            .filter(|(_, byte)| !matches!(byte, b'\r' | b'\n'));
        let index = kept
            .map(|(index, _)| index)
            .nth(at)
            .unwrap_or(self.raw.len());
        self.offset + index as u64
    }
}

/// What every segment of an interchange shares.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context {
    pub(crate) delimiters: Delimiters,
    pub(crate) element_limit: u16,
}

/// The segments of a transaction set in order, ST and SE included.
#[derive(Clone, Debug)]
pub struct Segments<'a> {
    cutter: Cutter<'a>,
    context: Context,
    base: u64,
    number: u32,
    in_set: u32,
}

impl<'a> Segments<'a> {
    /// `bytes` start at `base` of the file with segment `number` of the interchange.
    pub(crate) fn new(bytes: &'a [u8], base: u64, number: u32, context: Context) -> Self {
        Self {
            cutter: Cutter::new(bytes, 0, context.delimiters.terminator),
            context,
            base,
            number,
            in_set: 1,
        }
    }
}

impl<'a> Iterator for Segments<'a> {
    type Item = Segment<'a>;

    fn next(&mut self) -> Option<Segment<'a>> {
        let Cut { raw, start, .. } = loop {
            let cut = self.cutter.cut()?;
            if !cut.raw.is_empty() {
                break cut;
            }
        };
        let segment = Segment::new(raw, self.base + start as u64, self.number, self.context)
            .in_set(self.in_set);
        self.number += 1;
        self.in_set += 1;
        Some(segment)
    }
}
