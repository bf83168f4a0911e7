//! What partners say of what we sent: 997, 999 and TA1.

use record::{AckDirection, Body, EdiAck, Record, Source, Text};
use x12::{Acknowledgement, Outcome, Segment, SetAcknowledgement, Ta1, TransactionSet};

use super::{made::Made, sent::Sent};

/// Stands for a control number that the answer does not name: a 997 names the group, a TA1 the interchange.
pub(super) const UNNAMED: &str = "-";
/// Most texts of what is wrong in one record.
pub(super) const ERRORS_MAX: usize = 100;

pub(super) fn normalize<'a>(
    sent: &Sent<'a>,
    set: &TransactionSet<'a>,
    segments: &[Segment<'a>],
) -> Made<'a> {
    let mut made = Made::default();
    let read = match Acknowledgement::read(set) {
        Ok(read) if !read.group_control.is_empty() => read,
        Ok(_) => {
            made.no_key(segments, "AK1", 2);
            return made;
        }
        Err(_) => {
            made.missing(segments, "AK1");
            return made;
        }
    };
    let [_, received, accepted] = read.counts;
    let whole = |count: Option<u64>| count.and_then(|count| i64::try_from(count).ok());
    let body = EdiAck {
        direction: AckDirection::Received,
        partner: Text::from(sent.sender.clone()),
        isa13: Text::from(UNNAMED),
        gs06: Text::from(read.group_control.clone()),
        status: read.outcome.map(|outcome| Text::from(code(outcome))),
        sets: whole(received),
        accepted: whole(accepted),
        errors: errors(&read),
        sent_at: sent.sent_at(),
        control_no: Some(Text::from(sent.isa13.clone())),
    };
    let provenance = sent.provenance(sent.place_of_set(set), None);
    let version = sent.version(Some(set));
    match Record::upsert(Source::Carrier, Body::EdiAck(body), version, provenance) {
        Ok(record) => made.records.push(record),
        Err(error) => made.invalid_key(segments, &error),
    }
    made
}

/// What a partner says of one of our interchanges. `None` if it cannot be read.
pub(super) fn of_ta1<'a>(sent: &Sent<'a>, segment: &Segment<'a>) -> Option<Record<'a>> {
    let ta1 = Ta1::read(segment).ok()?;
    let errors = match ta1.note {
        0 => Vec::new(),
        note => vec![Text::from(format!("TA105 {note:03}"))],
    };
    let body = EdiAck {
        direction: AckDirection::Received,
        partner: Text::from(sent.sender.clone()),
        isa13: Text::from(ta1.control),
        gs06: Text::from(UNNAMED),
        status: Some(Text::from(code(ta1.outcome))),
        sets: None,
        accepted: None,
        errors,
        sent_at: sent.sent_at(),
        control_no: Some(Text::from(sent.isa13.clone())),
    };
    let place = segment.place();
    let end = place.offset + segment.raw().len() as u64;
    let place = format!(
        "interchange {}, segment {}, bytes {}..{end}",
        sent.isa13, place.segment, place.offset
    );
    let provenance = sent.provenance(place, None);
    let version = sent.version(None);
    Record::upsert(Source::Carrier, Body::EdiAck(body), version, provenance).ok()
}

fn code(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Accepted => "A",
        Outcome::AcceptedWithErrors => "E",
        Outcome::Partly => "P",
        Outcome::Rejected => "R",
    }
}

fn errors(read: &Acknowledgement) -> Vec<Text<'static>> {
    let group = read.codes.iter().map(|code| format!("AK905 {code}"));
    let sets = read.sets.iter().flat_map(of_set);
    group.chain(sets).take(ERRORS_MAX).map(Text::from).collect()
}

fn of_set(set: &SetAcknowledgement) -> impl Iterator<Item = String> {
    let named = format!("{} {}", set.set_id, set.control);
    let verdict = set.outcome.filter(|outcome| *outcome != Outcome::Accepted);
    let verdict = verdict.map(|outcome| {
        let codes = set.codes.join(" ");
        format!("{named}: AK501 {}, AK502 {codes}", code(outcome))
            .trim_end_matches(", AK502 ")
            .to_owned()
    });
    let segments = set.segments.iter().flat_map(move |segment| {
        let place = segment.position.unwrap_or(0);
        let at = format!("{named}: {} at {place}", segment.id);
        let own = format!("{at}: AK304 {}", segment.codes.join(" "));
        let elements = segment.elements.iter().map(move |element| {
            let number = element.element.unwrap_or(0);
            format!("{at}, element {number}: AK403 {}", element.code)
        });
        std::iter::once(own).chain(elements).collect::<Vec<_>>()
    });
    verdict
        .into_iter()
        .chain(segments)
        .collect::<Vec<_>>()
        .into_iter()
}
