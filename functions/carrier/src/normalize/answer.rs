//! What we say of what partners send: the 997 of a group, the TA1 of an interchange.
//!
//! An answer is a pure function of what it answers: its control numbers and its date come from there. So the answer to a
//! group that comes again is the same bytes under the same name, and a crash before or after it is written costs nothing.

use record::{AckDirection, Body, EdiAck, Record, Source, Text};
use sha2::{Digest as _, Sha256};
use x12::{
    Answer, Date, Finding, Group, GroupVerdict, Interchange, Outbound, Policy, Style, Time,
    Verdict, write_ta1,
};

use super::{
    receipt::{ERRORS_MAX, UNNAMED},
    sent::Sent,
    stray::Window,
};

/// Highest control number.
const CONTROL_MAX: u32 = 999_999_999;

/// An answer to be written.
#[derive(Debug, Clone)]
pub struct Outgoing<'a> {
    /// Name of the blob, a function of what is answered.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What is recorded once the blob is there.
    pub record: Record<'a>,
}

/// The 997 of a group. `None` for a group that is an acknowledgement itself, or that has no header to answer to.
pub(super) fn to_997<'a>(
    sent: &Sent<'a>,
    interchange: &Interchange<'a>,
    (index, group): (usize, &Group<'a>),
    answer: &Answer<'_, 'a>,
) -> Option<Outgoing<'a>> {
    let digest = digest_of(interchange, group);
    let control = control(sent, Some(index));
    let outbound = Outbound {
        interchange_control: control,
        group_control: control,
        set_control: 1,
        ..outbound(
            group.date().and_then(Result::ok),
            group.time().and_then(Result::ok),
        )
    };
    let bytes = answer.to_997(&interchange.header, &outbound)?;
    let sets = group.sets.len();
    let rejected = |index: &usize| answer.set_verdict(*index) == Verdict::Reject;
    let accepted = sets - (0..sets).filter(rejected).count();
    let whole = |count: usize| i64::try_from(count).ok();
    let body = EdiAck {
        direction: AckDirection::Sent,
        partner: Text::from(sent.sender.clone()),
        isa13: Text::from(sent.isa13.clone()),
        gs06: Text::from(sent.gs06.clone()),
        status: Some(Text::from(code(answer.verdict()))),
        sets: whole(sets),
        accepted: whole(accepted),
        errors: errors(sent.partner.policy, group, answer),
        sent_at: sent.sent_at(),
        control_no: Some(Text::from(format!("{control:09}"))),
    };
    outgoing(sent, "997", &digest, bytes, body)
}

/// The TA1 of an interchange that asks for one, or that is rejected as a whole.
pub(super) fn to_ta1<'a>(
    sent: &Sent<'a>,
    interchange: &Interchange<'a>,
    window: Window<'a>,
) -> Option<Outgoing<'a>> {
    let policy = sent.partner.policy;
    let rejected = interchange.verdict(policy) == Verdict::Reject;
    let only_answers = interchange.groups.iter().all(Group::is_acknowledgement);
    if only_answers || !(rejected || interchange.header.wants_ta1()) {
        return None;
    }
    let digest = Sha256::digest(window.part(&interchange.span)).into();
    let control = control(sent, None);
    let header = &interchange.header;
    let outbound = Outbound {
        interchange_control: control,
        ..outbound(header.date().ok(), header.time().ok())
    };
    let bytes = write_ta1(interchange, policy, &outbound);
    let verdict = match interchange.verdict(policy) {
        Verdict::Note => "A",
        Verdict::Error => "E",
        Verdict::Reject => "R",
    };
    let told = told(policy, &interchange.findings);
    let body = EdiAck {
        direction: AckDirection::Sent,
        partner: Text::from(sent.sender.clone()),
        isa13: Text::from(sent.isa13.clone()),
        gs06: Text::from(UNNAMED),
        status: Some(Text::from(verdict)),
        sets: None,
        accepted: None,
        errors: told.take(ERRORS_MAX).map(Text::from).collect(),
        sent_at: sent.sent_at(),
        control_no: Some(Text::from(format!("{control:09}"))),
    };
    outgoing(sent, "TA1", &digest, bytes, body)
}

