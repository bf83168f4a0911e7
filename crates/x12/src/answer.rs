//! Our 997: what becomes of an inbound group, decided from findings and written byte for byte.

use crate::{
    fault::{Code, Fault},
    finding::Finding,
    group::Group,
    header::Header,
    policy::{Policy, Verdict},
    write::{Outbound, Writer},
};

/// Syntax error codes that an AK5 or AK9 has room for.
const CODES_MAX: usize = 5;
/// Characters of AK301, the segment's id.
const SEGMENT_ID_MAX: usize = 3;
/// Characters of AK101, the group's functional id.
const FUNCTIONAL_ID_MAX: usize = 2;
/// Characters of AK201, the set's id.
const SET_ID_MAX: usize = 3;
/// Characters of a control number.
const CONTROL_MAX: usize = 9;
/// Characters of AK404, the copy of bad data.
const COPY_MAX: usize = 99;

/// Collects what is wrong with a group and its sets, and answers with a 997.
#[derive(Clone, Debug)]
pub struct Answer<'i, 'a> {
    group: &'i Group<'a>,
    policy: Policy,
    group_findings: Vec<Finding>,
    set_findings: Vec<Vec<Finding>>,
}

/// AK901: what becomes of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GroupVerdict {
    /// Every set is accepted and nothing is wrong (A).
    Accepted,
    /// Every set is accepted, something is wrong (E).
    AcceptedWithErrors,
    /// Some sets are rejected (P).
    Partly,
    /// Every set is rejected, or the group itself (R).
    Rejected,
}

impl GroupVerdict {
    fn code(self) -> &'static str {
        match self {
            Self::Accepted => "A",
            Self::AcceptedWithErrors => "E",
            Self::Partly => "P",
            Self::Rejected => "R",
        }
    }
}

impl<'i, 'a> Answer<'i, 'a> {
    /// Starts with the findings of the envelopes.
    #[must_use]
    pub fn new(group: &'i Group<'a>, policy: Policy) -> Self {
        Self {
            group,
            policy,
            group_findings: group.findings.clone(),
            set_findings: group.sets.iter().map(|set| set.findings.clone()).collect(),
        }
    }

    /// Adds what the caller found in the body of set `index` of the group. An index that is not there changes nothing.
    pub fn add(&mut self, index: usize, finding: Finding) {
        if let Some(findings) = self.set_findings.get_mut(index) {
            findings.push(finding);
        }
    }

    /// The receiver has no use for set `index`: its ST01 is not one that it takes.
    pub fn unsupported_set(&mut self, index: usize) {
        if let Some(set) = self.group.sets.get(index) {
            self.add(index, Finding::about(Fault::SetUnsupported, &set.header, 1));
        }
    }

    /// The receiver does not take the group's version.
    pub fn unsupported_version(&mut self) {
        if let Some(header) = &self.group.header {
            let finding = Finding::about(Fault::GroupVersion, header, 8);
            self.group_findings.push(finding);
        }
    }

    /// What becomes of set `index`.
    #[must_use]
    pub fn set_verdict(&self, index: usize) -> Verdict {
        if self.policy.worst(&self.group_findings) == Verdict::Reject {
            return Verdict::Reject;
        }
        self.own_verdict(index)
    }

    fn own_verdict(&self, index: usize) -> Verdict {
        let findings = self.set_findings.get(index);
        findings.map_or(Verdict::Reject, |findings| self.policy.worst(findings))
    }

    fn accepted(&self) -> usize {
        let sets = 0..self.set_findings.len();
        sets.filter(|index| self.set_verdict(*index) != Verdict::Reject)
            .count()
    }

    /// What becomes of the group.
    #[must_use]
    pub fn verdict(&self) -> GroupVerdict {
        let sets = self.set_findings.len();
        let accepted = self.accepted();
        let group = self.policy.worst(&self.group_findings);
        let clean = (0..sets).all(|index| self.set_verdict(index) == Verdict::Note);
        if group == Verdict::Reject || (accepted == 0 && sets > 0) {
            GroupVerdict::Rejected
        } else if accepted < sets {
            GroupVerdict::Partly
        } else if group == Verdict::Error || !clean {
            GroupVerdict::AcceptedWithErrors
        } else {
            GroupVerdict::Accepted
        }
    }

    /// All findings: of the group, and of each set in order.
    pub fn findings(&self) -> (&[Finding], impl Iterator<Item = &[Finding]>) {
        (
            &self.group_findings,
            self.set_findings.iter().map(Vec::as_slice),
        )
    }

    /// An interchange with one 997, addressed to the sender of `header`. The same input gives the same bytes.
    ///
    /// `None` for a group that is an acknowledgement itself, and for sets outside of any group.
    #[must_use]
    pub fn to_997(&self, header: &Header<'_>, outbound: &Outbound) -> Option<Vec<u8>> {
        if self.group.is_acknowledgement() || self.group.header.is_none() {
            return None;
        }
        let mut writer = Writer::new(outbound.style);
        writer.isa(header, outbound);
        writer.begin_997(self.group, outbound);
        let (id, control) = (self.group.functional_id(), self.group.control());
        writer.texts(
            "AK1",
            &[
                clipped(&id, FUNCTIONAL_ID_MAX),
                clipped(&control, CONTROL_MAX),
            ],
        );
        for (index, set) in self.group.sets.iter().enumerate() {
            let (id, control) = (set.id(), set.control());
            writer.texts(
                "AK2",
                &[clipped(&id, SET_ID_MAX), clipped(&control, CONTROL_MAX)],
            );
            self.write_set(&mut writer, index);
        }
        self.write_group(&mut writer);
        writer.end_997(outbound);
        Some(writer.into_bytes())
    }

