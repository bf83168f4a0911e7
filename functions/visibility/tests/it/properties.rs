//! What holds for any message.

use std::collections::{BTreeMap, BTreeSet};

use feed::Reason;
use fixtures::{hostile, places, swapped, with_raw};
use proptest::prelude::*;
use serde_json::{Value, json};
use visibility::normalize::{Standard, normalize};

use crate::world::{fixture, message, standard};

const FILES: [&str; 11] = [
    "dcsa_push_1.json",
    "dcsa_push_2_correction_retraction.json",
    "dcsa_broken.json",
    "dcsa_doubtful.json",
    "dcsa_replaced.json",
    "dcsa2_corrections.json",
    "epcis_capture.json",
    "epcis_without_ids.json",
    "epcis_declared_wrong.json",
    "epcis_broken.json",
    "epcis_single.json",
];

/// Where the events of a standard's messages are.
fn list(standard: Standard) -> &'static str {
    match standard {
        Standard::Dcsa3 => "/events",
        Standard::Dcsa2 => "",
        Standard::Epcis => "/epcisBody/eventList",
    }
}

/// All events of the story, one by one: their standard, and a message that holds only this event.
fn events() -> Vec<(Standard, Vec<u8>)> {
    let mut events = Vec::new();
    for name in FILES {
        let standard = standard(name);
        let whole: Value = serde_json::from_slice(&fixture(name)).unwrap();
        let Some(listed) = whole.pointer(list(standard)).and_then(Value::as_array) else {
            continue;
        };
        for event in listed {
            let mut single = whole.clone();
            *single.pointer_mut(list(standard)).unwrap() = json!([event]);
            events.push((standard, serde_json::to_vec(&single).unwrap()));
        }
    }
    events
}

/// What a sink that keeps the newest version of each key holds, after these messages in this order.
fn kept<'m>(
    messages: impl IntoIterator<Item = &'m (Standard, Vec<u8>)>,
) -> BTreeMap<String, String> {
    let mut newest: BTreeMap<String, (String, String, String)> = BTreeMap::new();
    for (standard, raw) in messages {
        let message = message(raw);
        for record in &normalize(*standard, &message).normalized.records {
            let document = record.to_document();
            let parsed: Value = serde_json::from_str(document.json()).unwrap();
            let hash = parsed["content_hash"].as_str().unwrap().to_owned();
            let rank = (
                record.version().to_string(),
                hash,
                document.id().to_string(),
            );
            let stored = newest.entry(record.key().to_string()).or_default();
            if *stored < rank {
                *stored = rank;
            }
        }
    }
    newest
        .into_iter()
        .map(|(key, (_, _, id))| (key, id))
        .collect()
}

#[test]
fn a_message_cut_anywhere_never_panics_and_is_malformed() {
    for name in FILES {
        let raw = fixture(name);
        let end = raw.trim_ascii_end().len();
        for length in 0..end {
            let message = message(&raw[..length]);
            let outcome = normalize(standard(name), &message);
            assert!(
                outcome.normalized.records.is_empty(),
                "{name} cut at {length}"
            );
            let reasons: Vec<_> = outcome
                .normalized
                .rejections
                .iter()
                .map(|rejection| rejection.reason)
                .collect();
            assert_eq!(
                reasons,
                [Reason::MalformedMessage],
                "{name} cut at {length}"
            );
            assert_eq!(*outcome.normalized.rejections[0].raw, raw[..length]);
            assert_eq!(outcome.feedback.len(), 1);
        }
    }
}

/// The ids of the documents that all events but the one at `index` give.
fn of_others(standard: Standard, raw: &[u8], index: &str) -> BTreeSet<String> {
    let message = message(raw);
    let outcome = normalize(standard, &message);
    let own = format!("{}/{index}", list(standard));
    let others = outcome
        .normalized
        .records
        .iter()
        .filter(|record| record.provenance().raw.place.as_str() != own);
    others
        .map(|record| record.to_document().id().to_string())
        .collect()
}

#[test]
fn any_value_swapped_costs_its_own_event_at_most() {
    for name in FILES {
        let standard = standard(name);
        let whole: Value = serde_json::from_slice(&fixture(name)).unwrap();
        let all = places(&whole);
        for place in all {
            for mutated in swapped(&whole, &place) {
                let raw = serde_json::to_vec(&mutated).unwrap();
                let message = message(&raw);
                let outcome = normalize(standard, &message);
                for rejection in &outcome.normalized.rejections {
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
                    assert!(
                        outcome
                            .feedback
                            .iter()
                            .any(|told| told.property_path == rejection.place),
                        "{name} {place}: the sender is not told"
                    );
                }
                drop(outcome);
                let inside = place
                    .strip_prefix(&format!("{}/", list(standard)))
                    .and_then(|rest| rest.split('/').next())
                    .filter(|index| index.parse::<usize>().is_ok());
                if let Some(index) = inside {
                    let before = of_others(standard, &serde_json::to_vec(&whole).unwrap(), index);
                    assert_eq!(of_others(standard, &raw, index), before, "{name} {place}");
                }
            }
        }
    }
}

