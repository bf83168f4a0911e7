//! Every fixture gives exactly the documents and rejections written beside it. `UPDATE_GOLDEN=1` writes them anew.

use serde_json::{Value, json};

use crate::world::{FIXTURES, fixture, made};

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
    FIXTURES.is_golden(case, &found);
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
