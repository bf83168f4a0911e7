//! Public files that are not ours and therefore not here: read where somebody has put them.
#![expect(clippy::print_stdout, reason = "a skipped test says so")]

use std::path::Path;

use x12::{
    Acknowledgement, Fault, Flag, FramingFault, Interchange, LooksLike, Outcome, interchanges,
};

/// A file with its interchanges, or `None` and a line that says that it was skipped.
fn file(name: &str) -> Option<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/carrier");
    let bytes = std::fs::read(folder.join(name)).ok();
    if bytes.is_none() {
        println!(
            "skipped: the public file {name} is not in {}",
            folder.display()
        );
    }
    bytes
}

fn check(name: &str, check: impl FnOnce(&[Interchange<'_>])) {
    if let Some(bytes) = file(name) {
        let read: Vec<_> = interchanges(&bytes).collect::<Result<_, _>>().unwrap();
        check(&read);
    }
}

/// Set ids, segment counts and faults of every set.
fn sets(interchange: &Interchange<'_>) -> Vec<(String, u32, Vec<Fault>)> {
    let faults =
        |set: &x12::TransactionSet<'_>| set.findings.iter().map(|finding| finding.fault).collect();
    interchange
        .sets()
        .map(|set| (set.id().into_owned(), set.segment_count(), faults(set)))
        .collect()
}

fn faults(findings: &[x12::Finding]) -> Vec<Fault> {
    findings.iter().map(|finding| finding.fault).collect()
}

#[test]
fn load_tender_with_a_wrong_count() {
    check("204_mgctlyst.edi", |read| {
        assert_eq!(sets(&read[0]), [("204".into(), 38, vec![Fault::SetCount])]);
        assert!(read[0].header.delimiters().terminator.as_bytes() == b"\n");
        assert!(read[0].flags.is_empty());
    });
}

#[test]
fn invoice_with_two_segments_on_a_line_and_blanks_at_the_end() {
    check("210_mgctlyst.edi", |read| {
        assert_eq!(sets(&read[0]), [("210".into(), 31, vec![])]);
        assert!(
            read[0].flags.contains(Flag::TrailingBlanks)
                && !read[0].flags.contains(Flag::TrailingGarbage)
        );
    });
}

#[test]
fn invoice_wrapped_at_80_columns() {
    check("210_wrapped_80col.edi", |read| {
        assert_eq!(sets(&read[0]), [("210".into(), 31, vec![])]);
        assert!(read[0].flags.contains(Flag::Wrapped) && read[0].flags.contains(Flag::IsaNonFixed));
        assert!(read[0].findings.is_empty() && read[0].groups[0].findings.is_empty());
        let set = read[0].sets().next().unwrap();
        let cities: Vec<_> = set
            .segments()
            .filter(|segment| segment.is("N4"))
            .map(|n4| n4.text(1).unwrap().into_owned())
            .collect();
        assert_eq!(cities, ["WILKESBORO", "DUDLEY", "FAIRFAX"]);
        let charge: i64 = set
            .segments()
            .filter(|segment| segment.is("L1"))
            .map(|l1| l1.element(4).implied(2).unwrap().digits)
            .sum();
        assert_eq!(charge, 12_417);
    });
}

#[test]
fn status_with_bom_and_a_line_break_inside_the_isa() {
    check("214_bom_split_isa.edi", |read| {
        assert_eq!(sets(&read[0]), [("214".into(), 16, vec![])]);
        assert!(read[0].flags.contains(Flag::Bom) && read[0].flags.contains(Flag::IsaNonFixed));
        assert_eq!(read[0].header.receiver().1, "MGCTLYST");
        assert_eq!(read[0].header.delimiters().repetition, None);
    });
    check("214_mgctlyst.edi", |read| {
        assert_eq!(sets(&read[0]), [("214".into(), 16, vec![])]);
        assert_eq!(read[0].groups[0].version().unwrap().release, 4030);
        assert!(read[0].flags.is_empty() && read[0].findings.is_empty());
    });
}

#[test]
fn warehouse_sets_with_line_ends_as_terminators() {
    check("940_one_bad_txn_in_batch.edi", |read| {
        // What is wrong with one of them is in its body, which this crate does not judge.
        assert_eq!(
            sets(&read[0]),
            vec![("940".to_owned(), 9, vec![]); 3].as_slice()
        );
        assert_eq!(read[0].groups.len(), 2);
        assert!(read[0].findings.is_empty() && read[0].flags.contains(Flag::Unterminated));
    });
    check("940_wrong_counts.edi", |read| {
        assert_eq!(sets(&read[0]), [("940".into(), 5, vec![])]);
        assert_eq!(faults(&read[0].groups[0].findings), [Fault::GroupCount]);
        assert_eq!(
            faults(&read[0].findings),
            [Fault::InterchangeControlPadding, Fault::InterchangeCount]
        );
    });
    check("944_receipt.edi", |read| {
        assert_eq!(sets(&read[0]), [("944".into(), 21, vec![])]);
        assert!(read[0].flags.contains(Flag::Unterminated) && read[0].findings.is_empty());
    });
}

#[test]
fn tender_response() {
    check("990_mgctlyst_accept.edi", |read| {
        assert_eq!(sets(&read[0]), [("990".into(), 3, vec![])]);
        assert!(read[0].findings.is_empty());
    });
}

#[test]
fn acknowledgements() {
    check("997_bad_date_ge.edi", |read| {
        assert_eq!(
            faults(&read[0].groups[0].findings),
            [Fault::GroupDate, Fault::GroupControl]
        );
        assert_eq!(sets(&read[0]), [("997".into(), 4, vec![])]);
    });
    check("997_extra_delimiters.edi", |read| {
        assert_eq!(sets(&read[0]), [("997".into(), 8, vec![])]);
        let set = read[0].sets().next().unwrap();
        let ak3 = set.segments().find(|segment| segment.is("AK3")).unwrap();
        assert_eq!(ak3.element(2).repeats().count(), 3);
        assert_eq!(
            ak3.element(2)
                .repeats()
                .last()
                .unwrap()
                .components()
                .count(),
            2
        );
        let read = Acknowledgement::read(set).unwrap();
        assert_eq!(read.outcome_of("837", "0021"), Some(Outcome::Rejected));
    });
    check("997_rejected.edi", |read| {
        let read = Acknowledgement::read(read[0].sets().next().unwrap()).unwrap();
        assert_eq!(read.outcome_of("837", "0021"), Some(Outcome::Rejected));
        assert_eq!(read.counts, [Some(1), Some(1), Some(0)]);
    });
    check("997_three_interchanges.edi", |read| {
        let controls: Vec<_> = read
            .iter()
            .map(|one| one.header.control().into_owned())
            .collect();
        assert_eq!(controls, ["000000001", "000000002", "000000003"]);
        assert!(
            read.iter()
                .all(|one| sets(one) == [("997".into(), 8, vec![])] && one.findings.is_empty())
        );
    });
}

#[test]
fn refused_with_a_reason() {
    for (name, expected) in [
        (
            "generic_no_terminator.edi",
            "\"G\" cannot end segments, at byte 0",
        ),
        (
            "iftsta_d00b.edi",
            "no interchange: the file looks like edifact, at byte 0",
        ),
    ] {
        let Some(bytes) = file(name) else { continue };
        let errors: Vec<String> = interchanges(&bytes)
            .map(|read| read.unwrap_err().to_string())
            .collect();
        assert_eq!(errors, [expected], "{name}");
    }
    if let Some(bytes) = file("iftsta_d00b.edi") {
        let error = interchanges(&bytes).next().unwrap().unwrap_err();
        assert_eq!(error.fault, FramingFault::NotX12(LooksLike::Edifact));
    }
}
