//! Public files, where they are at hand: nothing panics, every set is records or a rejection, counts as listed.

use std::{fs, ops::Range, path::PathBuf};

use serde_json::Value;
use x12::interchanges;

use crate::world::{Whole, in_reads, partners, whole};

/// The file; records without our own answers; rejections; answers.
const FILES: [(&str, usize, usize, usize); 15] = [
    ("204_mgctlyst.edi", 0, 1, 1),
    ("210_mgctlyst.edi", 5, 0, 1),
    ("210_wrapped_80col.edi", 4, 0, 1),
    ("214_bom_split_isa.edi", 1, 0, 1),
    ("214_mgctlyst.edi", 1, 0, 1),
    ("940_one_bad_txn_in_batch.edi", 0, 3, 2),
    ("940_wrong_counts.edi", 0, 1, 1),
    ("944_receipt.edi", 0, 1, 1),
    ("990_mgctlyst_accept.edi", 1, 0, 1),
    ("997_bad_date_ge.edi", 1, 0, 0),
    ("997_extra_delimiters.edi", 1, 0, 0),
    ("997_rejected.edi", 1, 0, 0),
    ("997_three_interchanges.edi", 3, 0, 0),
    ("generic_no_terminator.edi", 0, 1, 0),
    ("iftsta_d00b.edi", 0, 1, 0),
];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/carrier")
}

/// What is made of a file, or none and a line that says so.
fn made(name: &str) -> Option<Whole> {
    let Ok(raw) = fs::read(folder().join(name)) else {
        eprintln!("skipped: {name} is not at hand");
        return None;
    };
    Some(whole(&raw))
}

#[test]
fn public_files_give_what_is_listed() {
    for (name, records, rejections, answers) in FILES {
        let Some(made) = made(name) else { continue };
        let found = (made.keys().len(), made.rejections.len(), made.answers.len());
        assert_eq!(
            found,
            (records, rejections, answers),
            "{name}: {:#}",
            made.to_json()
        );
    }
}

#[test]
fn a_status_is_the_same_whether_its_file_is_whole_or_broken_over_lines() {
    let files = ["214_mgctlyst.edi", "214_bom_split_isa.edi"].map(made);
    let [Some(plain), Some(broken)] = files else {
        return;
    };
    assert_eq!(plain.keys(), broken.keys());
    assert_eq!(
        plain.keys(),
        ["milestone:SCAC|75027674|BRATTLEBORO VT|AT701:D1|20160726T1630"]
    );
}

#[test]
fn an_invoice_with_a_discount_adds_up() {
    for name in ["210_mgctlyst.edi", "210_wrapped_80col.edi"] {
        let Some(made) = made(name) else { continue };
        let invoice = &made.parsed()[0]["body"];
        assert_eq!(invoice["sum_ok"], true, "{name}: {invoice}");
    }
}

/// Every file in the folder that `CROSSDOCK_X12_FILES` names, whatever it holds: each byte range of a set is accounted for by
/// a record or a dead letter, and the reads make no difference.
#[test]
fn any_folder_of_files_is_taken() {
    let folder = std::env::var_os("CROSSDOCK_X12_FILES").map_or_else(folder, PathBuf::from);
    let Ok(entries) = fs::read_dir(&folder) else {
        eprintln!("skipped: {} is not at hand", folder.display());
        return;
    };
    let mut total = (0, 0, 0);
    for path in entries.map(|entry| entry.unwrap().path()) {
        let Ok(raw) = fs::read(&path) else { continue };
        let name = path.display().to_string();
        let made = whole(&raw);
        for length in [1, 777] {
            let found = in_reads(&raw, &partners(), std::iter::repeat(length), 3);
            assert!(found == made, "{name} in reads of {length} bytes");
        }
        let accounted = ranges(&made);
        let mut sets = 0;
        for interchange in interchanges(&raw).flatten() {
            for set in interchange.sets() {
                let start = set.offset();
                let end = start + set.bytes().len() as u64;
                let by = accounted
                    .iter()
                    .any(|range| range.start < end && start < range.end);
                assert!(by, "{name}: nothing is made of the set at byte {start}");
                sets += 1;
            }
        }
        let (records, rejections) = (made.keys().len(), made.rejections.len());
        eprintln!("{name}: {sets} sets, {records} records, {rejections} dead letters");
        // An interchange without groups is allowed, and says nothing.
        let silent = sets == 0 && interchanges(&raw).flatten().next().is_some();
        assert!(
            records + rejections > 0 || raw.is_empty() || silent,
            "{name} leaves nothing"
        );
        total = (total.0 + 1, total.1 + records, total.2 + rejections);
    }
    let (files, records, rejections) = total;
    eprintln!("{files} files, {records} records, {rejections} dead letters");
}

/// The byte ranges that records and rejections name.
fn ranges(made: &Whole) -> Vec<Range<u64>> {
    let documents = made.parsed();
    let places = documents
        .iter()
        .map(|document| &document["provenance"]["raw"]["place"]);
    let places = places.chain(made.rejections.iter().map(|rejection| &rejection["place"]));
    let range = |place: &Value| {
        let (_, range) = place.as_str()?.split_once("bytes ")?;
        let (start, end) = range.split_once("..")?;
        Some(start.parse().ok()?..end.parse().ok()?)
    };
    places.filter_map(range).collect()
}
