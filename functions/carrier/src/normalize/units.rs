//! One interchange, set by set.

use std::{borrow::Cow, ops::Range, sync::Arc};

use feed::Reason;
use ingest::{Message, Normalized, Rejection};
use record::QualityFlag;
use x12::{Answer, Fault, Finding, Group, Interchange, Policy, Segment, TransactionSet, Verdict};

use super::{
    answer::{Outgoing, to_997, to_ta1},
    envelope::around,
    invoice,
    made::{Made, doubted},
    parked::park,
    receipt,
    sent::Sent,
    status,
    stray::{Window, covered, stray},
    tender,
};
use crate::config::{Partner, Partners};

/// Findings told in one dead letter.
const FINDINGS_MAX: usize = 8;

/// The units of an interchange in order, a limited number at a time, and the answers to it at the end.
#[derive(Debug)]
pub struct Units<'i, 'a> {
    interchange: &'i Interchange<'a>,
    window: Window<'a>,
    partner: &'a Partner,
    sent: Sent<'a>,
    started: bool,
    /// What of the file is accounted for, in order.
    covered: Vec<Range<u64>>,
    /// The interchange is rejected as a whole, so that there is nothing in it to read.
    dead: bool,
    /// Which group and which set of it come next.
    group: usize,
    set: usize,
    /// Sets gone through so far.
    sets_done: u64,
    /// Sets that an earlier run has taken in; they are read for the answer only.
    skip: u64,
    open: Option<(Sent<'a>, Answer<'i, 'a>)>,
    outgoing: Vec<Outgoing<'a>>,
    segments: Vec<Segment<'a>>,
}

impl<'i, 'a> Units<'i, 'a> {
    /// The units of an interchange, which stands in `window`. The first `skip` sets are not given out again.
    #[must_use]
    pub fn new(
        message: &'a Message<'a>,
        interchange: &'i Interchange<'a>,
        window: Window<'a>,
        partners: &'a Partners,
        skip: u64,
    ) -> Self {
        let sender = interchange.header.segment().text(6).unwrap_or_default();
        let partner = partners.of(&sender);
        let zones = partners.zones();
        Self {
            sent: Sent::of_interchange(message, &interchange.header, partner, zones),
            dead: interchange.verdict(partner.policy) == Verdict::Reject,
            interchange,
            window,
            partner,
            started: false,
            covered: covered(interchange),
            group: 0,
            set: 0,
            sets_done: 0,
            skip,
            open: None,
            outgoing: Vec::new(),
            segments: Vec::new(),
        }
    }

    /// The next units: sets until there are `most` records and rejections. `None` when there are no more.
    pub fn next_units(&mut self, most: usize) -> Option<Normalized<'a>> {
        let mut units = Normalized::default();
        if !self.started {
            self.started = true;
            self.begin(&mut units);
        }
        // At least one set each time, so that whoever has little time gets on.
        while self.step(&mut units) && units.records.len() + units.rejections.len() < most {}
        let nothing = units.records.is_empty() && units.rejections.is_empty();
        (!nothing).then_some(units)
    }

    /// Sets gone through so far, the skipped ones included.
    #[must_use]
    pub fn sets_done(&self) -> u64 {
        self.sets_done
    }