fn outgoing<'a>(
    sent: &Sent<'a>,
    kind: &str,
    digest: &[u8; 32],
    bytes: Vec<u8>,
    body: EdiAck<'a>,
) -> Option<Outgoing<'a>> {
    let name = format!(
        "{}/{kind}_{}_{}_{}.edi",
        file_name(&sent.sender),
        file_name(&sent.isa13),
        file_name(&body.gs06),
        hex(&digest[..8]),
    );
    let provenance = sent.provenance(name.clone(), None);
    let version = sent.version(None);
    // A partner without an id, or a group without a number, can be answered and not recorded.
    let record = Record::upsert(Source::Carrier, Body::EdiAck(body), version, provenance).ok()?;
    Some(Outgoing {
        name,
        bytes,
        record,
    })
}

/// Everything that the answer to a group depends on.
fn digest_of(interchange: &Interchange<'_>, group: &Group<'_>) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(interchange.header.segment().bytes());
    if let Some(segment) = &group.header {
        hash.update(segment.bytes());
    }
    for set in &group.sets {
        hash.update(set.bytes());
    }
    if let Some(segment) = &group.trailer {
        hash.update(segment.bytes());
    }
    hash.finalize().into()
}

/// The answer to the first group has the number of the interchange that it answers, which the partner does not give
/// twice; the others and TA1s get one from the control numbers of what they answer.
fn control(sent: &Sent<'_>, index: Option<usize>) -> u32 {
    let own = sent.isa13.parse().ok().filter(|_| index == Some(0));
    let own = own.filter(|control| (1..=CONTROL_MAX).contains(control));
    own.unwrap_or_else(|| {
        let answered = format!(
            "{}\u{1f}{}\u{1f}{}\u{1f}{index:?}\u{1f}{:?}",
            sent.sender, sent.isa13, sent.gs06, sent.shown
        );
        let digest = Sha256::digest(answered);
        u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]) % CONTROL_MAX + 1
    })
}

/// Dated as what it answers; the first of the year 2000 where that has no date.
fn outbound(date: Option<Date>, time: Option<Time>) -> Outbound {
    let day = date.or(Date::new(2000, 1, 1));
    let hour = time.or(Time::new(0, 0));
    Outbound {
        interchange_control: 1,
        group_control: 1,
        set_control: 1,
        date: day.expect("the first of January is a day of every year"),
        time: hour.expect("midnight is a time of every day"),
        style: Style::default(),
    }
}

fn code(verdict: GroupVerdict) -> &'static str {
    match verdict {
        GroupVerdict::Accepted => "A",
        GroupVerdict::AcceptedWithErrors => "E",
        GroupVerdict::Partly => "P",
        GroupVerdict::Rejected => "R",
    }
}

fn errors(policy: Policy, group: &Group<'_>, answer: &Answer<'_, '_>) -> Vec<Text<'static>> {
    let (of_group, of_sets) = answer.findings();
    let of_sets = group.sets.iter().zip(of_sets).flat_map(|(set, findings)| {
        told(policy, findings).map(move |text| format!("{} {}: {text}", set.id(), set.control()))
    });
    told(policy, of_group)
        .chain(of_sets)
        .take(ERRORS_MAX)
        .map(Text::from)
        .collect()
}

/// The findings that the partner is told. Without their bytes: where in a file a group stands is no part of what it says.
fn told(policy: Policy, findings: &[Finding]) -> impl Iterator<Item = String> {
    let told = findings
        .iter()
        .filter(move |finding| policy.verdict(finding) > Verdict::Note);
    told.map(|finding| {
        let mut text = finding.segment.clone();
        if let Some(in_set) = finding.place.in_set {
            text.push_str(&format!(" at {in_set}"));
        }
        if let Some(element) = finding.place.element {
            text.push_str(&format!(", element {element}"));
        }
        text.push_str(&format!(": {}", finding.fault));
        if let Some(found) = &finding.found {
            text.push_str(&format!(" (found {found:?})"));
        }
        text
    })
}

/// What may stand in a blob's name.
fn file_name(text: &str) -> String {
    let kept = text.chars().take(40);
    let kept = kept.map(|c| if c.is_ascii_alphanumeric() { c } else { '-' });
    let name: String = kept.collect();
    if name.is_empty() {
        "-".to_owned()
    } else {
        name
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
