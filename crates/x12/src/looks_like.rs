//! A guess at what a file is when it is no X12.

use std::fmt;

/// What a refused file seems to be, from its first 512 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LooksLike {
    /// EDIFACT (`UNA`, `UNB` or `UNH` first).
    Edifact,
    /// X12 segments whose ISA is missing.
    X12WithoutIsa,
    /// Base64: encoded once more than agreed.
    Base64,
    /// UTF-16 with a byte order mark.
    Utf16,
    /// A ZIP archive.
    Zip,
    /// XML or HTML.
    Xml,
    /// JSON.
    Json,
    /// Readable text.
    Text,
    /// None of these.
    Binary,
}

impl LooksLike {
    /// Looks at the start of a file, byte order mark and blanks taken off.
    pub(crate) fn at(start: &[u8]) -> Self {
        match start {
            [b'U', b'N', b'A' | b'B' | b'H', rest @ ..] if !starts_with_letter(rest) => {
                Self::Edifact
            }
            [b'G', b'S', rest @ ..] | [b'S', b'T', rest @ ..] if separated(rest) => {
                Self::X12WithoutIsa
            }
            [b'P', b'K', 3, 4, ..] => Self::Zip,
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Self::Utf16,
            [b'<', ..] => Self::Xml,
            [b'{' | b'[', ..] => Self::Json,
            _ if is_base64(start) => Self::Base64,
            _ if is_text(start) => Self::Text,
            _ => Self::Binary,
        }
    }
}

fn starts_with_letter(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(u8::is_ascii_alphanumeric)
}

fn separated(rest: &[u8]) -> bool {
    rest.first()
        .is_some_and(|byte| byte.is_ascii_punctuation() || !byte.is_ascii())
}

fn is_base64(bytes: &[u8]) -> bool {
    let lines_only = bytes.iter().all(|byte| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'\r' | b'\n')
    });
    lines_only && bytes.len() >= 32
}

fn is_text(bytes: &[u8]) -> bool {
    let odd = bytes
        .iter()
        .filter(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace())
        .count();
    odd * 20 <= bytes.len()
}

impl fmt::Display for LooksLike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Edifact => "edifact",
            Self::X12WithoutIsa => "x12 whose isa is missing",
            Self::Base64 => "base64",
            Self::Utf16 => "utf-16 text",
            Self::Zip => "a zip archive",
            Self::Xml => "xml or html",
            Self::Json => "json",
            Self::Text => "text",
            Self::Binary => "binary data",
        })
    }
}
