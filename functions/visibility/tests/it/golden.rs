//! Every fixture gives exactly the documents, rejections and feedback written beside it. `UPDATE_GOLDEN=1` writes them
//! anew.

use crate::world::{FIXTURES, fixture, outcome, standard};

fn check(case: &str) {
    let outcome = outcome(standard(case), &fixture(&format!("{case}.json")));
    FIXTURES.is_golden(case, &outcome);
}

#[test]
fn a_push_is_milestones_and_their_container() {
    check("dcsa_push_1");
}

#[test]
fn a_correction_is_newer_and_a_retraction_is_a_tombstone() {
    check("dcsa_push_2_correction_retraction");
}

#[test]
fn what_breaks_the_minimum_is_rejected_alone() {
    check("dcsa_broken");
}

#[test]
fn what_is_doubtful_is_taken_and_told() {
    check("dcsa_doubtful");
}

#[test]
fn a_replaced_reference_fills_no_column_and_stays_good_for_matching() {
    check("dcsa_replaced");
}

#[test]
fn a_notification_is_flat() {
    check("dcsa22_notification");
}

#[test]
fn a_correction_of_an_older_notification_shares_its_key() {
    check("dcsa2_corrections");
}

#[test]
fn a_scan_is_a_milestone_and_its_units() {
    check("epcis_capture");
}

#[test]
fn a_scan_without_an_id_is_known_by_its_hash() {
    check("epcis_without_ids");
}

#[test]
fn an_event_declared_wrong_is_a_tombstone_for_good() {
    check("epcis_declared_wrong");
}

#[test]
fn scans_that_break_the_minimum_are_rejected_alone() {
    check("epcis_broken");
}

#[test]
fn a_document_may_hold_one_event_without_a_list() {
    check("epcis_single");
}