    /// Whether every set was gone through.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.dead || self.group >= self.interchange.groups.len()
    }

    /// The answers, once there are no more units.
    #[must_use]
    pub fn into_outgoing(self) -> Vec<Outgoing<'a>> {
        self.outgoing
    }

    /// What is said of the interchange as a whole; an earlier run has taken that in.
    fn begin(&mut self, units: &mut Normalized<'a>) {
        if self.partner.acknowledge {
            let ta1 = to_ta1(&self.sent, self.interchange, self.window);
            self.outgoing.extend(ta1);
        }
        if self.skip > 0 {
            return;
        }
        if self.dead {
            units.rejections.push(self.whole_interchange());
            return;
        }
        for segment in &self.interchange.ta1 {
            match receipt::of_ta1(&self.sent, segment) {
                Some(record) => units.records.push(record),
                None => units.rejections.push(self.unreadable_ta1(segment)),
            }
        }
        let stray = stray(self.interchange, &self.covered, self.window);
        units.rejections.extend(stray);
    }

    /// Goes through one set, or ends a group. `false` when nothing is left.
    fn step(&mut self, units: &mut Normalized<'a>) -> bool {
        let interchange = self.interchange;
        let Some(group) = interchange.groups.get(self.group).filter(|_| !self.dead) else {
            return false;
        };
        let (sent, mut answer) = self.open.take().unwrap_or_else(|| self.begin_group(group));
        match group.sets.get(self.set) {
            Some(set) => {
                let made = self.set_units(&sent, (group, set), &mut answer);
                self.sets_done += 1;
                self.set += 1;
                if self.sets_done > self.skip {
                    units.records.extend(made.records);
                    units.rejections.extend(made.rejections);
                }
                self.open = Some((sent, answer));
            }
            None => {
                if self.partner.acknowledge {
                    let group = (self.group, group);
                    let outgoing = to_997(&sent, interchange, group, &answer);
                    self.outgoing.extend(outgoing);
                }
                self.group += 1;
                self.set = 0;
            }
        }
        true
    }

    fn begin_group(&self, group: &'i Group<'a>) -> (Sent<'a>, Answer<'i, 'a>) {
        let mut answer = Answer::new(group, self.partner.policy);
        if group.header.is_some() && !group.is_acknowledgement() && !self.takes_version(group) {
            answer.unsupported_version();
        }
        (self.sent.of_group(group), answer)
    }

    /// Everything that looks like a version of X12 is read, since the sets are read leniently anyway. Some senders leave
    /// out GS08, or digits of it.
    fn takes_version(&self, group: &Group<'_>) -> bool {
        match self.partner.policy {
            Policy::Strict => group.version().is_some(),
            Policy::Lenient => {
                let first = group.version_text().bytes().next();
                first.is_none_or(|first| first.is_ascii_digit())
            }
        }
    }

    fn set_units(
        &mut self,
        sent: &Sent<'a>,
        (group, set): (&Group<'a>, &TransactionSet<'a>),
        answer: &mut Answer<'i, 'a>,
    ) -> Normalized<'a> {
        self.segments.clear();
        self.segments.extend(set.segments());
        let index = self.set;
        let made = read(sent, set, &self.segments);
        if made.unsupported.is_some() {
            answer.unsupported_set(index);
        }
        for finding in made.findings.iter().cloned() {
            answer.add(index, finding);
        }
        if answer.set_verdict(index) == Verdict::Reject {
            return Normalized {
                records: Vec::new(),
                rejections: vec![self.whole_set(sent, (group, set), &made, answer)],
            };
        }
        let miscounted = set
            .findings
            .iter()
            .any(|finding| finding.fault == Fault::SetCount);
        let doubts = if miscounted {
            &[QualityFlag::Count][..]
        } else {
            &[]
        };
        let records = made.records.into_iter();
        let mut rejections = made.broken;
        if !rejections.is_empty() {
            let message = around(self.interchange, Some(group), set.bytes());
            for part in &mut rejections {
                part.message = Some(Arc::clone(&message));
            }
        }
        Normalized {
            records: records.map(|record| doubted(record, doubts)).collect(),
            rejections,
        }
    }

    fn whole_set(
        &self,
        sent: &Sent<'a>,
        (group, set): (&Group<'a>, &TransactionSet<'a>),
        made: &Made<'a>,
        answer: &Answer<'_, '_>,
    ) -> Rejection<'a> {
        let (of_group, _) = answer.findings();
        let of_set = set.findings.iter().chain(&made.findings);
        let (reason, detail) = match &made.unsupported {
            Some(what) if set.is_complete() => (Reason::Unsupported, what.clone()),
            _ => {
                let problem = made.problem.iter().cloned();
                let policy = self.partner.policy;
                let deadly = |finding: &&Finding| policy.verdict(finding) == Verdict::Reject;
                let of_group = of_group.iter().filter(deadly);
                let findings = self.told(of_set.chain(of_group));
                let all: Vec<String> = problem.chain(findings).take(FINDINGS_MAX).collect();
                (Reason::InvalidUnit, all.join("; "))
            }
        };
        let start = set.offset();
        let index = self
            .covered
            .binary_search_by_key(&start, |range| range.start);
        let own = index.ok().and_then(|index| self.covered.get(index));
        let range = own
            .cloned()
            .unwrap_or(start..start + set.bytes().len() as u64);
        let raw = self.window.part(&range).trim_ascii_end();
        Rejection {
            reason,
            place: sent.place_of(set, range.end),
            detail,
            raw: Cow::Borrowed(raw),
            record_key: made
                .records
                .first()
                .map(|record| record.key().as_str().to_owned()),
            message: Some(around(self.interchange, Some(group), raw)),
        }
    }

    fn whole_interchange(&self) -> Rejection<'a> {
        let Interchange { span, findings, .. } = self.interchange;
        let told: Vec<String> = self.told(findings).take(FINDINGS_MAX).collect();
        Rejection {
            reason: Reason::MalformedMessage,
            place: format!(
                "interchange {}, bytes {}..{}",
                self.sent.isa13, span.start, span.end
            ),
            detail: told.join("; "),
            raw: Cow::Borrowed(self.window.part(span)),
            record_key: None,
            message: None,
        }
    }

    fn unreadable_ta1(&self, segment: &Segment<'a>) -> Rejection<'a> {
        let place = segment.place();
        let end = place.offset + segment.raw().len() as u64;
        Rejection {
            reason: Reason::InvalidUnit,
            place: format!(
                "interchange {}, segment {}, bytes {}..{end}",
                self.sent.isa13, place.segment, place.offset
            ),
            detail: "the TA1 does not say what became of which interchange".to_owned(),
            raw: Cow::Borrowed(segment.raw()),
            record_key: None,
            message: Some(around(self.interchange, None, segment.raw())),
        }
    }

    /// The findings that cost something.
    fn told<'f>(
        &self,
        findings: impl IntoIterator<Item = &'f Finding>,
    ) -> impl Iterator<Item = String> {
        let policy = self.partner.policy;
        let costly = findings
            .into_iter()
            .filter(move |finding| policy.verdict(finding) > Verdict::Note);
        costly.map(Finding::to_string)
    }
}

fn read<'a>(sent: &Sent<'a>, set: &TransactionSet<'a>, segments: &[Segment<'a>]) -> Made<'a> {
    match &*set.id() {
        "214" => status::normalize(sent, set, segments),
        "210" => invoice::normalize(sent, set, segments),
        "990" => tender::normalize(sent, set, segments),
        "997" | "999" => receipt::normalize(sent, set, segments),
        id => park(id, segments),
    }
}
