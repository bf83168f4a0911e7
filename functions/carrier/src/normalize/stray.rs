//! Bytes that belong to no transaction set, and interchanges that cannot be framed.

use std::{borrow::Cow, ops::Range};

use feed::Reason;
use ingest::Rejection;
use x12::{FramingError, FramingFault, Group, Interchange, LooksLike, Segment};

use super::envelope::around;

/// Bytes of the file, and where in the file they start.
#[derive(Debug, Clone, Copy)]
pub struct Window<'a> {
    /// The bytes.
    pub bytes: &'a [u8],
    /// Byte of the file at which they start.
    pub offset: u64,
}

impl<'a> Window<'a> {
    /// The part of it that lies in `range` of the file.
    pub(super) fn part(&self, range: &Range<u64>) -> &'a [u8] {
        let at = |offset: u64| {
            let index = offset.saturating_sub(self.offset);
            usize::try_from(index).map_or(self.bytes.len(), |index| index.min(self.bytes.len()))
        };
        let (start, end) = (at(range.start), at(range.end));
        &self.bytes[start.min(end)..end]
    }
}

/// What is kept of bytes that are no interchange.
#[must_use]
pub fn unframed<'a>(error: &FramingError, window: Window<'a>) -> Rejection<'a> {
    let reason = match error.fault {
        FramingFault::NotX12(LooksLike::Edifact | LooksLike::Zip) => Reason::Unsupported,
        _ => Reason::MalformedMessage,
    };
    Rejection {
        reason,
        place: format!("bytes {}..{}", error.lost.start, error.lost.end),
        detail: error.to_string(),
        raw: Cow::Borrowed(window.part(&error.lost)),
        record_key: None,
        message: None,
    }
}

/// Every run of bytes of the interchange that is in no set and in no segment of its envelopes, and what follows its IEA.
///
/// A set whose ST was damaged is such a run: nobody could say which set it was, but its bytes are kept.
pub(super) fn stray<'i, 'a>(
    interchange: &'i Interchange<'a>,
    covered: &[Range<u64>],
    window: Window<'a>,
) -> impl Iterator<Item = Rejection<'a>> + use<'i, 'a> {
    let terminator = interchange.header.delimiters().terminator;
    let gaps = gaps(covered, &interchange.span);
    let gaps: Vec<_> = gaps
        .into_iter()
        .chain(interchange.garbage.clone())
        .collect();
    gaps.into_iter().filter_map(move |gap| {
        let whole = window.part(&gap);
        let bytes = whole.trim_ascii();
        let lead = (whole.len() - whole.trim_ascii_start().len()) as u64;
        let gap = gap.start + lead..gap.start + lead + bytes.len() as u64;
        let says_nothing = is_filling(bytes, terminator.as_bytes());
        (!says_nothing).then(|| Rejection {
            reason: Reason::MalformedMessage,
            place: format!("bytes {}..{}", gap.start, gap.end),
            detail: "these bytes belong to no transaction set".to_owned(),
            raw: Cow::Borrowed(bytes),
            record_key: None,
            message: Some(around(interchange, group_at(interchange, gap.start), bytes)),
        })
    })
}

/// The ranges of the file that something accounts for, in order. A set that was cut off ends where the next thing starts:
/// the segment in which it was cut is its own.
pub(super) fn covered(interchange: &Interchange<'_>) -> Vec<Range<u64>> {
    let of = |segment: &Segment<'_>| {
        let start = segment.place().offset;
        start..start + segment.raw().len() as u64
    };
    let mut covered = vec![of(interchange.header.segment())];
    covered.extend(interchange.trailer.iter().map(of));
    covered.extend(interchange.ta1.iter().map(of));
    for group in &interchange.groups {
        covered.extend(group.header.iter().chain(&group.trailer).map(of));
        let sets = group.sets.iter();
        covered.extend(sets.map(|set| set.offset()..set.offset() + set.bytes().len() as u64));
    }
    covered.sort_by_key(|range| range.start);
    for set in interchange.sets().filter(|set| !set.is_complete()) {
        let after = covered.partition_point(|range| range.start <= set.offset());
        let next = covered
            .get(after)
            .map_or(interchange.span.end, |next| next.start);
        if let Some(own) = after.checked_sub(1).and_then(|own| covered.get_mut(own)) {
            own.end = own.end.max(next);
        }
    }
    covered
}

/// The group that a byte of the file stands in, which one at its end may be behind.
fn group_at<'i, 'a>(interchange: &'i Interchange<'a>, offset: u64) -> Option<&'i Group<'a>> {
    let started = |group: &&Group<'_>| {
        let header = group.header.as_ref();
        header.is_some_and(|header| header.place().offset < offset)
    };
    interchange.groups.iter().rev().find(started)
}

fn gaps(covered: &[Range<u64>], span: &Range<u64>) -> Vec<Range<u64>> {
    let mut gaps = Vec::new();
    let mut at = span.start;
    for range in covered {
        if range.start > at {
            gaps.push(at..range.start);
        }
        at = at.max(range.end);
    }
    if span.end > at {
        gaps.push(at..span.end);
    }
    gaps
}

/// Whether there is nothing but terminators and blanks.
fn is_filling(mut bytes: &[u8], terminator: &[u8]) -> bool {
    loop {
        match bytes.first() {
            None => return true,
            Some(byte) if byte.is_ascii_whitespace() || matches!(byte, 0 | 0x1a) => {
                bytes = &bytes[1..];
            }
            Some(_) => match bytes.strip_prefix(terminator) {
                Some(rest) => bytes = rest,
                None => return false,
            },
        }
    }
}
