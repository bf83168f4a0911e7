//! Public files, where they are at hand: nothing panics, every set is records or a rejection, counts as listed.

use std::{fs, path::PathBuf};

use crate::world::{Whole, whole};

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
