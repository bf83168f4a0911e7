//! Files that were cut off or damaged on their way.

use std::collections::BTreeSet;

use proptest::prelude::*;
use x12::{Limits, interchanges};

use crate::{
    properties::FILES,
    world::{fixture, whole},
};

/// End of each complete set in the file, and how many records the file gives up to there.
fn ends(raw: &[u8]) -> Vec<usize> {
    let mut ends = Vec::new();
    for interchange in interchanges(raw).flatten() {
        let sets = interchange.sets().filter(|set| set.is_complete());
        ends.extend(sets.map(|set| usize::try_from(set.offset()).unwrap() + set.bytes().len()));
    }
    ends
}

#[test]
fn a_cut_anywhere_loses_no_complete_set_before_it() {
    for name in FILES {
        let raw = fixture(name);
        // Those of the whole file, each with the byte at which its set is complete.
        let units: Vec<(usize, String)> = units(&raw);
        for length in 0..=raw.len() {
            let found: BTreeSet<String> = whole(&raw[..length]).keys().into_iter().collect();
            let lost: Vec<_> = units
                .iter()
                .filter(|(end, key)| *end <= length && !found.contains(key))
                .collect();
            assert!(lost.is_empty(), "{name} cut at {length} loses {lost:?}");
        }
    }
}

/// The keys of all records, with the end of the set that they come from. Nothing is said of an interchange that is
/// rejected once its IEA is there.
fn units(raw: &[u8]) -> Vec<(usize, String)> {
    let ends = ends(raw);
    let made = whole(raw);
    let documents = made.parsed();
    let with_place = documents.iter().filter_map(|document| {
        let place = document["provenance"]["raw"]["place"].as_str()?;
        let (_, range) = place.split_once("bytes ")?;
        let end: usize = range.split("..").nth(1)?.parse().ok()?;
        let [entity, key] = ["entity", "key"].map(|name| document[name].as_str().unwrap());
        if place.contains("set ") {
            let end = ends.iter().copied().find(|set| *set >= end)?;
            return Some((end, format!("{entity}:{key}")));
        }
        None
    });
    with_place.collect()
}

#[test]
fn every_byte_that_says_something_is_in_a_record_a_rejection_or_an_envelope() {
    // A set whose ST was damaged is nowhere but in the bytes that belong to nothing.
    let text = String::from_utf8(fixture("214_batch.edi")).unwrap();
    let damaged = text.replacen("ST*214*0002", "XX*214*0002", 1);
    let made = whole(damaged.as_bytes());
    assert_eq!(made.keys().len(), 3);
    let [stray] = &made.rejections[..] else {
        panic!("{:?}", made.rejections)
    };
    assert_eq!(stray["reason"], "E101");
    let raw = stray["raw"].as_str().unwrap();
    assert!(
        raw.starts_with("XX*214*0002~") && raw.ends_with("SE*12*0002~"),
        "{raw}"
    );
    let [(_, answer)] = &made.answers[..] else {
        panic!("{:?}", made.answers)
    };
    assert!(answer.contains("AK9*E*4*3*3*5~"), "{answer}");
}

#[test]
fn an_interchange_longer_than_the_limit_is_told_and_nothing_grows() {
    let raw = fixture("214_batch.edi");
    let mut limits = Limits::default();
    limits.interchange_bytes = 1000;
    let mut splitter = x12::Splitter::new(limits);
    let mut seen = 0;
    let error = loop {
        match splitter.next_piece() {
            Ok(Some(_)) => panic!("it is longer"),
            Ok(None) => {
                splitter.push(&raw[seen..seen + 100]);
                seen += 100;
            }
            Err(error) => break error,
        }
    };
    assert_eq!((error.offset, error.limit), (0, 1000));
    assert!(
        seen <= 1200,
        "no more is collected than the limit and a read"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_damaged_byte_costs_only_its_own_set_and_the_one_it_is_glued_to(
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let raw = fixture("214_batch.edi");
        let sets: Vec<_> = interchanges(&raw)
            .flatten()
            .flat_map(|interchange| {
                let sets = interchange.sets().map(|set| set.offset()..set.offset() + set.bytes().len() as u64);
                sets.collect::<Vec<_>>()
            })
            .collect();
        // Within the sets: what an envelope costs is said elsewhere.
        let (first, last) = (sets[0].start, sets.last().unwrap().end);
        let span = usize::try_from(last - first).unwrap();
        let hit = first + at.index(span) as u64;
        let mut damaged = raw.clone();
        damaged[usize::try_from(hit).unwrap()] = byte;
        let keys = whole(&raw).keys();
        let found = whole(&damaged).keys();
        for (set, key) in sets.iter().zip(&keys) {
            // Between two sets there are a terminator and a line feed.
            let concerned = set.start <= hit + 2 && hit < set.end + 4;
            prop_assert!(concerned || found.contains(key), "byte {hit} as {byte:#04x} costs {key}");
        }
    }
}
