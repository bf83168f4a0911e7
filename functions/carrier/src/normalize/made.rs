//! What is made of one transaction set.

use ingest::Rejection;
use record::{InvalidKey, QualityFlag, Record};
use x12::{ElementFault, Finding, Segment, SegmentFault};

/// Records, what is wrong with the set, and the parts of it that cannot become records while others can.
#[derive(Debug, Default)]
pub(super) struct Made<'a> {
    pub(super) records: Vec<Record<'a>>,
    /// What the sender is told; with it stands and falls the set.
    pub(super) findings: Vec<Finding>,
    pub(super) broken: Vec<Rejection<'a>>,
    /// Why the set is of no kind that is read here.
    pub(super) unsupported: Option<String>,
    /// What keeps a record from having a key, for a person.
    pub(super) problem: Option<String>,
}

impl<'a> Made<'a> {
    /// Notes that the set has no business key: element `number` of its beginning segment `id` is missing.
    pub(super) fn no_key(&mut self, segments: &[Segment<'_>], id: &str, number: u16) {
        let found = segments.iter().find(|segment| segment.is(id));
        let finding = match (found, segments.get(1).or(segments.first())) {
            (Some(segment), _) => {
                let error = segment.element(number).error(ElementFault::Missing);
                Finding::element(&error, false)
            }
            (None, Some(next)) => Finding::missing_segment(id, next, false),
            (None, None) => return,
        };
        self.findings.push(finding);
    }

    /// Notes that `id`, without which the set says nothing, is missing.
    pub(super) fn missing(&mut self, segments: &[Segment<'_>], id: &str) {
        if let Some(last) = segments.last() {
            self.findings
                .push(Finding::missing_segment(id, last, false));
        }
    }

    /// Notes a key that cannot be made of what the set says.
    pub(super) fn invalid_key(&mut self, segments: &[Segment<'_>], error: &InvalidKey) {
        self.problem = Some(error.to_string());
        if let Some(first) = segments.get(1).or(segments.first()) {
            let finding = Finding::segment(SegmentFault::Unexpected, first, false);
            self.findings.push(finding);
        }
    }
}

/// The record with all doubts about it.
pub(super) fn doubted<'a>(record: Record<'a>, doubts: &[QualityFlag]) -> Record<'a> {
    doubts
        .iter()
        .fold(record, |record, doubt| record.with_quality(*doubt))
}
