//! All interchanges of a file.

use crate::{
    envelope,
    flag::Flag,
    framing_error::{FramingError, FramingFault},
    header::{Framing, WINDOW},
    interchange::Interchange,
    limits::Limits,
    looks_like::LooksLike,
    scan::{find_byte, leading_blanks},
};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads the interchanges of a whole file with the default [`Limits`].
#[must_use]
pub fn interchanges(bytes: &[u8]) -> Interchanges<'_> {
    Interchanges::new(bytes, Limits::default())
}

/// Iterator over the interchanges of a file.
///
/// An item is an error when an interchange cannot be framed; the next item is the next one that can. A file that does
/// not start with an interchange gives exactly one item, an error that says what the file looks like.
#[derive(Clone, Debug)]
pub struct Interchanges<'a> {
    bytes: &'a [u8],
    base: u64,
    at: usize,
    /// No interchange that starts here or later is read.
    stop: usize,
    started: bool,
    limits: Limits,
}

impl<'a> Interchanges<'a> {
    /// Reads with limits of the caller's own.
    #[must_use]
    pub fn new(bytes: &'a [u8], limits: Limits) -> Self {
        Self {
            bytes,
            base: 0,
            at: 0,
            stop: bytes.len(),
            started: false,
            limits,
        }
    }

    /// Reads bytes that start at `base` of the file; at 0 a byte order mark may stand there.
    pub(crate) fn starting_at(bytes: &'a [u8], base: u64, limits: Limits) -> Self {
        Self {
            base,
            ..Self::new(bytes, limits)
        }
    }

    /// Reads no interchange that starts at `stop` or later; the bytes there only decide what stands before them.
    pub(crate) fn stopping_at(self, stop: usize) -> Self {
        Self { stop, ..self }
    }

    /// Place in the bytes of what was not read yet.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    fn start(&mut self) -> Result<Start, FramingError> {
        self.started = true;
        let bom = self.base == 0 && self.bytes.starts_with(BYTE_ORDER_MARK);
        let after_bom = if bom { BYTE_ORDER_MARK.len() } else { 0 };
        let blanks = leading_blanks(&self.bytes[after_bom..]);
        self.at = after_bom + blanks;
        let rest = &self.bytes[self.at..];
        if rest.starts_with(b"ISA") {
            return Ok(Start {
                bom,
                blanks: blanks > 0,
            });
        }
        let fault = if rest.is_empty() {
            FramingFault::Empty
        } else {
            FramingFault::NotX12(LooksLike::at(&rest[..rest.len().min(WINDOW)]))
        };
        let at = self.at;
        self.at = self.bytes.len();
        Err(self.error(fault, at))
    }

    fn error(&self, fault: FramingFault, at: usize) -> FramingError {
        let start = self.base + at as u64;
        let place = match fault {
            FramingFault::ElementSeparator(_) => start + 3,
            _ => start,
        };
        FramingError {
            fault,
            offset: place,
            lost: start..self.base + self.at as u64,
        }
    }

    fn read(&mut self, start: Start) -> Result<Interchange<'a>, FramingError> {
        let isa = self.at;
        let read = Framing::read(&self.bytes[isa..])
            .and_then(|framing| envelope::read(self.bytes, self.base, isa, framing, &self.limits));
        let envelope::Read {
            mut interchange,
            end,
        } = read.map_err(|fault| {
            self.at = next_readable(self.bytes, isa + 3);
            self.error(fault, isa)
        })?;
        interchange.flags.raise_if(Flag::Bom, start.bom);
        interchange
            .flags
            .raise_if(Flag::LeadingBlanks, start.blanks);
        self.skip_to_next(&mut interchange, end);
        Ok(interchange)
    }

    /// Passes what stands after an IEA up to the next ISA.
    fn skip_to_next(&mut self, interchange: &mut Interchange<'a>, end: usize) {
        let terminator = interchange.header.delimiters().terminator;
        let mut at = end;
        loop {
            let blanks = leading_blanks(&self.bytes[at..]);
            let passed = &self.bytes[at..at + blanks];
            let noteworthy = passed.iter().any(|byte| !matches!(byte, b'\r' | b'\n'));
            interchange.flags.raise_if(Flag::TrailingBlanks, noteworthy);
            at += blanks;
            if !self.bytes[at..].starts_with(terminator.as_bytes()) {
                break;
            }
            interchange.flags.raise(Flag::EmptySegments);
            at += terminator.len();
        }
        if at < self.bytes.len() && !self.bytes[at..].starts_with(b"ISA") {
            let next = next_readable(self.bytes, at);
            interchange.flags.raise(Flag::TrailingGarbage);
            interchange.garbage = Some(self.base + at as u64..self.base + next as u64);
            at = next;
        }
        self.at = at;
    }
}

/// What stood before the first ISA.
#[derive(Clone, Copy, Default)]
struct Start {
    bom: bool,
    blanks: bool,
}

impl<'a> Iterator for Interchanges<'a> {
    type Item = Result<Interchange<'a>, FramingError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.started && self.at >= self.stop {
            return None;
        }
        let start = if self.started {
            Ok(Start::default())
        } else {
            self.start()
        };
        Some(start.and_then(|start| self.read(start)))
    }
}

/// Place of the next ISA that can be read, the end of the bytes if there is none.
fn next_readable(bytes: &[u8], from: usize) -> usize {
    let mut at = from.min(bytes.len());
    while let Some(found) = find_byte(b'I', &bytes[at..]) {
        at += found;
        if bytes[at..].starts_with(b"ISA") && Framing::read(&bytes[at..]).is_ok() {
            return at;
        }
        at += 1;
    }
    bytes.len()
}
