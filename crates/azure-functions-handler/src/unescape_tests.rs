//! One pass against two passes of `serde_json`, and how often bytes are written.

use proptest::prelude::*;

use super::{Sink, UnescapeError, Wrapping, innermost, twice, twice_into};

/// The JSON text of a string.
fn wrap(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// A result that knows how many bytes were written to it.
struct Counting {
    text: Vec<u8>,
    written: usize,
}

impl Sink for Counting {
    fn write(&mut self, piece: &[u8]) {
        self.written += piece.len();
        self.text.write(piece);
    }
}

#[test]
fn a_thousand_documents_are_written_once_into_a_buffer_that_never_moves() {
    let documents: Vec<_> = (0..1000)
        .map(|n| serde_json::json!({"id": n, "note": "say \"5\u{b0}\"\n\\", "_etag": "\"1\""}))
        .collect();
    let text = serde_json::to_string(&documents).unwrap();
    let literal = wrap(&wrap(&text));
    let mut out = Counting {
        text: Vec::with_capacity(literal.len()),
        written: 0,
    };
    let start = out.text.as_ptr();
    twice_into(&literal, &mut out).unwrap();
    assert_eq!(out.text, text.as_bytes());
    assert_eq!(out.written, text.len());
    assert_eq!(out.text.as_ptr(), start);
}

#[test]
fn escapes_may_cross_the_layers() {
    // Outer \u005c makes the backslash of an inner escape, outer \u0022 a quotation mark of the inner string.
    assert_eq!(
        twice(r#""\u0022a\u005cn\u005Cu00e9\\/\u0022""#).unwrap(),
        "a\n\u{e9}/"
    );
    // A surrogate pair in the outer layer, and one in the inner layer.
    assert_eq!(
        twice(r#""\"\ud83d\ude00\\ud83D\\uDE00\"""#).unwrap(),
        "\u{1f600}\u{1f600}"
    );
    // Half of a pair in each layer is no pair.
    assert!(matches!(
        twice(r#""\"\ud83d\\ude00\"""#),
        Err(UnescapeError::LoneSurrogate { .. })
    ));
    // White space around the inner string, as JSON allows it.
    assert_eq!(twice(r#"" \n\"x\"\t ""#).unwrap(), "x");
}

#[test]
fn broken_texts_are_errors() {
    for (literal, error) in [
        (r#"""#, UnescapeError::Unterminated),
        (r#""\"abc""#, UnescapeError::Unterminated),
        (r#""\"a\"b""#, UnescapeError::Trailing { at: 7 }),
        (r#""\"\\x\"""#, UnescapeError::InvalidEscape { at: 6 }),
        (r#""\"\\u00g0\"""#, UnescapeError::InvalidEscape { at: 10 }),
        (r#""\"\n\"""#, UnescapeError::ControlCharacter { at: 5 }),
    ] {
        assert_eq!(twice(literal), Err(error), "{literal}");
    }
}

#[test]
fn text_that_only_looks_wrapped_is_text() {
    let said = r#""hello" he said"#;
    assert_eq!(
        innermost(&wrap(said)).unwrap(),
        (said.to_owned(), Wrapping::Once)
    );
    assert_eq!(
        innermost(&wrap(&wrap(said))).unwrap(),
        (said.to_owned(), Wrapping::Twice)
    );
}

proptest! {
    #[test]
    fn any_text_comes_back(text: String) {
        prop_assert_eq!(twice(&wrap(&wrap(&text))).unwrap(), text);
    }

    /// Near misses of all kinds: right exactly when two parses are right, and never more bytes than announced.
    #[test]
    fn agrees_with_two_parses(inner in r#"[ \\"/ubfnrt0-9a-dD\x01é😀]{0,24}"#, quoted: bool) {
        let inner = if quoted { format!("\"{inner}\"") } else { inner };
        let literal = wrap(&inner);
        let expected: Option<String> = serde_json::from_str(&inner).ok();
        let found = twice(&literal).ok();
        prop_assert_eq!(&found, &expected);
        prop_assert!(found.is_none_or(|text| text.len() <= literal.len()));
    }
}
