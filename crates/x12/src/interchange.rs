//! ISA to IEA.

use std::ops::Range;

use crate::{
    finding::Finding,
    flag::Flags,
    group::Group,
    header::Header,
    policy::{Policy, Verdict},
    segment::Segment,
    transaction_set::TransactionSet,
};

/// One interchange with its groups, checked as a whole.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Interchange<'a> {
    /// ISA.
    pub header: Header<'a>,
    /// IEA; `None` if it is missing.
    pub trailer: Option<Segment<'a>>,
    /// TA1 segments: what the partner says of our interchanges. Read them with [`crate::Ta1::read`].
    pub ta1: Vec<Segment<'a>>,
    /// The functional groups in order. None in an interchange that carries TA1 only.
    pub groups: Vec<Group<'a>>,
    /// What is wrong with its envelope.
    pub findings: Vec<Finding>,
    /// How it was written.
    pub flags: Flags,
    /// Bytes of the file after the IEA that belong to no interchange.
    pub garbage: Option<Range<u64>>,
    /// Bytes of the file from ISA to the end of the IEA.
    pub span: Range<u64>,
    /// Segments counted, ISA and IEA included.
    pub segment_count: u32,
}

impl<'a> Interchange<'a> {
    /// What the policy says of the interchange itself; its groups are judged by [`crate::Answer`].
    /// A rejected one is dead as a whole.
    #[must_use]
    pub fn verdict(&self, policy: Policy) -> Verdict {
        policy.worst(&self.findings)
    }

    /// TA105 of the worst finding, 0 if there is none to tell.
    #[must_use]
    pub fn note(&self, policy: Policy) -> u16 {
        let told = self
            .findings
            .iter()
            .filter(|finding| policy.verdict(finding) > Verdict::Note);
        let worst =
            told.max_by_key(|finding| (policy.verdict(finding), std::cmp::Reverse(finding.code())));
        match worst.map(Finding::code) {
            Some(crate::Code::Ta1(note)) => note,
            _ => 0,
        }
    }

    /// All transaction sets of all groups.
    pub fn sets(&self) -> impl Iterator<Item = &TransactionSet<'a>> {
        self.groups.iter().flat_map(|group| &group.sets)
    }
}
