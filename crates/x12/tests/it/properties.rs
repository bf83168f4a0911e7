//! What holds for all bytes.

use proptest::prelude::*;
use x12::{
    Acknowledgement, Answer, Date, Outbound, Policy, Style, Ta1, Time, interchanges, write_ta1,
};

use crate::facts::{complete_sets, facts, fixtures};

const BATCH: &[u8] = include_bytes!("../../fixtures/214_batch.edi");
const INVOICE: &[u8] = include_bytes!("../../fixtures/210_invoice.edi");

/// Calls everything that takes bytes from a file.
fn exercise(bytes: &[u8]) {
    let outbound = Outbound {
        interchange_control: u32::MAX,
        group_control: 1,
        set_control: 1,
        date: Date::new(2026, 11, 9).unwrap(),
        time: Time::new(19, 36).unwrap(),
        style: Style::default(),
    };
    std::hint::black_box(facts(bytes));
    for interchange in interchanges(bytes).filter_map(Result::ok) {
        for policy in [Policy::Lenient, Policy::Strict] {
            let written = write_ta1(&interchange, policy, &outbound);
            assert!(interchanges(&written).all(|read| read.is_ok()));
            for group in &interchange.groups {
                let mut answer = Answer::new(group, policy);
                answer.unsupported_set(0);
                let written = answer.to_997(&interchange.header, &outbound);
                if let Some(written) = written {
                    let read = interchanges(&written).next().unwrap().unwrap();
                    assert!(
                        read.groups[0].sets[0].findings.is_empty(),
                        "{}",
                        written.escape_ascii()
                    );
                }
            }
        }
        interchange.ta1.iter().for_each(|ta1| drop(Ta1::read(ta1)));
        for set in interchange.sets() {
            drop(Acknowledgement::read(set));
            assert_eq!(set.segments().count(), set.segment_count() as usize);
            for segment in set.segments() {
                read_all_ways(&segment, bytes);
            }
        }
    }
}

fn read_all_ways(segment: &x12::Segment<'_>, bytes: &[u8]) {
    for element in segment.elements() {
        drop((element.implied(2), element.decimal(), element.code()));
        drop((element.date(), element.time()));
        drop(segment.text(element.number()));
        for part in element.repeats().flat_map(|repeat| repeat.components()) {
            let at = usize::try_from(part.place().offset).unwrap();
            assert!(part.bytes().first().is_none_or(|first| bytes[at] == *first));
        }
    }
}

/// A valid interchange written with other delimiters, line ends inside or not, and a BOM or not.
fn rewritten(
    bytes: &[u8],
    element: char,
    terminator: &str,
    wrap: Option<usize>,
    bom: bool,
) -> Vec<u8> {
    let text = str::from_utf8(bytes).unwrap().replace('\n', "");
    let text = text
        .replace('*', &element.to_string())
        .replace('~', terminator);
    let mut out = if bom {
        b"\xef\xbb\xbf".to_vec()
    } else {
        Vec::new()
    };
    match wrap {
        None => out.extend_from_slice(text.as_bytes()),
        Some(width) => {
            for (index, character) in text.chars().enumerate() {
                if index > 0 && index % width == 0 {
                    out.extend_from_slice(b"\r\n");
                }
                out.extend_from_slice(character.to_string().as_bytes());
            }
        }
    }
    out
}

#[test]
fn truncation_at_every_byte_loses_no_whole_set() {
    for (name, bytes) in fixtures() {
        let whole = complete_sets(&bytes);
        let ends: Vec<usize> = interchanges(&bytes)
            .filter_map(Result::ok)
            .flat_map(|interchange| {
                let complete = interchange.sets().filter(|set| set.is_complete());
                complete
                    .map(|set| usize::try_from(set.offset()).unwrap() + set.bytes().len())
                    .collect::<Vec<_>>()
            })
            .collect();
        for cut in 0..=bytes.len() {
            let before = ends.iter().filter(|end| **end <= cut).count();
            let found = complete_sets(&bytes[..cut]);
            assert_eq!(found, whole[..before], "{name} cut at {cut}");
            if cut % 7 == 0 {
                exercise(&bytes[..cut]);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn delimiters_and_line_ends_do_not_change_the_facts(
        invoice in any::<bool>(),
        element in prop::sample::select(vec!['*', '|', '\t', '\u{1d}', '^', '+']),
        terminator in prop::sample::select(vec!["~", "\n", "\r\n", "\r", "'", "_", "…", "!", "\u{1c}"]),
        wrap in proptest::option::of(40_usize..120),
        bom in any::<bool>(),
    ) {
        let bytes = if invoice { INVOICE } else { BATCH };
        // A file whose segments end with line ends cannot be wrapped as well.
        let wrap = wrap.filter(|_| !terminator.contains(['\n', '\r']));
        let file = rewritten(bytes, element, terminator, wrap, bom);
        prop_assert_eq!(complete_sets(&file), complete_sets(bytes));
        let interchange = interchanges(&file).next().unwrap().unwrap();
        prop_assert!(interchange.findings.is_empty());
        prop_assert!(interchange.groups.iter().all(|group| group.findings.is_empty()));
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        exercise(&bytes);
    }

    #[test]
    fn arbitrary_segments_never_panic(
        segments in proptest::collection::vec("(ISA|GS|ST|SE|GE|IEA|TA1|AK[1-59]|IK[345]|LX|)([*>^]([0-9A-Z]{0,4}|\r\n|\u{e9})){0,9}", 0..40),
        terminator in prop::sample::select(vec!["~", "\n", "…"]),
    ) {
        let mut file = b"ISA*00*          *00*          *02*TSTL           *ZZ*LOGIHUB        *261109*1935*^*00501*000007702*0*P*>".to_vec();
        file.extend_from_slice(terminator.as_bytes());
        for segment in segments {
            file.extend_from_slice(segment.as_bytes());
            file.extend_from_slice(terminator.as_bytes());
        }
        exercise(&file);
    }

    #[test]
    fn changed_bytes_never_panic(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
    ) {
        let mut bytes = BATCH.to_vec();
        for (index, byte) in changes {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        exercise(&bytes);
    }

    #[test]
    fn a_broken_set_does_not_hide_its_neighbours(
        set in 0_usize..4,
        index in any::<prop::sample::Index>(),
        byte in prop::sample::select(b"*>X0 \x00\xff".to_vec()),
    ) {
        let before = complete_sets(BATCH);
        let interchange = interchanges(BATCH).next().unwrap().unwrap();
        let broken = interchange.sets().nth(set).unwrap();
        let at = usize::try_from(broken.offset()).unwrap();
        // The terminators stay: without one, two segments are one, which may take the next set's ST with it.
        let free: Vec<usize> = (at..at + broken.bytes().len()).filter(|at| !matches!(BATCH[*at], b'~' | b'\n')).collect();
        let mut bytes = BATCH.to_vec();
        bytes[*index.get(&free)] = byte;
        let found = complete_sets(&bytes);
        for (neighbour, content) in before.iter().enumerate().filter(|(neighbour, _)| *neighbour != set) {
            prop_assert!(found.contains(content), "set {} is lost", neighbour);
        }
    }
}
