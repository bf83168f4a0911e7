//! Every fixture gives exactly the documents, rejections and answers written beside it. `UPDATE_GOLDEN=1` writes them
//! anew.

use carrier::config::Partners;

use crate::world::{FIXTURES, PARTNERS, Whole, fixture, in_reads, whole};

fn check(case: &str) {
    check_made(case, &whole(&fixture(&format!("{case}.edi"))));
}

fn check_made(case: &str, made: &Whole) {
    FIXTURES.is_golden(case, &made.to_json());
}

#[test]
fn statuses_are_milestones() {
    check("214_batch");
}

#[test]
fn a_status_that_comes_again_is_a_newer_version_of_the_same_milestone() {
    check("214_delivered_resent");
}

#[test]
fn a_wrong_count_is_taken_and_told() {
    check("214_bad_se01");
}

#[test]
fn a_strict_partner_is_not_allowed_a_wrong_count() {
    let strict = PARTNERS.replace(r#""zone""#, r#""policy":"strict","zone""#);
    let partners = Partners::parse(&strict).unwrap();
    let raw = fixture("214_bad_se01_strict.edi");
    let made = in_reads(&raw, &partners, std::iter::repeat(usize::MAX), 500);
    check_made("214_bad_se01_strict", &made);
}

#[test]
fn what_stands_whole_before_a_cut_is_taken() {
    check("214_truncated");
}

#[test]
fn an_invoice_has_lines() {
    check("210_invoice");
}

#[test]
fn a_rebill_replaces_and_an_adjustment_stands_beside() {
    check("210_corrections");
}

#[test]
fn an_answer_to_a_tender_is_a_milestone() {
    check("990_accept");
}

#[test]
fn times_places_and_codes_of_all_kinds() {
    check("214_kinds");
}

#[test]
fn what_partners_say_of_ours_closes_it() {
    check("997_and_ta1");
}

#[test]
fn other_sets_are_parked_with_what_they_are_about() {
    check("204_and_others");
}

#[test]
fn each_broken_unit_costs_only_itself() {
    check("broken_units");
}

/// The bytes of the sample's 997, but for what its sender's clock and counter gave it.
#[test]
fn our_997_is_the_expected_one() {
    let made = whole(&fixture("214_batch.edi"));
    let [(name, found)] = &made.answers[..] else {
        panic!("{:?}", made.answers)
    };
    assert!(name.starts_with("TSTL/997_000007702_7702_"), "{name}");
    let expected = String::from_utf8(fixture("997_expected_for_214_batch.edi")).unwrap();
    // The sample is a minute younger and the first of its sender; ours bears date and number of what it answers.
    let expected = expected
        .replace("*261109*1936*", "*261109*1935*")
        .replace("*20261109*1936*1*", "*20261109*1935*7702*")
        .replace("*000000001*0*P", "*000007702*0*P")
        .replace("GE*1*1~", "GE*1*7702~")
        .replace("IEA*1*000000001~", "IEA*1*000007702~");
    assert_eq!(*found, expected);
}
