//! Separators and terminators: one character each, of one to four bytes.

use crate::scan::find_byte;

/// One delimiter character as it stands in the file. Usually a byte; real files end segments with `…` too.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Delimiter {
    bytes: [u8; 4],
    length: u8,
}

impl Delimiter {
    /// A delimiter of one byte.
    #[must_use]
    pub const fn byte(byte: u8) -> Self {
        Self {
            bytes: [byte, 0, 0, 0],
            length: 1,
        }
    }

    /// The first character of `bytes`: a whole UTF-8 sequence if it is one, else a single byte.
    pub(crate) fn first_of(bytes: &[u8]) -> Option<Self> {
        let first = *bytes.first()?;
        for length in 2..=4_u8 {
            let sequence = bytes.get(..usize::from(length));
            if let Some(sequence) = sequence.filter(|_| first >= 0x80)
                && str::from_utf8(sequence).is_ok_and(|text| text.chars().count() == 1)
            {
                let mut kept = [0; 4];
                kept[..sequence.len()].copy_from_slice(sequence);
                return Some(Self {
                    bytes: kept,
                    length,
                });
            }
        }
        Some(Self::byte(first))
    }

    /// The bytes, 1 to 4.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len()]
    }

    pub(crate) fn len(self) -> usize {
        usize::from(self.length)
    }

    pub(crate) fn is_byte(self, byte: u8) -> bool {
        self.length == 1 && self.bytes[0] == byte
    }

    /// Letters, digits and blanks are content; they can delimit nothing.
    pub(crate) fn is_content(self) -> bool {
        self.length == 1 && (self.bytes[0].is_ascii_alphanumeric() || self.bytes[0] == b' ')
    }

    pub(crate) fn is_line_end(self) -> bool {
        self.is_byte(b'\n') || self.is_byte(b'\r')
    }

    pub(crate) fn find(self, haystack: &[u8]) -> Option<usize> {
        let mut from = 0;
        loop {
            let found = from + find_byte(self.bytes[0], haystack.get(from..)?)?;
            if self.length == 1 || haystack[found..].starts_with(self.as_bytes()) {
                return Some(found);
            }
            from = found + 1;
        }
    }

    /// Like [`Self::find`], for the few bytes of one element.
    pub(crate) fn find_near(self, haystack: &[u8]) -> Option<usize> {
        if self.length == 1 {
            return haystack.iter().position(|byte| *byte == self.bytes[0]);
        }
        self.find(haystack)
    }
}

impl std::fmt::Debug for Delimiter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match str::from_utf8(self.as_bytes()) {
            Ok(text) => write!(f, "{text:?}"),
            Err(_) => write!(f, "\"{}\"", self.as_bytes().escape_ascii()),
        }
    }
}

/// What separates what in one interchange. Every interchange of a file declares its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Delimiters {
    /// Between elements: the character after `ISA`.
    pub element: Delimiter,
    /// Between the components of a composite: ISA16. `None` when ISA16 repeats another delimiter.
    pub component: Option<Delimiter>,
    /// Between repeats: ISA11, in versions from 00402 and only if it is no letter, digit or blank.
    pub repetition: Option<Delimiter>,
    /// After a segment: the character after ISA16.
    pub terminator: Delimiter,
}
