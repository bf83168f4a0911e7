//! Every fixture gives exactly the documents and rejections written beside it. `UPDATE_GOLDEN=1` writes them anew.

use crate::world::{FIXTURES, fixture, outcome};

fn check(case: &str) {
    let outcome = outcome(&fixture(&format!("{case}.json")));
    FIXTURES.is_golden(case, &outcome);
}

#[test]
fn a_planned_trip_is_a_shipment_and_its_stops() {
    check("trip_planned");
}

#[test]
fn a_realized_trip_tells_its_milestones() {
    check("trip_realized");
}

#[test]
fn a_projection_with_offsets_references_and_names_unknown_to_us() {
    check("trip_projected");
}

#[test]
fn a_deleted_trip_is_a_tombstone_newer_than_its_last_update() {
    check("trip_deleted");
}

#[test]
fn broken_stops_are_rejected_alone() {
    check("broken_stops");
}

#[test]
fn a_shipment_that_fails_leaves_its_stops() {
    check("cost_without_cents");
}

#[test]
fn a_trip_without_a_version_is_rejected_whole() {
    check("no_version");
}

#[test]
fn an_event_of_another_kind_is_unsupported() {
    check("unsupported");
}
