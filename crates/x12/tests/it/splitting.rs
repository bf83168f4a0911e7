//! A file in pieces says what the whole file says.

use proptest::prelude::*;
use x12::{Limits, Splitter, interchanges};

use crate::facts::{facts, fixtures, item};

/// Facts through a [`Splitter`] that is fed in reads of these sizes, over and over.
fn split_facts(bytes: &[u8], sizes: &[usize]) -> String {
    let mut splitter = Splitter::new(Limits::default());
    let mut out = String::new();
    let mut rest = bytes;
    let mut sizes = sizes.iter().cycle();
    loop {
        while let Some(piece) = splitter.next_piece().unwrap() {
            for read in piece.interchanges() {
                item(&mut out, &read);
            }
        }
        if rest.is_empty() {
            return out;
        }
        let (read, later) = rest.split_at((*sizes.next().unwrap()).min(rest.len()));
        splitter.push(read);
        rest = later;
        if rest.is_empty() {
            splitter.end();
        }
    }
}

/// Whole file, the range lost with a refusal left out: a splitter does not collect what it refuses.
fn comparable(facts: &str) -> String {
    facts
        .lines()
        .map(|line| line.split("; lost").next().unwrap())
        .collect::<Vec<_>>()
        .join("\n")
}

/// All fixtures that start with an ISA in one file, with something between them.
fn many() -> Vec<u8> {
    let mut all = Vec::new();
    for (_, bytes) in fixtures() {
        if interchanges(&bytes)
            .next()
            .is_some_and(|first| first.is_ok())
        {
            all.extend_from_slice(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes));
            all.extend_from_slice(b"\n\n");
        }
    }
    all
}

#[test]
fn every_fixture_read_byte_by_byte() {
    for (name, bytes) in fixtures()
        .into_iter()
        .filter(|(_, bytes)| !bytes.is_empty())
    {
        assert_eq!(
            comparable(&split_facts(&bytes, &[1])),
            comparable(&facts(&bytes)),
            "{name}"
        );
    }
}

#[test]
fn an_empty_file_is_refused_once() {
    let mut splitter = Splitter::new(Limits::default());
    splitter.end();
    assert!(
        splitter
            .next_piece()
            .unwrap()
            .unwrap()
            .interchanges()
            .next()
            .unwrap()
            .is_err()
    );
    assert!(splitter.next_piece().unwrap().is_none());
}

#[test]
fn a_refused_file_is_not_collected() {
    let mut splitter = Splitter::new(Limits::default());
    for _ in 0..100 {
        splitter.push(&[b'x'; 1000]);
        while let Some(piece) = splitter.next_piece().unwrap() {
            assert!(piece.bytes().len() < 2000);
            assert!(piece.interchanges().all(|read| read.is_err()));
        }
    }
    assert!(splitter.offset() < 2000);
}

#[test]
fn an_interchange_beyond_the_limit_is_refused() {
    let mut limits = Limits::default();
    limits.interchange_bytes = 10_000;
    let mut splitter = Splitter::new(limits);
    splitter.push(include_bytes!("../../fixtures/214_truncated.edi"));
    let mut refused = None;
    for _ in 0..100 {
        splitter.push(&[b'A'; 1000]);
        if let Err(error) = splitter.next_piece() {
            refused = Some(error);
            break;
        }
    }
    assert_eq!(refused.unwrap().limit, 10_000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_reads_give_the_same_facts(sizes in proptest::collection::vec(1_usize..3000, 1..20)) {
        let bytes = many();
        prop_assert_eq!(split_facts(&bytes, &sizes), facts(&bytes));
    }
}

#[test]
fn a_file_read_on_from_any_offset_of_a_splitter_says_the_rest() {
    let whole = many();
    let mut splitter = Splitter::new(Limits::default());
    splitter.push(&whole);
    splitter.end();
    let mut told = Vec::new();
    while let Some(piece) = splitter.next_piece().unwrap() {
        let mut out = String::new();
        piece.interchanges().for_each(|read| item(&mut out, &read));
        told.push((piece.offset(), out));
    }
    assert!(told.len() > 10, "{}", told.len());
    for (index, (offset, _)) in told.iter().enumerate() {
        let mut resumed = Splitter::resuming_at(*offset, Limits::default());
        resumed.push(&whole[usize::try_from(*offset).unwrap()..]);
        resumed.end();
        let mut rest = String::new();
        while let Some(piece) = resumed.next_piece().unwrap() {
            for read in piece.interchanges() {
                item(&mut rest, &read);
            }
        }
        let expected: String = told[index..].iter().map(|(_, out)| out.as_str()).collect();
        assert_eq!(rest, expected, "from byte {offset}");
    }
}