#[test]
fn hostile_values_cost_their_own_event_at_most() {
    for name in [
        "dcsa_push_1.json",
        "dcsa_replaced.json",
        "dcsa2_corrections.json",
        "epcis_capture.json",
        "epcis_without_ids.json",
    ] {
        let standard = standard(name);
        let whole: Value = serde_json::from_slice(&fixture(name)).unwrap();
        let before = of_others(standard, &serde_json::to_vec(&whole).unwrap(), "0");
        let all = places(&whole);
        let own = format!("{}/0/", list(standard));
        for place in all.iter().filter(|place| place.starts_with(&own)) {
            for raw in hostile() {
                let raw = with_raw(&whole, place, &raw);
                assert_eq!(of_others(standard, &raw, "0"), before, "{name} {place}");
            }
        }
    }
}

#[test]
fn a_message_of_too_many_events_is_one_rejection() {
    for (standard, before, after) in [
        (Standard::Dcsa3, r#"{"events":["#, "]}"),
        (Standard::Dcsa2, "[", "]"),
        (
            Standard::Epcis,
            r#"{"type":"EPCISDocument","epcisBody":{"eventList":["#,
            "]}}",
        ),
    ] {
        let raw = format!("{before}0{}{after}", ",0".repeat(4_000_000));
        let message = message(raw.as_bytes());
        let outcome = normalize(standard, &message);
        assert_eq!(
            (outcome.feedback.len(), outcome.normalized.rejections.len()),
            (1, 1)
        );
    }
}

#[test]
fn the_story_ends_with_the_correction_and_without_the_retracted_event() {
    let kept = kept(&events());
    let document = |key: &str| {
        let id = &kept[key];
        let found = events().into_iter().find_map(|(standard, raw)| {
            let message = message(&raw);
            let outcome = normalize(standard, &message);
            let mut documents = outcome
                .normalized
                .records
                .iter()
                .map(record::Record::to_document);
            documents
                .find(|document| document.id().to_string() == *id)
                .map(|document| serde_json::from_str::<Value>(document.json()).unwrap())
        });
        found.unwrap()
    };
    let discharged = document("milestone:dcsa|SMDG|LCL|TSTO|e-disc-1");
    assert_eq!(discharged["body"]["code"], "container_discharged");
    assert_eq!(
        discharged["body"]["event_time"], 1_793_957_700_000_i64,
        "09:35 UTC, not 09:20"
    );
    let retracted = document("milestone:dcsa|SMDG|LCL|TSTO|e-arri-1");
    assert_eq!(retracted["deleted"], true);
    let released = document("milestone:dcsa|SMDG|LCL|TSTO|e-cusr-1");
    assert_eq!(released["body"]["code"], "customs_released");
    let gone = document("milestone:dcsa|SMDG|LCL|TSTO|e-gtot-1");
    assert_eq!(gone["body"]["code"], "gate_out");
    assert_eq!(gone["body"]["shipment_no"], "L-2026-55013");
    let container = document("container:TSTU904417");
    assert_eq!(container["body"]["last_code"], "gate_out");
    let declared_wrong = document("milestone:epcis|urn:uuid:374d95fc-9457-4a51-bd6a-0bba13310001");
    assert_eq!(
        declared_wrong["deleted"], true,
        "whichever of the two came first"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn events_in_any_order_and_any_number_leave_the_same(
        seed in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
        keys in prop::collection::vec(any::<u64>(), 64),
    ) {
        let events = events();
        let once = kept(&events);
        let mut order: Vec<usize> = (0..events.len()).chain(seed.iter().map(|index| index.index(events.len()))).collect();
        order.sort_by_key(|&index| keys[index % keys.len()]);
        prop_assert_eq!(kept(order.iter().map(|&index| &events[index])), once);
    }

    #[test]
    fn events_of_a_message_in_any_order_give_the_same(keys in prop::collection::vec(any::<u64>(), 16)) {
        for name in FILES {
            let standard = standard(name);
            let mut whole: Value = serde_json::from_slice(&fixture(name)).unwrap();
            let before = kept(&[(standard, serde_json::to_vec(&whole).unwrap())]);
            let Some(Value::Array(listed)) = whole.pointer_mut(list(standard)) else { continue };
            let mut keyed: Vec<_> = keys.iter().zip(std::mem::take(listed)).collect();
            keyed.sort_by_key(|(key, _)| **key);
            listed.extend(keyed.into_iter().map(|(_, event)| event));
            prop_assert_eq!(kept(&[(standard, serde_json::to_vec(&whole).unwrap())]), before);
        }
    }

    #[test]
    fn any_bytes_never_panic(raw in prop::collection::vec(any::<u8>(), 0..200)) {
        for standard in [Standard::Dcsa3, Standard::Dcsa2, Standard::Epcis] {
            let message = message(&raw);
            prop_assert!(normalize(standard, &message).normalized.records.is_empty());
        }
    }

    #[test]
    fn any_identifier_never_panics(identifier in "(urn:epc:id:|urn:epc:class:|https://id.gs1.org/)?(sscc|sgtin|sgln|gdti|00|01|414)?[:/.]?\\PC{0,40}") {
        let event = json!({"type": "ObjectEvent", "eventTime": "2026-11-09T19:58:07Z", "action": "OBSERVE", "epcList": [identifier],
            "readPoint": {"id": identifier}, "bizTransactionList": [{"type": "po", "bizTransaction": identifier}]});
        let raw = serde_json::to_vec(&json!({"type": "EPCISDocument", "epcisBody": {"eventList": [event]}})).unwrap();
        let message = message(&raw);
        prop_assert_eq!(normalize(Standard::Epcis, &message).events, 1);
    }
}
