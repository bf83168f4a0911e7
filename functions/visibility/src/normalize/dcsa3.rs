//! Events of DCSA Track and Trace 3.0: overridden by a later update, retracted by their id.

use ingest::{Message, Problem, parse};
use record::{Entity, Record, RecordKey, Source, Text};

use super::{
    Outcome, dcsa,
    event::Unit,
    value::{key_part, key_part_or_dash, point, text, trimmed},
};
use crate::wire::{
    WireText,
    dcsa3::{Classification, Event, EventHead, Routing},
};

/// A retraction wins over the events of its id that are not newer: at the same time of update it comes after them.
const RETRACTION_MINOR: u64 = 1;
/// A retraction that names no time takes back every event of its id, since it does not say which are earlier.
const FINAL: u8 = 1;
/// Longest name of a party that goes into a key as it is.
const PARTY_BYTES_MAX: usize = 100;

/// Takes one event.
pub(super) fn event<'a>(
    message: &'a Message<'a>,
    index: usize,
    raw: &'a str,
    into: &mut Outcome<'a>,
) {
    let unit = Unit::new(message, "/events", index);
    if let Err(problem) = read(&unit, raw, into) {
        let head: EventHead<'a> = serde_json::from_str(raw).unwrap_or_default();
        let key = head
            .event_id
            .as_ref()
            .and_then(|id| event_key(head.event_routing.as_ref(), id));
        let problem = match key {
            Some(key) => problem.about(key),
            None => problem,
        };
        into.reject_event(problem, raw, format!(r#"{{"events":[{raw}]}}"#));
    }
}

fn read<'a>(unit: &Unit<'a>, raw: &'a str, into: &mut Outcome<'a>) -> Result<(), Problem> {
    let event: Event<'a> = parse(raw, &unit.path)?;
    let event_id = event
        .event_id
        .as_ref()
        .and_then(|id| event_key(event.event_routing.as_ref(), id))
        .ok_or_else(|| Problem::new(unit.at("eventID"), "no event id"))?;
    if event.is_retracted == Some(true) {
        into.normalized
            .records
            .push(retraction(unit, &event, &event_id)?);
        return Ok(());
    }
    let event = lower(unit, &event, event_id, into)?;
    dcsa::push(unit, event, into)
}

/// The key of an event: its originating party and its id, as the standard defines it.
fn event_key(routing: Option<&Routing<'_>>, id: &WireText<'_>) -> Option<String> {
    let id = trimmed(Some(id))?;
    let party = routing.and_then(|routing| routing.originating_party.as_ref());
    let parts = [
        party.and_then(|party| trimmed(party.code_list_provider.as_ref())),
        party.and_then(|party| trimmed(party.code_list_name.as_ref())),
        party.and_then(|party| trimmed(party.party_code.as_ref())),
    ];
    let party = parts
        .each_ref()
        .map(|part| key_part_or_dash(part.as_ref()))
        .join("|");
    let party = if party.len() > PARTY_BYTES_MAX {
        format!("-|-|{}", key_part(&party))
    } else {
        party
    };
    Some(format!("dcsa|{party}|{}", key_part(&id)))
}

fn retraction<'a>(
    unit: &Unit<'a>,
    event: &Event<'a>,
    event_id: &str,
) -> Result<Record<'a>, Problem> {
    let place = unit.at("eventUpdatedDateTime");
    let (version, modified) = dcsa::version(event.event_updated_date_time.as_ref(), &place)?;
    let version = match modified {
        Some(time) => record::SourceVersion::at(time, RETRACTION_MINOR)
            .map_err(|error| Problem::new(place, error))?,
        None => version.with_precedence(FINAL),
    };
    let key = RecordKey::from_text(Entity::Milestone, event_id)
        .map_err(|error| Problem::new(unit.at("eventID"), error))?;
    let provenance = unit.provenance(None, modified);
    Ok(Record::tombstone(
        Source::Visibility,
        key,
        version,
        provenance,
    ))
}

/// The event's type and its code of that type. The type may be missing where a code says it.
fn kind_and_code(classification: Option<&Classification<'_>>) -> Option<(String, String)> {
    let classes = classification?;
    let codes = [
        ("SHIPMENT", &classes.shipment_event_type_code),
        ("TRANSPORT", &classes.transport_event_type_code),
        ("EQUIPMENT", &classes.equipment_event_type_code),
        ("IOT", &classes.iot_event_type_code),
        ("REEFER", &classes.reefer_event_type_code),
    ];
    let stated = trimmed(classes.event_type_code.as_ref()).map(|kind| kind.to_ascii_uppercase());
    codes.into_iter().find_map(|(kind, code)| {
        let code = trimmed(code.as_ref())?;
        let meant = stated.as_deref().is_none_or(|stated| stated == kind);
        meant.then(|| (kind.to_owned(), code.to_ascii_uppercase()))
    })
}

