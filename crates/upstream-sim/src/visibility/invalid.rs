//! Events that break their contract. Each has an identity of its own that never appears validly.

use serde_json::{Value, json};

use super::post::Wire;
use crate::rolls::Rolls;
use crate::stamp::rfc3339_ms;

/// An event without what every event must have: a time, a code, a reference, an id.
pub(super) fn event(rolls: &mut Rolls, wire: Wire, now: i64) -> Value {
    let id = rolls.guid().to_string();
    let how = rolls.index(4);
    let at = rfc3339_ms(now);
    match wire {
        Wire::Dcsa3 => dcsa3(&id, how, &at),
        Wire::Dcsa2 => dcsa2(&id, how, &at),
        Wire::Epcis => epcis(&id, how, &at),
    }
}

fn dcsa3(id: &str, how: usize, at: &str) -> Value {
    let mut event = json!({
        "eventRouting": {"originatingParty": {"partyCode": "TSTO", "codeListProvider": "SMDG", "codeListName": "LCL"}},
        "eventID": format!("x-{id}"),
        "eventDateTime": at,
        "eventUpdatedDateTime": at,
        "eventClassification": {"eventTypeCode": "EQUIPMENT", "eventClassifierCode": "ACT", "equipmentEventTypeCode": "GTOT"},
        "shipmentDetails": {"documentReference": {"typeCode": "BKG", "reference": format!("X{id}")}},
    });
    match how {
        0 => event["eventDateTime"] = "22-07-2026".into(),
        1 => event["eventClassification"] = json!({"eventTypeCode": "EQUIPMENT"}),
        2 => drop(remove(&mut event, "shipmentDetails")),
        _ => drop(remove(&mut event, "eventID")),
    }
    event
}

fn dcsa2(id: &str, how: usize, at: &str) -> Value {
    let mut event = json!({
        "eventID": id,
        "eventType": "EQUIPMENT",
        "eventCreatedDateTime": at,
        "eventDateTime": at,
        "eventClassifierCode": "ACT",
        "equipmentEventTypeCode": "GTIN",
        "documentReferences": [{"documentReferenceType": "BKG", "documentReferenceValue": format!("X{id}")}],
    });
    match how {
        0 => event["eventDateTime"] = "yesterday".into(),
        1 => event["equipmentEventTypeCode"] = Value::Null,
        2 => drop(remove(&mut event, "documentReferences")),
        _ => drop(remove(&mut event, "eventID")),
    }
    event
}

fn epcis(id: &str, how: usize, at: &str) -> Value {
    let mut event = json!({
        "type": "ObjectEvent",
        "eventID": format!("urn:uuid:{id}"),
        "eventTime": at,
        "eventTimeZoneOffset": "+00:00",
        "epcList": [format!("https://example.com/pallet/{id}")],
        "action": "OBSERVE",
        "bizStep": "receiving",
    });
    match how {
        0 => event["eventTime"] = "2026-13-45T25:61:00Z".into(),
        1 => event["action"] = "LOOKED".into(),
        2 => event["epcList"] = json!([]),
        // Changes what things are, which nothing here is about.
        _ => event["type"] = "TransformationEvent".into(),
    }
    event
}

fn remove(event: &mut Value, field: &str) -> Option<Value> {
    event.as_object_mut()?.remove(field)
}
