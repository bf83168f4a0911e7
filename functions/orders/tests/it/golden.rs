//! Every fixture gives exactly the documents and rejections written beside it. `UPDATE_GOLDEN=1` writes them anew.

use crate::world::{FIXTURES, fixture, outcome};

fn check(case: &str) {
    let outcome = outcome(&fixture(&format!("{case}.json")));
    FIXTURES.is_golden(case, &outcome);
}

#[test]
fn a_page_is_orders_and_their_lines() {
    check("page1");
}

#[test]
fn an_empty_page_is_nothing() {
    check("page2_empty_last");
}

#[test]
fn an_updated_order_has_a_newer_version() {
    check("page3_update");
}

#[test]
fn orders_that_fail_spare_their_neighbours() {
    check("bad_units");
}

#[test]
fn what_the_upstream_writes_for_nothing_is_nothing() {
    check("quirks");
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_page() {
    check("byte_order_mark");
}

#[test]
fn version_2_of_the_protocol_is_unsupported() {
    check("odata_v2");
}

#[test]
fn an_error_with_a_good_status_is_no_page() {
    check("error_200");
}

#[test]
fn rows_of_changes_are_no_orders() {
    check("delta_dataverse_style");
}
