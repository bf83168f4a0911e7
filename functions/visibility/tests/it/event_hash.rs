//! Event hashes as the published reference implementation, version 1.9.3, computes them.

use serde::Deserialize;
use serde_json::value::RawValue;
use visibility::normalize::{Namespaces, event_hash};

use crate::world::fixture;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    #[serde(rename = "@context")]
    context: Box<RawValue>,
    epcis_body: Body,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    event_list: Vec<Box<RawValue>>,
}

fn hashes(name: &str) -> Vec<String> {
    let document: Document = serde_json::from_slice(&fixture(name)).unwrap();
    let namespaces = Namespaces::of(Some(&document.context));
    let events = document.epcis_body.event_list.iter();
    events
        .map(|event| event_hash(event.get(), &namespaces).unwrap())
        .collect()
}

fn ni(digest: &str) -> String {
    format!("ni:///sha-256;{digest}?ver=CBV2.0")
}

#[test]
fn hashes_are_those_of_the_reference_implementation() {
    assert_eq!(
        hashes("epcis_without_ids.json"),
        [
            ni("460db0c5d1701946defa00234fdbe5a20b477bd4d7958b332e06885ff18e24b5"),
            // That implementation writes the destinations of a JSON event before its sources, those of an XML event
            // after them, as the rules say. This is the hash of its own text in the order of the rules.
            ni("24aa823266e9f3bbe7b27ab69d2ce9952110a86fe3adbb2583f61cfdf2a59bba"),
            ni("4a8fa112089aa32297f498d065767bb0a2cc656db5159c89c4f93914c4cb0261"),
        ]
    );
}

#[test]
fn an_error_declaration_takes_no_part_in_the_hash() {
    assert_eq!(
        hashes("epcis_declared_wrong.json")[0],
        hashes("epcis_without_ids.json")[2]
    );
}

#[test]
fn the_order_of_names_and_lists_makes_no_difference() {
    let event = |json: &str| event_hash(json, &Namespaces::default()).unwrap();
    assert_eq!(
        event(
            r#"{"type":"ObjectEvent","epcList":["b","a"],"bizTransactionList":[{"type":"po","bizTransaction":"x"}],"quantityList":[{"epcClass":"c","quantity":1.50}]}"#
        ),
        event(
            r#"{"quantityList":[{"quantity":1.5,"epcClass":"c"}],"bizTransactionList":[{"bizTransaction":"x","type":"https://ref.gs1.org/cbv/BTT-po"}],"epcList":["a","b"],"type":"ObjectEvent","recordTime":"2026-11-09T20:10:00Z"}"#
        ),
    );
    assert_ne!(
        event(r#"{"type":"ObjectEvent","epcList":["a"]}"#),
        event(r#"{"type":"ObjectEvent","epcList":["b"]}"#)
    );
}
