//! Fixed-length ASCII texts.

/// The digits of a text, when it is exactly `N` of them.
pub(crate) fn digits<const N: usize>(text: &str) -> Option<[u8; N]> {
    let bytes: [u8; N] = text.as_bytes().try_into().ok()?;
    bytes.iter().all(u8::is_ascii_digit).then_some(bytes)
}

/// ASCII bytes as text.
pub(crate) fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("only ASCII is ever stored")
}

/// The letters and digits of a text in upper case without blanks and hyphens, when they are at most `N` and ASCII.
pub(crate) fn compact<const N: usize>(text: &str) -> Option<([u8; N], usize)> {
    let mut bytes = [0; N];
    let mut length = 0;
    for byte in text
        .bytes()
        .filter(|byte| !matches!(byte, b' ' | b'-' | b'\t'))
    {
        if !byte.is_ascii_alphanumeric() {
            return None;
        }
        *bytes.get_mut(length)? = byte.to_ascii_uppercase();
        length += 1;
    }
    Some((bytes, length))
}