    fn write_set(&self, writer: &mut Writer, index: usize) {
        let told: Vec<&Finding> = self.told(&self.set_findings[index]);
        let in_body = write_body(writer, &told);
        let mut codes = codes(&told, |code| match code {
            Code::Ak502(code) => Some(code),
            Code::None | Code::Ta1(_) | Code::Ak905(_) | Code::Ak304(_) | Code::Ak403(_) => None,
        });
        if in_body && !codes.contains(&5) {
            codes.push(5);
        }
        let verdict = match self.set_verdict(index) {
            Verdict::Note => "A",
            Verdict::Error => "E",
            Verdict::Reject => "R",
        };
        write_codes(writer, "AK5", &[verdict], &codes);
    }

    fn write_group(&self, writer: &mut Writer) {
        let codes = codes(&self.told(&self.group_findings), |code| match code {
            Code::Ak905(code) => Some(code),
            Code::None | Code::Ta1(_) | Code::Ak502(_) | Code::Ak304(_) | Code::Ak403(_) => None,
        });
        let received = self.group.sets.len().to_string();
        let trailer = self.group.trailer.as_ref();
        let sent = trailer.and_then(|trailer| crate::text::count(trailer.element(1).bytes()));
        let sent = sent.map_or_else(|| received.clone(), |sent| sent.to_string());
        let counts = [
            self.verdict().code(),
            &sent,
            &received,
            &self.accepted().to_string(),
        ];
        write_codes(writer, "AK9", &counts, &codes);
    }

    /// The findings that are worth telling.
    fn told<'f>(&self, findings: &'f [Finding]) -> Vec<&'f Finding> {
        let told = findings
            .iter()
            .filter(|finding| self.policy.verdict(finding) > Verdict::Note);
        told.collect()
    }
}

/// The codes of one kind, each once, in the order in which they were found.
fn codes(findings: &[&Finding], kind: impl Fn(Code) -> Option<u8>) -> Vec<u8> {
    let mut codes = Vec::new();
    for code in findings.iter().filter_map(|finding| kind(finding.code())) {
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    codes
}

fn write_codes(writer: &mut Writer, id: &str, first: &[&str], codes: &[u8]) {
    let codes: Vec<String> = codes.iter().take(CODES_MAX).map(u8::to_string).collect();
    let mut elements = first.to_vec();
    elements.extend(codes.iter().map(String::as_str));
    writer.texts(id, &elements);
}

/// Writes an AK3 for each segment with findings, and its AK4s. Says whether there was one.
fn write_body(writer: &mut Writer, told: &[&Finding]) -> bool {
    let mut body: Vec<&Finding> = told
        .iter()
        .copied()
        .filter(|finding| matches!(finding.fault, Fault::Segment(_) | Fault::Element(_)))
        .collect();
    // A fault of the segment itself stands before those of its elements; findings of one place keep their order.
    body.sort_by_key(|finding| {
        let element = matches!(finding.fault, Fault::Element(_));
        (
            finding.place.in_set,
            element,
            finding.place.element,
            finding.place.component,
        )
    });
    let mut elements_of = None;
    for finding in &body {
        let position = finding
            .place
            .in_set
            .map_or_else(String::new, |number| number.to_string());
        match finding.code() {
            Code::Ak304(code) => {
                let id = clipped(&finding.segment, SEGMENT_ID_MAX);
                writer.texts("AK3", &[id, &position, "", &code.to_string()]);
            }
            Code::Ak403(code) => {
                if elements_of != Some(finding.place.in_set) {
                    let id = clipped(&finding.segment, SEGMENT_ID_MAX);
                    writer.texts("AK3", &[id, &position, "", "8"]);
                    elements_of = Some(finding.place.in_set);
                }
                write_element(writer, finding, code);
            }
            Code::None | Code::Ta1(_) | Code::Ak905(_) | Code::Ak502(_) => {}
        }
    }
    !body.is_empty()
}

/// The beginning of what the partner sent where our answer has room for so much: what is longer is told by a code.
fn clipped(text: &str, chars_max: usize) -> &str {
    let end = text.char_indices().nth(chars_max);
    end.map_or(text, |(end, _)| &text[..end])
}

fn write_element(writer: &mut Writer, finding: &Finding, code: u8) {
    let number = finding.place.element.unwrap_or(1).to_string();
    let copy: String = finding
        .found
        .as_deref()
        .unwrap_or("")
        .chars()
        .take(COPY_MAX)
        .collect();
    match finding.place.component {
        Some(component) => writer.composite(
            "AK4",
            (&number, &component.to_string()),
            &["", &code.to_string(), copy.trim()],
        ),
        None => writer.texts("AK4", &[&number, "", &code.to_string(), copy.trim()]),
    }
}
