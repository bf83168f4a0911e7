//! The two JSON string layers that the host wraps around a value, taken off in one pass over the bytes.
//!
//! The host writes a string as a JSON string that contains the JSON text of that string. Every quotation mark of a
//! document is therefore four bytes on the wire (`\\\"`). Parsing layer by layer copies everything once per layer;
//! here each byte of the result is written once, into a buffer that is never moved.

/// Why the text inside a JSON string literal could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnescapeError {
    /// A `\` is followed by something that JSON does not know.
    #[error("invalid escape near byte {at}")]
    InvalidEscape {
        /// Byte offset in the string literal, as it was sent.
        at: usize,
    },
    /// Half of a UTF-16 surrogate pair stands alone.
    #[error("lone surrogate near byte {at}")]
    LoneSurrogate {
        /// Byte offset in the string literal, as it was sent.
        at: usize,
    },
    /// The inner string has a control character that is not escaped.
    #[error("control character near byte {at}")]
    ControlCharacter {
        /// Byte offset in the string literal, as it was sent.
        at: usize,
    },
    /// The literal, or the string in it, ends without its closing quotation mark.
    #[error("string without its closing quotation mark")]
    Unterminated,
    /// There is more text after the inner string.
    #[error("text after the inner string near byte {at}")]
    Trailing {
        /// Byte offset in the string literal, as it was sent.
        at: usize,
    },
}

/// How often a value was wrapped into a JSON string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrapping {
    /// The JSON value stands there as it is.
    Plain,
    /// A JSON string that holds the text.
    Once,
    /// A JSON string that holds a JSON string that holds the text.
    Twice,
}

/// The innermost text of `json`, one JSON value in any of the three forms.
///
/// A string that only looks wrapped twice (it starts with a quotation mark, but is no JSON string) is text.
pub(crate) fn innermost(json: &str) -> Result<(String, Wrapping), UnescapeError> {
    if !json.starts_with('"') {
        return Ok((json.to_owned(), Wrapping::Plain));
    }
    if is_twice(json)
        && let Ok(text) = twice(json)
    {
        return Ok((text, Wrapping::Twice));
    }
    Ok((once(json)?, Wrapping::Once))
}

/// Whether the text in the string literal begins with a quotation mark of its own.
pub(crate) fn is_twice(literal: &str) -> bool {
    Outer::new(literal)
        .is_ok_and(|mut outer| outer.skip_whitespace().is_ok_and(|next| next == Some('"')))
}

/// Takes one layer off.
pub(crate) fn once(literal: &str) -> Result<String, UnescapeError> {
    let mut outer = Outer::new(literal)?;
    let mut out = Vec::with_capacity(outer.rest.len());
    loop {
        out.extend_from_slice(outer.plain_run());
        if outer.rest.is_empty() {
            return Ok(utf8(out));
        }
        push(&mut out, outer.escape()?);
    }
}

/// Takes two layers off in one pass: each byte of the result is written exactly once.
pub(crate) fn twice(literal: &str) -> Result<String, UnescapeError> {
    // No text grows by losing its escapes, so nothing is ever moved. What is not written of a large buffer is address
    // space and no memory; counting the escapes first would cost a pass.
    let mut out = Vec::with_capacity(literal.len());
    twice_into(literal, &mut out)?;
    Ok(utf8(out))
}

/// Where the result is written, piece by piece.
trait Sink {
    fn write(&mut self, piece: &[u8]);
}

impl Sink for Vec<u8> {
    #[inline]
    fn write(&mut self, piece: &[u8]) {
        self.extend_from_slice(piece);
    }
}

fn twice_into(literal: &str, out: &mut impl Sink) -> Result<(), UnescapeError> {
    let mut outer = Outer::new(literal)?;
    if outer.skip_whitespace()? != Some('"') {
        return Err(outer.invalid());
    }
    loop {
        out.write(outer.plain_run());
        match outer.rest {
            // A quotation mark inside a document, by far the most frequent escape.
            [b'\\', b'\\', b'\\', b'"', rest @ ..] => {
                out.write(b"\"");
                outer.rest = rest;
            }
            [] => return Err(UnescapeError::Unterminated),
            _ => match outer.escape()? {
                '"' => break,
                '\\' => inner_escape(&mut outer, out)?,
                control if control < ' ' => {
                    return Err(UnescapeError::ControlCharacter { at: outer.at() });
                }
                other => push(out, other),
            },
        }
    }
    match outer.skip_whitespace()? {
        None => Ok(()),
        Some(_) => Err(UnescapeError::Trailing { at: outer.at() }),
    }
}

/// The escape of the inner string whose backslash was just read from the outer one.
fn inner_escape(outer: &mut Outer<'_>, out: &mut impl Sink) -> Result<(), UnescapeError> {
    let escaped = match outer.ascii()? {
        b'u' => {
            let first = outer.inner_hex()?;
            join(first, outer.length - outer.rest.len(), || {
                if outer.ascii()? != b'\\' || outer.ascii()? != b'u' {
                    return Err(outer.invalid());
                }
                outer.inner_hex()
            })?
        }
        letter => simple(letter).ok_or_else(|| outer.invalid())?,
    };
    push(out, escaped);
    Ok(())
}

