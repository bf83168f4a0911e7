//! What holds for any message.

use std::collections::BTreeSet;

use feed::Reason;
use fixtures::{damaged, hostile, places, with_raw};
use proptest::prelude::*;
use serde_json::Value;
use transport::normalize::normalize;

use crate::world::{documents, fixture, message};

const TRIPS: [&str; 5] = [
    "trip_planned.json",
    "trip_realized.json",
    "trip_projected.json",
    "trip_deleted.json",
    "broken_stops.json",
];

/// The ids of all documents that the messages give.
fn ids<'a>(raws: impl IntoIterator<Item = &'a Vec<u8>>) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    for raw in raws {
        let message = message(raw);
        ids.extend(
            normalize(&message)
                .records
                .iter()
                .map(|record| record.to_document().id().to_string()),
        );
    }
    ids
}

/// The entities of all stops and milestones with their keys, without those of one stop.
fn without_stop(value: &[u8], stop_id: &str) -> BTreeSet<String> {
    let message = message(value);
    documents(&normalize(&message))
        .iter()
        .filter(|document| document["entity"] != "shipment")
        .map(|document| document["key"].as_str().unwrap().to_owned())
        .filter(|key| !key.contains(stop_id))
        .collect()
}

#[test]
fn a_message_cut_anywhere_never_panics_and_is_malformed() {
    for name in TRIPS {
        let raw = fixture(name);
        for length in 0..raw.len() {
            let message = message(&raw[..length]);
            let normalized = normalize(&message);
            assert!(normalized.records.is_empty(), "{name} cut at {length}");
            let reasons: Vec<_> = normalized
                .rejections
                .iter()
                .map(|rejection| rejection.reason)
                .collect();
            assert_eq!(
                reasons,
                [Reason::MalformedMessage],
                "{name} cut at {length}"
            );
            assert_eq!(*normalized.rejections[0].raw, raw[..length]);
        }
    }
}

/// Whatever is wrong with one stop, the other stop and its milestones come out as if nothing were.
fn check_siblings(place: &str, mutated: &[u8], whole: &Value) {
    let Some(index) = place
        .strip_prefix("/data/actions/")
        .and_then(|rest| rest.split('/').next())
    else {
        return;
    };
    let Some(stop_id) =
        whole["data"]["actions"][index.parse::<usize>().unwrap()]["entity"]["id"].as_str()
    else {
        return;
    };
    let untouched = without_stop(&serde_json::to_vec(whole).unwrap(), stop_id);
    let found = without_stop(mutated, stop_id);
    assert!(
        found.is_superset(&untouched),
        "{place}: {found:?} lacks some of {untouched:?}"
    );
}

#[test]
fn any_field_dropped_or_swapped_gives_records_and_rejections_and_spares_siblings() {
    for name in TRIPS {
        let whole: Value = serde_json::from_slice(&fixture(name)).unwrap();
        let all = places(&whole);
        for place in all {
            for mutated in damaged(&whole, &place) {
                let raw = serde_json::to_vec(&mutated).unwrap();
                let message = message(&raw);
                let normalized = normalize(&message);
                assert!(
                    !normalized.records.is_empty() || !normalized.rejections.is_empty(),
                    "{name} {place}: nothing came of it"
                );
                for rejection in &normalized.rejections {
                    assert_ne!(
                        rejection.reason,
                        Reason::MalformedMessage,
                        "{name} {place}: it is JSON"
                    );
                    assert!(
                        rejection.place.starts_with('$'),
                        "{name} {place}: {}",
                        rejection.place
                    );
                    assert!(!rejection.raw.is_empty() && !rejection.detail.is_empty());
                }
                drop(normalized);
                check_siblings(&place, &raw, &whole);
            }
        }
    }
}

#[test]
fn hostile_values_cost_their_own_stop_at_most() {
    let name = "trip_realized.json";
    let whole: Value = serde_json::from_slice(&fixture(name)).unwrap();
    let all = places(&whole);
    for place in all.iter().filter(|place| place.starts_with("/data/")) {
        for raw in hostile() {
            let raw = with_raw(&whole, place, &raw);
            let message = message(&raw);
            let normalized = normalize(&message);
            let nothing = normalized.records.is_empty() && normalized.rejections.is_empty();
            assert!(!nothing, "{place}: nothing came of it");
            drop(normalized);
            check_siblings(place, &raw, &whole);
        }
    }
}

proptest! {
    #[test]
    fn trips_in_any_order_and_any_number_give_the_same_documents(
        order in prop::collection::vec(0..TRIPS.len(), 0..20).prop_map(|mut order| { order.extend(0..TRIPS.len()); order }).prop_shuffle()
    ) {
        let trips: Vec<_> = TRIPS.iter().map(|name| fixture(name)).collect();
        let once = ids(&trips);
        prop_assert_eq!(ids(order.iter().map(|&index| &trips[index])), once);
    }

    #[test]
    fn actions_in_any_order_give_the_same_records(seed in any::<u64>()) {
        // Planned and realized entries do not depend on each other's position, and positions are data.
        let mut trip: Value = serde_json::from_slice(&fixture("trip_realized.json")).unwrap();
        let before = ids(&[serde_json::to_vec(&trip).unwrap()]);
        let actions = trip["data"]["actions"].as_array_mut().unwrap();
        let length = actions.len();
        let mut state = seed;
        for index in (1..length).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            actions.swap(index, usize::try_from(state >> 33).unwrap() % (index + 1));
        }
        prop_assert_eq!(ids(&[serde_json::to_vec(&trip).unwrap()]), before);
    }

    #[test]
    fn any_bytes_never_panic(raw in prop::collection::vec(any::<u8>(), 0..200)) {
        let message = message(&raw);
        prop_assert_eq!(normalize(&message).rejections.len(), 1);
    }
}
