//! Every fixture gives exactly the documents and rejections written beside it. `UPDATE_GOLDEN=1` writes them anew.

use std::fs;

use serde_json::{Value, json};

use crate::world::{fixture, fixture_path, made};

fn check(case: &str) {
    let made = made(
        &format!("in/{case}.csv"),
        &fixture(&format!("{case}.csv")),
        &[64],
    );
    let found = json!({
        "documents": made.documents,
        "rejections": made.rejections,
        "ending": format!("{:?}", made.ending),
    });
    let found = serde_json::to_string_pretty(&found).unwrap() + "\n";
    let path = fixture_path(&format!("{case}.golden.json"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &found).unwrap();
    }
    let expected = fs::read_to_string(&path)
        .expect("no golden file; run again with UPDATE_GOLDEN=1 and read it");
    assert!(
        found == expected,
        "{case} gives something else than {}:\n{found}",
        path.display()
    );
}

#[test]
fn a_movement_file_is_movements_milestones_and_units() {
    check("MOVE_DC3_20261109T2030Z_0042");
}

#[test]
fn a_file_of_another_encoding_and_other_headers_is_the_same() {
    check("MOVE_DC3_20261109T2030Z_0042_cp1252");
    let facts = |case: &str| -> Vec<Value> {
        let made = made(
            &format!("{case}.csv"),
            &fixture(&format!("{case}.csv")),
            &[64],
        );
        let ids = made.documents.iter().map(|document| document["id"].clone());
        ids.collect()
    };
    assert_eq!(
        facts("MOVE_DC3_20261109T2030Z_0042"),
        facts("MOVE_DC3_20261109T2030Z_0042_cp1252")
    );
}

#[test]
fn a_file_cut_inside_a_row_is_its_whole_rows() {
    check("MOVE_DC3_20261109T2030Z_0043_truncated");
}

#[test]
fn what_is_odd_costs_only_its_row() {
    check("MOVE_DC3_20261101T0700Z_0007_quirks");
}

#[test]
fn despatch_lines_without_ids_are_told_apart() {
    check("SHIP_DC3_20261109T2100Z_0003");
}
