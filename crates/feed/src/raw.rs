//! The bytes that failed, in a form that a JSON document can hold.

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// Most raw bytes kept in one letter: 1.5 MB, so that with base64 and everything else it stays below the 2 MB of a
/// document.
pub const RAW_BYTES_MAX: usize = 1_500_000;

/// Most characters that the kept bytes may take up in the document: what base64 makes of [`RAW_BYTES_MAX`].
const ENCODED_BYTES_MAX: usize = RAW_BYTES_MAX.div_ceil(3) * 4;

/// Bytes as they came, whether or not they are text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawBytes<'a>(pub &'a [u8]);

/// How the bytes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) enum Encoding {
    #[serde(rename = "utf-8")]
    Utf8,
    #[serde(rename = "base64")]
    Base64,
}

/// Raw bytes as fields of a document.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct RawFields<'a> {
    raw: Cow<'a, str>,
    raw_encoding: Encoding,
    /// Length of the whole, kept or not.
    raw_bytes: usize,
    /// Whether `raw` is only the first part.
    raw_truncated: bool,
    /// SHA-256 of the whole, lower-case hex.
    raw_sha256: String,
}

impl<'a> From<&'a [u8]> for RawBytes<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }
}

impl<'a> From<&'a str> for RawBytes<'a> {
    fn from(text: &'a str) -> Self {
        Self(text.as_bytes())
    }
}

impl<'a> RawBytes<'a> {
    pub(crate) fn fields(self) -> RawFields<'a> {
        let Self(whole) = self;
        let (raw, raw_encoding) = match kept_text(whole) {
            Some(text) => (Cow::Borrowed(text), Encoding::Utf8),
            None => {
                let kept = &whole[..whole.len().min(RAW_BYTES_MAX)];
                (Cow::Owned(STANDARD.encode(kept)), Encoding::Base64)
            }
        };
        RawFields {
            raw,
            raw_encoding,
            raw_bytes: whole.len(),
            raw_truncated: whole.len() > RAW_BYTES_MAX,
            raw_sha256: hex(&Sha256::digest(whole)),
        }
    }
}

/// The kept part as text, if it is text and as JSON no longer than base64 would be.
fn kept_text(whole: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(whole).ok()?;
    let kept = &text[..text.floor_char_boundary(RAW_BYTES_MAX)];
    (escaped_len(kept) <= ENCODED_BYTES_MAX).then_some(kept)
}

/// Length of the text between the quotes of a JSON string.
pub(crate) fn escaped_len(text: &str) -> usize {
    text.bytes()
        .map(|byte| match byte {
            b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0c => 2,
            0x00..0x20 => 6,
            _ => 1,
        })
        .sum()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            write!(text, "{byte:02x}").expect("writing to a String cannot fail");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text_and_anything_else_becomes_base64() {
        let fields = RawBytes::from("{\"a\":\"é\"}").fields();
        assert_eq!(
            (&*fields.raw, fields.raw_encoding),
            ("{\"a\":\"é\"}", Encoding::Utf8)
        );
        let fields = RawBytes(&[0xff, 0x00, 0x41]).fields();
        assert_eq!(
            (&*fields.raw, fields.raw_encoding),
            ("/wBB", Encoding::Base64)
        );
        assert_eq!((fields.raw_bytes, fields.raw_truncated), (3, false));
    }

    #[test]
    fn the_first_part_of_a_large_text_is_kept_whole_characters_only() {
        let large = "é".repeat(RAW_BYTES_MAX);
        let fields = RawBytes::from(&*large).fields();
        assert_eq!(fields.raw.len(), RAW_BYTES_MAX);
        assert_eq!(fields.raw_bytes, 2 * RAW_BYTES_MAX);
        assert!(fields.raw_truncated && fields.raw.chars().all(|c| c == 'é'));
    }

    #[test]
    fn text_that_json_would_blow_up_becomes_base64() {
        for hostile in ["\u{1}", "\"", "\\"] {
            let large = hostile.repeat(RAW_BYTES_MAX);
            let fields = RawBytes::from(&*large).fields();
            assert_eq!(fields.raw_encoding, Encoding::Base64);
            assert!(serde_json::to_string(&fields).unwrap().len() < 2_050_000);
        }
    }

    #[test]
    fn the_escaped_length_is_what_json_makes_of_it() {
        let every: String = (0..0x250).filter_map(char::from_u32).collect();
        assert_eq!(
            escaped_len(&every) + 2,
            serde_json::to_string(&every).unwrap().len()
        );
    }
}
