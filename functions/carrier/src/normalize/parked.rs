//! Sets that are recognised and not read: kept with what they are about, and nothing guessed.

use std::fmt::Write as _;

use x12::Segment;

use super::{made::Made, vocabulary::set_name};
use crate::wire::Reference;

/// Most references told.
const REFERENCES_MAX: usize = 12;
/// Most characters told of the beginning segment.
const BEGINNING_MAX: usize = 120;

pub(super) fn park<'a>(id: &str, segments: &[Segment<'a>]) -> Made<'a> {
    let mut told = format!("{id}, {}", set_name(id));
    if let Some(beginning) = segments.get(1).filter(|segment| !segment.is("SE")) {
        let text = String::from_utf8_lossy(beginning.bytes());
        let text: String = text.chars().take(BEGINNING_MAX).collect();
        told.push_str("; ");
        told.push_str(&text);
    }
    let references = segments.iter().filter_map(Reference::read);
    for reference in references.take(REFERENCES_MAX) {
        let Reference { qualifier, value } = reference;
        write!(told, "; {qualifier} {value}").expect("a string takes everything");
    }
    Made {
        unsupported: Some(told),
        ..Made::default()
    }
}
