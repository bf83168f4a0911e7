//! Loops: runs of segments that start with the same id.

use crate::segment::Segment;

/// The segments before the first `first` segment; all if there is none.
#[must_use]
pub fn heading<'s, 'a>(segments: &'s [Segment<'a>], first: &str) -> &'s [Segment<'a>] {
    &segments[..start_of(segments, &[first])]
}

/// The runs of segments that start with `first`, up to the first segment named in `until` (the summary, `L3` or `SE`).
#[must_use]
pub fn loops<'s, 'a, 'n>(
    segments: &'s [Segment<'a>],
    first: &'n str,
    until: &[&str],
) -> Loops<'s, 'a, 'n> {
    let from_first = &segments[start_of(segments, &[first])..];
    let rest = &from_first[..start_of(from_first, until)];
    Loops { rest, first }
}

fn start_of(segments: &[Segment<'_>], ids: &[&str]) -> usize {
    segments
        .iter()
        .position(|segment| ids.iter().any(|id| segment.is(id)))
        .unwrap_or(segments.len())
}

/// Iterator of [`loops`]; every item starts with its loop's first segment.
#[derive(Clone, Debug)]
pub struct Loops<'s, 'a, 'n> {
    rest: &'s [Segment<'a>],
    first: &'n str,
}

impl<'s, 'a> Iterator for Loops<'s, 'a, '_> {
    type Item = &'s [Segment<'a>];

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let end = 1 + start_of(&self.rest[1..], &[self.first]);
        let (one, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some(one)
    }
}
