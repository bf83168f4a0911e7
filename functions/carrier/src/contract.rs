//! What is known about the source's format, beside how it is read.

use std::borrow::Cow;

use ingest::{Contract, Message, Rejection};

/// The contract with the carriers.
pub const CONTRACT: Contract = Contract {
    schema_version: |_| "x12",
    personal: PERSONAL,
    field_paths,
    value_of,
};

/// Consignees and contacts: names, addresses, telephone numbers, and what somebody wrote.
const PERSONAL: &[&str] = &["N102", "N2", "N3", "N4", "PER", "G61", "NTE", "K1"];

/// How a finding names its segment, and its element after that.
const SEGMENT: &str = ", segment ";
const ELEMENT: &str = ", element ";

/// The place, and the element for each finding that the detail tells: `interchange # set # AT705`.
fn field_paths(rejection: &Rejection<'_>) -> Vec<String> {
    let place = feed::field_path(&rejection.place, &rejection.detail);
    let mut paths = Vec::new();
    for (at, _) in rejection.detail.match_indices(SEGMENT) {
        let segment = rejection.detail[..at].rsplit(' ').next();
        let Some(segment) = segment.filter(|name| is_segment(name)) else {
            continue;
        };
        let path = match element(&rejection.detail[at + SEGMENT.len()..]) {
            Some(element) => format!("{place} {segment}{element:02}"),
            None => format!("{place} {segment}"),
        };
        paths.push(path);
    }
    if paths.is_empty() {
        paths.push(place);
    }
    paths
}

/// The element of a finding whose segment is named; `after` is what follows that.
fn element(after: &str) -> Option<u8> {
    let finding = after.split(SEGMENT).next()?;
    let (_, element) = finding.split_once(ELEMENT)?;
    let digits = element.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

fn is_segment(name: &str) -> bool {
    let is_part = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
    matches!(name.len(), 2 | 3) && name.bytes().all(is_part)
}

/// What the first finding says that it found, as it is quoted there.
fn value_of<'a>(_: &Message<'_>, rejection: &'a Rejection<'_>) -> Option<Cow<'a, str>> {
    let (_, found) = rejection.detail.split_once("found \"")?;
    let mut escaped = false;
    let end = found.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })?;
    Some(Cow::Owned(format!("\"{}\"", &found[..end])))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: &str = "interchange 000008841, group 1, set 0006, segment 30, bytes 562..655";

    fn rejection(detail: &str) -> Rejection<'_> {
        ingest::Problem::new(PLACE, detail).of_unit(b"")
    }

    #[test]
    fn each_finding_names_its_element() {
        let base = "interchange # group # set # segment # bytes #";
        for (detail, expected) in [
            (
                "the element is no day (found \"20261309\"), AT7, segment 12 (4 of its set), element 5, byte 293",
                vec!["AT705"],
            ),
            (
                "se02 is not st02 (expected \"0055\", found \"0056\"), SE, segment 29 (4 of its set), element 2, byte 556; \
                 the segment is missing, AT7, segment 29 (4 of its set), byte 551",
                vec!["SE02", "AT7"],
            ),
            (
                "the element is too long (found \"Erika\"), N1, segment 7 (3 of its set), element 2, byte 90",
                vec!["N102"],
            ),
        ] {
            let expected: Vec<_> = expected
                .iter()
                .map(|name| format!("{base} {name}"))
                .collect();
            assert_eq!(field_paths(&rejection(detail)), expected, "{detail}");
        }
        let stray = "these bytes belong to no transaction set";
        assert_eq!(field_paths(&rejection(stray)), [base]);
    }

    #[test]
    fn the_value_is_what_was_found() {
        let message = Message {
            source: record::Source::Carrier,
            message_id: "m".into(),
            correlation_id: "c".into(),
            traceparent: None,
            received_at: record::EpochMillis(0),
            raw: b"",
            arrival: Vec::new(),
        };
        let value = |detail: &str| value_of(&message, &rejection(detail)).map(Cow::into_owned);
        let both = "se02 is not st02 (expected \"1\", found \"a \\\"b\\\"\"), SE";
        assert_eq!(value(both).as_deref(), Some("\"a \\\"b\\\"\""));
        assert_eq!(value("the element is missing, B3"), None);
    }
}
