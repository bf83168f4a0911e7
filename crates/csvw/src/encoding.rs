//! Which encoding the bytes are in.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1250, WINDOWS_1252};

/// Bytes looked at before an encoding is chosen for a file without a byte order mark.
pub(crate) const SAMPLE_BYTES: usize = 1 << 20;
/// Bytes in which the zeros of UTF-16 are counted.
const ZERO_SAMPLE_BYTES: usize = 4_096;

/// Why an encoding was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EncodingReason {
    /// The file begins with a byte order mark.
    ByteOrderMark,
    /// The first MiB is valid UTF-8.
    ValidUtf8,
    /// Every second byte near the start is zero.
    ZeroBytes,
    /// The schema states it, and the bytes are not UTF-8.
    Stated,
    /// Statistics of the letters, between windows-1252 and windows-1250.
    Guessed,
    /// Taken over from the state given to `Reader::resume`.
    Resumed,
}

/// The encoding of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EncodingChoice {
    /// The encoding.
    pub encoding: &'static Encoding,
    /// Why.
    pub reason: EncodingReason,
    /// Length of the byte order mark.
    pub mark_bytes: u8,
}

impl EncodingChoice {
    /// Its name in the WHATWG list: `UTF-8`, `windows-1252`.
    pub fn name(&self) -> &'static str {
        self.encoding.name()
    }
}

pub(crate) fn is_utf16(encoding: &'static Encoding) -> bool {
    encoding == UTF_16LE || encoding == UTF_16BE
}

/// The encoding for a row of a UTF-8 file that is not valid UTF-8.
pub(crate) fn fallback(stated: Option<&str>) -> &'static Encoding {
    stated_single_byte(stated).unwrap_or(WINDOWS_1252)
}

/// The mark at the start, as soon as enough bytes are there to tell.
pub(crate) fn marked(bytes: &[u8]) -> Option<EncodingChoice> {
    let (encoding, length) = Encoding::for_bom(bytes)?;
    let mark_bytes = u8::try_from(length).unwrap_or(3);
    Some(EncodingChoice {
        encoding,
        reason: EncodingReason::ByteOrderMark,
        mark_bytes,
    })
}

/// Chooses by the first bytes of a file: all of it, or more than `SAMPLE_BYTES`, of which no more is looked at.
pub(crate) fn choose(bytes: &[u8], stated: Option<&str>) -> EncodingChoice {
    let chosen = |encoding, reason| EncodingChoice {
        encoding,
        reason,
        mark_bytes: 0,
    };
    if let Some(choice) = marked(bytes) {
        return choice;
    }
    let whole = bytes.len() <= SAMPLE_BYTES;
    let sample = &bytes[..bytes.len().min(SAMPLE_BYTES)];
    if let Some(encoding) = by_zeros(sample) {
        return chosen(encoding, EncodingReason::ZeroBytes);
    }
    if is_utf8(sample) {
        return chosen(UTF_8, EncodingReason::ValidUtf8);
    }
    match stated_single_byte(stated) {
        Some(encoding) => chosen(encoding, EncodingReason::Stated),
        None => chosen(guessed(sample, whole), EncodingReason::Guessed),
    }
}

fn stated_single_byte(stated: Option<&str>) -> Option<&'static Encoding> {
    let encoding = Encoding::for_label(stated?.as_bytes())?;
    (encoding.is_single_byte() && encoding != UTF_8).then_some(encoding)
}

/// True when nothing is wrong but a character that the end of the sample cuts. A file may end so as well: it is more
/// likely cut than in another encoding up to its last byte, and should it be, that row is read anew.
fn is_utf8(sample: &[u8]) -> bool {
    std::str::from_utf8(sample).map_or_else(|error| error.error_len().is_none(), |_| true)
}

/// UTF-16 text of ours is mostly Latin: the high byte of most units is zero and the low byte never is.
fn by_zeros(sample: &[u8]) -> Option<&'static Encoding> {
    let (pairs, _) = sample[..sample.len().min(ZERO_SAMPLE_BYTES)].as_chunks::<2>();
    let first = pairs.iter().filter(|pair| pair[0] == 0).count();
    let second = pairs.iter().filter(|pair| pair[1] == 0).count();
    let mostly = |zeros: usize| zeros * 10 >= pairs.len() * 4;
    match (first, second) {
        (0, zeros) if zeros > 0 && mostly(zeros) => Some(UTF_16LE),
        (zeros, 0) if zeros > 0 && mostly(zeros) => Some(UTF_16BE),
        _ => None,
    }
}

fn guessed(sample: &[u8], whole: bool) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(sample, whole);
    let guess = detector.guess(None, Utf8Detection::Deny);
    match guess.name() {
        "windows-1250" | "ISO-8859-2" => WINDOWS_1250,
        _ => WINDOWS_1252,
    }
}

#[cfg(test)]
mod tests {
    use super::{EncodingReason, SAMPLE_BYTES, choose};

    fn name(bytes: &[u8]) -> (&'static str, EncodingReason) {
        let choice = choose(bytes, None);
        (choice.name(), choice.reason)
    }

    #[test]
    fn a_mark_wins_then_utf8_then_the_letters() {
        assert_eq!(
            name(b"\xef\xbb\xbfa"),
            ("UTF-8", EncodingReason::ByteOrderMark)
        );
        assert_eq!(
            name(b"\xff\xfea\0"),
            ("UTF-16LE", EncodingReason::ByteOrderMark)
        );
        assert_eq!(
            name(b"a\0;\0b\0\n\0"),
            ("UTF-16LE", EncodingReason::ZeroBytes)
        );
        assert_eq!(
            name(b"\0a\0;\0b\0\n"),
            ("UTF-16BE", EncodingReason::ZeroBytes)
        );
        assert_eq!(
            name("Núñez".as_bytes()),
            ("UTF-8", EncodingReason::ValidUtf8)
        );
        assert_eq!(
            name(b"N\xfa\xf1ez, Jos\xe9; a\xf1o"),
            ("windows-1252", EncodingReason::Guessed)
        );
        let polish = "zażółć gęślą jaźń; Łódź, Kraków, Wrocław, świętokrzyskie, półka, ilość, wysyłka, przyjęcie";
        assert_eq!(
            name(&encoding_rs::WINDOWS_1250.encode(polish).0),
            ("windows-1250", EncodingReason::Guessed)
        );
        assert_eq!(choose(b"\xa4\n", Some("iso-8859-15")).name(), "ISO-8859-15");
    }

    #[test]
    fn a_cut_character_at_the_end_is_utf8() {
        let mut cut = vec![b'a'; SAMPLE_BYTES - 1];
        cut.push(0xc3);
        assert_eq!(choose(&cut, None).reason, EncodingReason::ValidUtf8);
        cut.push(b';');
        assert_eq!(
            choose(&cut, None).reason,
            EncodingReason::ValidUtf8,
            "only the sample is looked at"
        );
        cut.remove(0);
        assert_eq!(choose(&cut, None).reason, EncodingReason::Guessed);
    }
}
