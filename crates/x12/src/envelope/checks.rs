//! What can only be said of a whole envelope, and tests on single segments.

use std::{borrow::Cow, collections::HashSet, mem};

use super::{Envelope, Read};
use crate::{
    fault::{ElementFault, Fault},
    finding::Finding,
    flag::Flag,
    group::Group,
    header::{Framing, Header},
    interchange::Interchange,
    limits::Limits,
    scan::Cut,
    segment::Context,
    text::{Agreement, count},
};

/// Values that are compared with each other faster than they are hashed.
const FEW: usize = 24;

impl<'a> Envelope<'a, '_> {
    pub(super) fn find(&mut self, finding: Finding) {
        let mut findings = mem::take(&mut self.findings);
        self.keep(&mut findings, || finding);
        self.findings = findings;
    }

    pub(super) fn keep(&mut self, findings: &mut Vec<Finding>, finding: impl FnOnce() -> Finding) {
        if self.kept < self.limits.findings {
            self.kept += 1;
            findings.push(finding());
        } else {
            self.flags.raise(Flag::FindingsCut);
        }
    }

    pub(super) fn finish(mut self, start: usize, end: usize) -> Read<'a> {
        self.cut_off_set(self.end);
        self.cut_off_group();
        self.check_groups();
        self.check_header();
        self.check_trailer();
        let interchange = Interchange {
            header: Header::new(self.header),
            trailer: self.trailer,
            ta1: self.ta1,
            groups: self.groups,
            findings: self.findings,
            flags: self.flags,
            garbage: None,
            span: self.base + start as u64..self.base + end as u64,
            segment_count: self.number,
        };
        Read { interchange, end }
    }

    fn check_groups(&mut self) {
        let mut groups = mem::take(&mut self.groups);
        for index in repeated(groups.iter().map(Group::control)) {
            let mut findings = mem::take(&mut groups[index].findings);
            if let Some(header) = &groups[index].header {
                self.keep(&mut findings, || {
                    Finding::about(Fault::GroupControlRepeated, header, 6)
                });
            }
            groups[index].findings = findings;
        }
        self.groups = groups;
    }

    fn check_header(&mut self) {
        let header = self.header.clone();
        let wrong = [
            (9, Fault::InterchangeDate, header.element(9).date().is_err()),
            (
                10,
                Fault::InterchangeTime,
                header.element(10).time().is_err(),
            ),
            (
                13,
                Fault::InterchangeControlNumber,
                count(header.element(13).bytes()).is_none(),
            ),
        ];
        for (number, fault, _) in wrong.iter().filter(|(.., wrong)| *wrong) {
            self.find(Finding::about(*fault, &header, *number));
        }
    }

    fn check_trailer(&mut self) {
        let Some(trailer) = self.trailer.clone() else {
            let header = self.header.clone();
            self.find(Finding::at(Fault::InterchangeTrailerMissing, &header));
            return;
        };
        let header = self.header.clone();
        let control = header.element(13);
        let groups = self
            .groups
            .iter()
            .filter(|group| group.header.is_some())
            .count();
        match Agreement::of(control.bytes(), trailer.element(2).bytes()) {
            Agreement::Same => {}
            Agreement::Padding => self.find(
                Finding::about(Fault::InterchangeControlPadding, &trailer, 2)
                    .expecting(control.text()),
            ),
            Agreement::Different => {
                self.find(
                    Finding::about(Fault::InterchangeControl, &trailer, 2)
                        .expecting(control.text()),
                );
            }
        }
        if count(trailer.element(1).bytes()) != Some(groups as u64) {
            self.find(
                Finding::about(Fault::InterchangeCount, &trailer, 1).expecting(groups.to_string()),
            );
        }
    }
}

/// Place of a readable ISA at the start of a line inside of a segment.
pub(super) fn interchange_inside(bytes: &[u8], cut: &Cut<'_>) -> Option<usize> {
    let mut lines = cut.raw.windows(4).enumerate();
    lines.find_map(|(index, window)| {
        let at = cut.start + index + 1;
        let found = matches!(window, [b'\r' | b'\n', b'I', b'S', b'A'])
            && Framing::read(&bytes[at..]).is_ok();
        found.then_some(at)
    })
}

/// Whether a segment is beyond the limits. Elements are counted only where there can be too many.
pub(super) fn excess(bytes: &[u8], context: Context, limits: &Limits) -> Option<ElementFault> {
    if bytes.len() > limits.segment_bytes {
        return Some(ElementFault::TooLong);
    }
    let most = usize::from(limits.elements);
    if bytes.len() <= most {
        return None;
    }
    let separator = context.delimiters.element.as_bytes()[0];
    let elements = bytes.iter().filter(|byte| **byte == separator).count();
    (elements > most).then_some(ElementFault::TooMany)
}

/// Indices of the values that an earlier one equals; empty values are not compared.
pub(super) fn repeated<'v>(values: impl Iterator<Item = Cow<'v, str>>) -> Vec<usize> {
    let values: Vec<Cow<'v, str>> = values.collect();
    let given = |index: &usize| !values[*index].is_empty();
    let indices = (0..values.len()).filter(given);
    if values.len() <= FEW {
        return indices
            .filter(|index| values[..*index].contains(&values[*index]))
            .collect();
    }
    let mut seen = HashSet::new();
    indices
        .filter(|index| !seen.insert(&values[*index]))
        .collect()
}
