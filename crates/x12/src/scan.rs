//! Finding bytes and cutting segments. The hot loop of the crate.

use crate::delimiter::Delimiter;

/// The lowest and the highest bit of each byte of a word.
const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// First place of `needle`, eight bytes at a time.
pub(crate) fn find_byte(needle: u8, haystack: &[u8]) -> Option<usize> {
    let pattern = u64::from(needle) * LOW;
    let (words, rest) = haystack.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let differing = u64::from_le_bytes(*word) ^ pattern;
        // Sets the high bit of every zero byte. A borrow may set bits above the first one, never below it.
        let hit = differing.wrapping_sub(LOW) & !differing & HIGH;
        if hit != 0 {
            return Some(index * 8 + (hit.trailing_zeros() / 8) as usize);
        }
    }
    let found = rest.iter().position(|byte| *byte == needle)?;
    Some(words.len() * 8 + found)
}

/// Whether a byte separates nothing and means nothing between segments.
pub(crate) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0 | 0x1a)
}

/// Number of blank bytes at the start.
pub(crate) fn leading_blanks(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .position(|byte| !is_blank(*byte))
        .unwrap_or(bytes.len())
}

fn is_line_end(byte: u8) -> bool {
    byte == b'\r' || byte == b'\n'
}

/// Whether CR or LF occurs, eight bytes at a time.
pub(crate) fn has_line_end(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks::<8>();
    let zeros = |word: u64| word.wrapping_sub(LOW) & !word & HIGH;
    let hits = words.iter().fold(0, |hits, word| {
        let word = u64::from_le_bytes(*word);
        hits | zeros(word ^ (LOW * 0x0d)) | zeros(word ^ (LOW * 0x0a))
    });
    hits != 0 || rest.iter().any(|byte| is_line_end(*byte))
}

/// The bytes without CR and LF, or `None` when there is nothing to take out.
pub(crate) fn without_line_ends(raw: &[u8]) -> Option<Box<[u8]>> {
    if !has_line_end(raw) {
        return None;
    }
    Some(
        raw.iter()
            .copied()
            .filter(|byte| !is_line_end(*byte))
            .collect(),
    )
}

/// One segment's bytes as they stand in the file, without terminator and surrounding line ends.
#[derive(Debug)]
pub(crate) struct Cut<'a> {
    pub(crate) raw: &'a [u8],
    /// Where `raw` starts in the bytes being cut.
    pub(crate) start: usize,
    /// Where the next segment starts.
    pub(crate) end: usize,
    /// False when the input ended first.
    pub(crate) terminated: bool,
    /// Blanks or tabs stood before the segment.
    pub(crate) indented: bool,
}

/// Cuts bytes at the segment terminator.
#[derive(Clone, Debug)]
pub(crate) struct Cutter<'a> {
    bytes: &'a [u8],
    at: usize,
    terminator: Delimiter,
}

impl<'a> Cutter<'a> {
    pub(crate) fn new(bytes: &'a [u8], at: usize, terminator: Delimiter) -> Self {
        Self {
            bytes,
            at,
            terminator,
        }
    }

    /// The next segment; empty ones (a blank line, a doubled terminator) come with an empty `raw`.
    pub(crate) fn cut(&mut self) -> Option<Cut<'a>> {
        let rest = self.bytes.get(self.at..).filter(|rest| !rest.is_empty())?;
        let found = self.terminator.find(rest);
        let length = found.unwrap_or(rest.len());
        let whole = &rest[..length];
        let lead = leading_blanks(whole);
        let indented = whole[..lead]
            .iter()
            .any(|byte| matches!(byte, b' ' | b'\t'));
        let start = self.at + lead;
        self.at += length + found.map_or(0, |_| self.terminator.len());
        Some(Cut {
            raw: self.without_trailing_line_ends(&whole[lead..]),
            start,
            end: self.at,
            terminated: found.is_some(),
            indented,
        })
    }

    /// Takes the CR of a CR LF terminator, and a line end that stands before any other terminator.
    fn without_trailing_line_ends(&self, mut raw: &'a [u8]) -> &'a [u8] {
        if self.terminator.is_byte(b'\n') {
            return raw.strip_suffix(b"\r").unwrap_or(raw);
        }
        while let [head @ .., last] = raw
            && is_line_end(*last)
        {
            raw = head;
        }
        raw
    }
}