/// The inside of the outer string literal, as far as it is not read yet.
struct Outer<'a> {
    rest: &'a [u8],
    length: usize,
}

impl<'a> Outer<'a> {
    fn new(literal: &'a str) -> Result<Self, UnescapeError> {
        let inside = literal
            .strip_prefix('"')
            .and_then(|literal| literal.strip_suffix('"'));
        let rest = inside.ok_or(UnescapeError::Unterminated)?.as_bytes();
        Ok(Self {
            rest,
            length: rest.len(),
        })
    }

    /// Offset in the literal, its opening quotation mark included.
    fn at(&self) -> usize {
        self.length - self.rest.len() + 1
    }

    fn invalid(&self) -> UnescapeError {
        UnescapeError::InvalidEscape { at: self.at() }
    }

    /// Everything up to the next backslash; it means itself in both layers.
    fn plain_run(&mut self) -> &'a [u8] {
        let (run, rest) = self.rest.split_at(backslash_at(self.rest));
        self.rest = rest;
        run
    }

    /// Skips whitespace and reads the character after it, if there is one.
    fn skip_whitespace(&mut self) -> Result<Option<char>, UnescapeError> {
        loop {
            let next = match self.rest {
                [] => return Ok(None),
                [b'\\', ..] => self.escape()?,
                [byte, rest @ ..] => {
                    self.rest = rest;
                    char::from(*byte)
                }
            };
            if !matches!(next, ' ' | '\t' | '\r' | '\n') {
                return Ok(Some(next));
            }
        }
    }

    /// One escape of the outer layer; the rest begins with its backslash.
    fn escape(&mut self) -> Result<char, UnescapeError> {
        let [b'\\', letter, rest @ ..] = self.rest else {
            return Err(self.invalid());
        };
        self.rest = rest;
        if *letter != b'u' {
            return simple(*letter).ok_or_else(|| self.invalid());
        }
        let first = self.outer_hex()?;
        join(first, self.at(), || {
            let [b'\\', b'u', rest @ ..] = self.rest else {
                return Err(self.invalid());
            };
            self.rest = rest;
            self.outer_hex()
        })
    }

    /// One character of the outer layer that the inner layer allows only as ASCII.
    fn ascii(&mut self) -> Result<u8, UnescapeError> {
        match self.rest {
            [b'\\', ..] => u8::try_from(self.escape()?).map_err(|_not_ascii| self.invalid()),
            [byte, rest @ ..] => {
                self.rest = rest;
                Ok(*byte)
            }
            [] => Err(UnescapeError::Unterminated),
        }
    }

    fn outer_hex(&mut self) -> Result<u32, UnescapeError> {
        let Some((digits, rest)) = self.rest.split_first_chunk::<4>() else {
            return Err(self.invalid());
        };
        self.rest = rest;
        hex(*digits).ok_or_else(|| self.invalid())
    }

    fn inner_hex(&mut self) -> Result<u32, UnescapeError> {
        let digits = [self.ascii()?, self.ascii()?, self.ascii()?, self.ascii()?];
        hex(digits).ok_or_else(|| self.invalid())
    }
}

/// The character of a UTF-16 unit, with its second half where it needs one.
fn join(
    first: u32,
    at: usize,
    second: impl FnOnce() -> Result<u32, UnescapeError>,
) -> Result<char, UnescapeError> {
    let lone = UnescapeError::LoneSurrogate { at };
    if !(0xD800..=0xDBFF).contains(&first) {
        return char::from_u32(first).ok_or(lone);
    }
    match second() {
        Ok(low @ 0xDC00..=0xDFFF) => {
            char::from_u32(0x1_0000 + ((first - 0xD800) << 10) + (low - 0xDC00)).ok_or(lone)
        }
        _ => Err(lone),
    }
}

/// Where the first backslash is, or the length. Eight bytes at a time: in JSON it is seldom far, so that a call into a
/// search for long texts costs more than it finds.
#[inline]
fn backslash_at(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::from_ne_bytes([0x01; 8]);
    const HIGHS: u64 = u64::from_ne_bytes([0x80; 8]);
    const BACKSLASHES: u64 = u64::from_ne_bytes([b'\\'; 8]);
    let mut at = 0;
    while let Some(word) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        // The lowest byte whose high bit is set here is the first that is zero after the exclusive or.
        let differing = u64::from_le_bytes(*word) ^ BACKSLASHES;
        let found = differing.wrapping_sub(ONES) & !differing & HIGHS;
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let tail = bytes.get(at..).unwrap_or_default();
    at + tail
        .iter()
        .position(|byte| *byte == b'\\')
        .unwrap_or(tail.len())
}

fn hex(digits: [u8; 4]) -> Option<u32> {
    digits.into_iter().try_fold(0, |unit, digit| {
        Some(unit * 16 + char::from(digit).to_digit(16)?)
    })
}

fn simple(letter: u8) -> Option<char> {
    Some(match letter {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        _ => return None,
    })
}

fn push(out: &mut impl Sink, character: char) {
    out.write(character.encode_utf8(&mut [0; 4]).as_bytes());
}

fn utf8(out: Vec<u8>) -> String {
    String::from_utf8(out)
        .expect("runs are cut at backslashes, which are never inside a UTF-8 sequence")
}

#[cfg(test)]
#[path = "unescape_tests.rs"]
mod tests;
