//! What holds for any page.

use std::collections::BTreeSet;

use feed::Reason;
use fixtures::{damaged, hostile, places, with_raw};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::world::{fixture, with_normalized};

const PAGES: [&str; 4] = [
    "page1.json",
    "page3_update.json",
    "bad_units.json",
    "quirks.json",
];

/// The ids of all documents that the pages give.
fn ids<'a>(raws: impl IntoIterator<Item = &'a Vec<u8>>) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    for raw in raws {
        with_normalized(raw, |normalized| {
            ids.extend(
                normalized
                    .records
                    .iter()
                    .map(|record| record.to_document().id().to_string()),
            );
        });
    }
    ids
}

#[test]
fn a_page_cut_anywhere_never_panics_and_is_malformed() {
    for name in PAGES {
        let raw = fixture(name);
        let whole = raw.trim_ascii_end().len();
        for length in 0..whole {
            with_normalized(&raw[..length], |normalized| {
                assert!(normalized.records.is_empty(), "{name} cut at {length}");
                assert_eq!(normalized.rejections.len(), 1, "{name} cut at {length}");
                assert_eq!(
                    normalized.rejections[0].reason,
                    Reason::MalformedMessage,
                    "{name} cut at {length}"
                );
            });
        }
    }
}

#[test]
fn any_field_of_an_order_dropped_or_swapped_spares_its_neighbours() {
    let page: Value = serde_json::from_slice(&fixture("page1.json")).unwrap();
    let neighbour = page["value"][0].clone();
    let mut other = neighbour.clone();
    other["number"] = json!("SO-2");
    let all = places(&other);
    let alone = ids([&serde_json::to_vec(&json!({ "value": [neighbour] })).unwrap()]);
    for place in all {
        for mutated in damaged(&other, &place) {
            let raw = serde_json::to_vec(&json!({ "value": [mutated, neighbour] })).unwrap();
            assert!(
                ids([&raw]).is_superset(&alone),
                "{place}: the neighbour is missing"
            );
            with_normalized(&raw, |normalized| {
                let of_other = normalized.records.len() - alone.len();
                assert_eq!(
                    of_other == 0,
                    normalized.rejections.len() == 1,
                    "{place}: taken and rejected, or neither"
                );
                for rejection in &normalized.rejections {
                    assert_eq!(rejection.reason, Reason::InvalidUnit, "{place}");
                    assert!(
                        rejection.place.starts_with("$.value[0]"),
                        "{place}: {}",
                        rejection.place
                    );
                }
            });
        }
    }
}

#[test]
fn hostile_values_cost_their_own_order_at_most() {
    let page: Value = serde_json::from_slice(&fixture("page1.json")).unwrap();
    let neighbour = page["value"][0].clone();
    let mut other = neighbour.clone();
    other["number"] = json!("SO-2");
    let alone = ids([&serde_json::to_vec(&json!({ "value": [neighbour] })).unwrap()]);
    let both = json!({ "value": [other, neighbour] });
    let all = places(&both);
    for place in all.iter().filter(|place| place.starts_with("/value/0")) {
        for raw in hostile() {
            let raw = with_raw(&both, place, &raw);
            assert!(
                ids([&raw]).is_superset(&alone),
                "{place}: the neighbour is missing"
            );
        }
    }
}

proptest! {
    #[test]
    fn pages_in_any_order_and_any_number_give_the_same_documents(
        order in prop::collection::vec(0..PAGES.len(), 0..20)
            .prop_map(|mut order| { order.extend(0..PAGES.len()); order })
            .prop_shuffle()
    ) {
        let pages: Vec<_> = PAGES.iter().map(|name| fixture(name)).collect();
        prop_assert_eq!(ids(order.iter().map(|&index| &pages[index])), ids(&pages));
    }

    #[test]
    fn any_bytes_never_panic(raw in prop::collection::vec(any::<u8>(), 0..200)) {
        with_normalized(&raw, |normalized| assert_eq!(normalized.rejections.len(), 1));
    }
}