fn lower<'a>(
    unit: &Unit<'a>,
    event: &Event<'a>,
    event_id: String,
    into: &mut Outcome<'a>,
) -> Result<dcsa::Event<'a>, Problem> {
    let happens = dcsa::required_instant(event.event_date_time.as_ref(), unit.at("eventDateTime"))?;
    let updated = event.event_updated_date_time.as_ref();
    let (version, modified) = dcsa::version(updated, &unit.at("eventUpdatedDateTime"))?;
    let classes = event.event_classification.as_ref();
    let (kind, code) = kind_and_code(classes).ok_or_else(|| {
        Problem::new(
            unit.at("eventClassification"),
            "no code of the event's type",
        )
    })?;
    let references = references(event);
    let details = event.equipment_details.as_ref();
    let has_equipment =
        details.is_some_and(|details| trimmed(details.equipment_reference.as_ref()).is_some());
    if references.is_empty() && !has_equipment {
        let detail = "no reference: neither document, shipment nor equipment";
        return Err(Problem::new(unit.at("shipmentDetails"), detail));
    }
    let mut doubts = Vec::new();
    let classifier = dcsa::classifier(
        classes.and_then(|classes| classes.event_classifier_code.as_ref()),
        unit.at("eventClassification.eventClassifierCode"),
        &mut doubts,
        into,
    );
    let equipment = details.and_then(|details| {
        dcsa::equipment(
            details.equipment_reference.as_ref(),
            details.iso_equipment_code.as_ref(),
            details.empty_indicator_code.as_ref(),
            unit.at("equipmentDetails.equipmentReference"),
            &mut doubts,
            into,
        )
    });
    let location = event.event_location.as_ref();
    let (point, off_the_globe) = location
        .and_then(|location| location.geo_coordinate.as_ref())
        .map_or((None, false), |geo| point(geo.latitude, geo.longitude));
    if off_the_globe {
        doubts.push(record::QualityFlag::CoordinateInvalid);
        into.warn(
            unit.at("eventLocation.geoCoordinate"),
            "off the globe, left out".to_owned(),
        );
    }
    let facility = location.and_then(|location| location.facility.as_ref());
    Ok(dcsa::Event {
        event_id,
        version,
        modified,
        happens,
        kind,
        code,
        classifier,
        place_code: location
            .and_then(|location| trimmed(location.un_location_code.as_ref()))
            .or_else(|| facility.and_then(|facility| trimmed(facility.facility_code.as_ref()))),
        facility_type: location.and_then(|location| trimmed(location.facility_type_code.as_ref())),
        point,
        equipment,
        movement: details.and_then(|details| trimmed(details.movement_type.as_ref())),
        references,
        reason: event.transport_details.as_ref().and_then(|details| {
            details
                .delay_reason_codes
                .as_ref()
                .and_then(|codes| text(codes.first()))
        }),
        doubts,
    })
}

fn references<'a>(event: &Event<'a>) -> dcsa::References<'a> {
    let mut references = dcsa::References::default();
    let Some(details) = &event.shipment_details else {
        return references;
    };
    let issuer: Option<Text<'a>> = event
        .event_routing
        .as_ref()
        .and_then(|routing| routing.originating_party.as_ref())
        .and_then(|party| text(party.party_code.as_ref()));
    let listed = details
        .document_reference
        .iter()
        .chain(details.additional_document_references.iter().flatten())
        .chain(details.shipment_references.iter().flatten());
    for reference in listed {
        references.add(
            reference.type_code.as_ref(),
            reference.reference.as_ref(),
            issuer.as_ref(),
        );
    }
    let replacements = details
        .document_reference_replacements
        .iter()
        .chain(&details.shipment_reference_replacements)
        .flatten();
    for replacement in replacements {
        for new in replacement.new_references.iter().flatten() {
            references.add(
                new.type_code.as_ref(),
                new.reference.as_ref(),
                issuer.as_ref(),
            );
        }
        for old in replacement.old_references.iter().flatten() {
            references.replace(
                old.type_code.as_ref(),
                old.reference.as_ref(),
                issuer.as_ref(),
            );
        }
    }
    references
}
