//! The smallest interchange that brings a part of one in again.

use std::sync::Arc;

use x12::{Delimiters, Group, Interchange};

/// The envelope of the interchange, and of the group if there is one, around this part and nothing else. The part stands in
/// it as it is.
///
/// Headers are as they came, since keys, versions and clocks are read from them. Trailers are new, because theirs count
/// what is not here.
pub(super) fn around(
    interchange: &Interchange<'_>,
    group: Option<&Group<'_>>,
    part: &[u8],
) -> Arc<[u8]> {
    let delimiters = interchange.header.delimiters();
    let isa = interchange.header.segment();
    let gs = group.and_then(|group| group.header.as_ref());
    let mut message = Vec::with_capacity(part.len() + 256);
    segment(&mut message, &delimiters, &[isa.raw()]);
    if let Some(gs) = gs {
        segment(&mut message, &delimiters, &[gs.raw()]);
    }
    message.extend_from_slice(part);
    let terminator = delimiters.terminator.as_bytes();
    if !part.trim_ascii_end().ends_with(terminator) {
        message.extend_from_slice(terminator);
    }
    message.push(b'\n');
    if let Some(gs) = gs {
        let control = gs.text(6).unwrap_or_default();
        segment(
            &mut message,
            &delimiters,
            &[b"GE", b"1", control.as_bytes()],
        );
    }
    let groups: &[u8] = if gs.is_some() { b"1" } else { b"0" };
    let control = isa.text(13).unwrap_or_default();
    segment(
        &mut message,
        &delimiters,
        &[b"IEA", groups, control.as_bytes()],
    );
    message.into()
}

fn segment(message: &mut Vec<u8>, delimiters: &Delimiters, elements: &[&[u8]]) {
    for (index, element) in elements.iter().enumerate() {
        if index > 0 {
            message.extend_from_slice(delimiters.element.as_bytes());
        }
        message.extend_from_slice(element);
    }
    let terminator = delimiters.terminator.as_bytes();
    message.extend_from_slice(terminator);
    if !terminator.ends_with(b"\n") {
        message.push(b'\n');
    }
}

/// The interchange with the part ending where a segment ends: whoever corrects a set may leave out its last terminator,
/// and one who corrects a segment may write it twice.
#[must_use]
pub fn seamed(message: &[u8], part: &[u8], terminator: &[u8]) -> Vec<u8> {
    let found = message
        .windows(part.len().max(1))
        .position(|window| window == part);
    let Some(at) = found else {
        return message.to_vec();
    };
    let (before, rest) = message.split_at(at);
    let (part, after) = rest.split_at(part.len());
    let is_ended =
        |bytes: &[u8]| terminator.is_empty() || bytes.trim_ascii_end().ends_with(terminator);
    let next = after.trim_ascii_start();
    match (is_ended(part), next.strip_prefix(terminator)) {
        (true, Some(next)) if !terminator.is_empty() => [before, part, next].concat(),
        (false, None) => [before, part.trim_ascii_end(), terminator, after].concat(),
        _ => message.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_ends_where_a_segment_ends() {
        let seamed = |message: &str, part: &str| {
            let bytes = seamed(message.as_bytes(), part.as_bytes(), b"~");
            String::from_utf8(bytes).unwrap()
        };
        let whole = "ISA~\nST~SE~\nGE~";
        assert_eq!(seamed(whole, "ST~SE~"), whole);
        assert_eq!(seamed("ISA~\nST~SE\nGE~", "ST~SE"), whole);
        assert_eq!(seamed("ST~AT7~~SE~", "AT7~"), "ST~AT7~SE~");
        assert_eq!(seamed("ST~AT7~SE~", "AT7"), "ST~AT7~SE~");
        assert_eq!(seamed("ISA~", "none"), "ISA~");
        assert_eq!(seamed("", ""), "");
    }
}
