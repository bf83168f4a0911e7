//! Events as DCSA Track and Trace 3.0 and 2.2 write them.

use serde_json::{Value, json};

use super::event::{Event, Standard, Subject};
use crate::stamp::{rfc3339, rfc3339_ms};

/// An event in the version of the standard that its publisher speaks.
pub(super) fn event(subject: &Subject, event: &Event) -> Value {
    match subject.standard {
        Standard::Dcsa3 => dcsa3(subject, event),
        Standard::Dcsa2 => dcsa2(subject, event),
    }
}

/// A retraction, which names the event and perhaps a time.
pub(super) fn retraction(subject: &Subject, id: &str, updated: Option<i64>) -> Value {
    let mut event = json!({"eventRouting": routing(subject), "eventID": id, "isRetracted": true});
    if let Some(updated) = updated {
        event["eventUpdatedDateTime"] = rfc3339_ms(updated).into();
    }
    event
}

fn routing(subject: &Subject) -> Value {
    let (party, provider, name) = subject.party;
    let mut party = json!({"partyCode": party, "codeListProvider": provider});
    if let Some(name) = name {
        party["codeListName"] = name.into();
    }
    json!({"originatingParty": party})
}

fn happens(event: &Event) -> String {
    let offset = event.local.then_some(event.place.offset_minutes);
    rfc3339(event.happens, offset)
}

/// Degrees as a text, which is how the standard has them.
fn degrees(e6: i64) -> String {
    let sign = if e6 < 0 { "-" } else { "" };
    format!("{sign}{}.{:06}", e6.abs() / 1_000_000, e6.abs() % 1_000_000)
}

/// The name of the code of an event's type: `equipmentEventTypeCode`.
fn code_field(event: &Event) -> String {
    format!("{}EventTypeCode", event.what.kind.to_lowercase())
}

fn dcsa3(subject: &Subject, event: &Event) -> Value {
    let mut classification =
        json!({"eventTypeCode": event.what.kind, "eventClassifierCode": event.what.classifier});
    classification[code_field(event)] = event.what.code.into();
    let mut location = json!({"locationName": event.place.name, "facilityTypeCode": if event.export_depot { "DEPO" } else { "POTE" }});
    match event.place.un_locode {
        Some(code) => location["UNLocationCode"] = code.into(),
        None => {
            location["facility"] =
                json!({"facilityCode": event.place.code, "codeListProvider": "SMDG"})
        }
    }
    if event.with_point {
        location["geoCoordinate"] = json!({"latitude": degrees(event.place.lat_e6), "longitude": degrees(event.place.lon_e6)});
    }
    let mut wire = json!({
        "eventRouting": routing(subject),
        "eventID": event.id,
        "eventDateTime": happens(event),
        "eventClassification": classification,
        "eventLocation": location,
        "shipmentDetails": {
            "documentReference": {"typeCode": "BKG", "reference": subject.booking},
            "shipmentReferences": references(subject, "typeCode", "reference"),
        },
    });
    if let Some(updated) = event.updated {
        wire["eventUpdatedDateTime"] = rfc3339_ms(updated).into();
    }
    if event.is_about_container() {
        let mut equipment = json!({"equipmentReference": subject.container,
            "movementType": if event.export_depot { "EXPORT" } else { "IMPORT" }});
        describe(subject, event, &mut equipment);
        wire["equipmentDetails"] = equipment;
    }
    if event.what.kind == "TRANSPORT" {
        wire["transportDetails"] = json!({"transportCall": {"transportCallReference": subject.call(event),
            "modeOfTransport": "VESSEL"}});
        if let Some(reason) = event.reason {
            wire["transportDetails"]["delayReasonCodes"] = json!([reason]);
        }
    }
    wire
}

fn dcsa2(subject: &Subject, event: &Event) -> Value {
    let mut location = json!({"locationName": event.place.name});
    match event.place.un_locode {
        Some(code) => location["UNLocationCode"] = code.into(),
        None => location["facilityCode"] = event.place.code.into(),
    }
    if event.with_point {
        location["latitude"] = degrees(event.place.lat_e6).into();
        location["longitude"] = degrees(event.place.lon_e6).into();
    }
    let mut wire = json!({
        "eventID": event.id,
        "eventType": event.what.kind,
        "eventDateTime": happens(event),
        "eventClassifierCode": event.what.classifier,
        "eventLocation": location,
        "documentReferences": [{"documentReferenceType": "BKG", "documentReferenceValue": subject.booking}],
        "references": references(subject, "referenceType", "referenceValue"),
    });
    wire[code_field(event)] = event.what.code.into();
    if let Some(updated) = event.updated {
        wire["eventCreatedDateTime"] = rfc3339_ms(updated).into();
    }
    match event.what.kind {
        "TRANSPORT" => wire["transportCall"] = json!({"transportCallID": subject.call(event)}),
        "SHIPMENT" => {
            wire["documentID"] = subject.booking.as_str().into();
            wire["documentTypeCode"] = "BKG".into();
        }
        _ => {
            wire["equipmentReference"] = subject.container.as_str().into();
            describe(subject, event, &mut wire);
        }
    }
    if let Some(reason) = event.reason {
        wire["delayReasonCode"] = reason.into();
    }
    wire
}

/// Type and load of a container.
fn describe(subject: &Subject, event: &Event, into: &mut Value) {
    if event.with_type {
        into["ISOEquipmentCode"] = subject.iso_type.into();
    }
    if let Some(laden) = event.laden {
        into["emptyIndicatorCode"] = if laden { "LADEN" } else { "EMPTY" }.into();
    }
}

fn references(subject: &Subject, kind: &str, value: &str) -> Value {
    let load = subject.shipment_no.iter().map(|load| ("SI", load));
    let orders = subject.orders.iter().map(|order| ("CR", order));
    let purchase = subject.purchase_order.iter().map(|order| ("PO", order));
    // Names a load at some and an order at others.
    let either = subject.shipment_no.iter().map(|load| ("CSI", load));
    load.chain(orders)
        .chain(purchase)
        .chain(either)
        .map(|(code, reference)| json!({kind: code, value: reference}))
        .collect()
}
