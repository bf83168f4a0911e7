//! Events of DCSA Track and Trace 2.2: no update, no retraction; a correction is another event that means the same.

use std::borrow::Cow;

use ingest::{Message, Problem, parse};
use record::{QualityFlag, ReferenceKind};

use super::{
    Outcome, dcsa,
    event::Unit,
    value::{key_part, point, text, trimmed},
};
use crate::wire::dcsa2::Event;

/// Takes one event.
pub(super) fn event<'a>(
    message: &'a Message<'a>,
    index: usize,
    raw: &'a str,
    into: &mut Outcome<'a>,
) {
    let unit = Unit::new(message, "", index);
    if let Err(problem) = read(&unit, raw, into) {
        into.reject_event(problem, raw, format!("[{raw}]"));
    }
}

fn read<'a>(unit: &Unit<'a>, raw: &'a str, into: &mut Outcome<'a>) -> Result<(), Problem> {
    let event: Event<'a> = parse(raw, &unit.path)?;
    let event = lower(unit, &event, into)?;
    dcsa::push(unit, event, into)
}

/// The event's type and its code of that type.
fn kind_and_code(event: &Event<'_>) -> Option<(String, String)> {
    let codes = [
        ("SHIPMENT", &event.shipment_event_type_code),
        ("TRANSPORT", &event.transport_event_type_code),
        ("EQUIPMENT", &event.equipment_event_type_code),
    ];
    let stated = trimmed(event.event_type.as_ref()).map(|kind| kind.to_ascii_uppercase());
    codes.into_iter().find_map(|(kind, code)| {
        let code = trimmed(code.as_ref())?;
        let meant = stated.as_deref().is_none_or(|stated| stated == kind);
        meant.then(|| (kind.to_owned(), code.to_ascii_uppercase()))
    })
}

fn lower<'a>(
    unit: &Unit<'a>,
    event: &Event<'a>,
    into: &mut Outcome<'a>,
) -> Result<dcsa::Event<'a>, Problem> {
    if trimmed(event.event_id.as_ref()).is_none() {
        return Err(Problem::new(unit.at("eventID"), "no event id"));
    }
    let happens = dcsa::required_instant(event.event_date_time.as_ref(), unit.at("eventDateTime"))?;
    let created = event.event_created_date_time.as_ref();
    let (version, modified) = dcsa::version(created, &unit.at("eventCreatedDateTime"))?;
    let (kind, code) = kind_and_code(event)
        .ok_or_else(|| Problem::new(unit.at("eventType"), "no code of the event's type"))?;
    let mut references = dcsa::References::default();
    for document in event.document_references.iter().flatten() {
        let kind = document.document_reference_type.as_ref();
        references.add(kind, document.document_reference_value.as_ref(), None);
    }
    references.add(
        event.document_type_code.as_ref(),
        event.document_id.as_ref(),
        None,
    );
    for reference in event.references.iter().flatten() {
        references.add(
            reference.reference_type.as_ref(),
            reference.reference_value.as_ref(),
            None,
        );
    }
    if references.is_empty() && trimmed(event.equipment_reference.as_ref()).is_none() {
        let detail = "no reference: neither document, shipment nor equipment";
        return Err(Problem::new(unit.at("documentReferences"), detail));
    }
    let mut doubts = Vec::new();
    let classifier = dcsa::classifier(
        event.event_classifier_code.as_ref(),
        unit.at("eventClassifierCode"),
        &mut doubts,
        into,
    );
    let equipment = dcsa::equipment(
        event.equipment_reference.as_ref(),
        event.iso_equipment_code.as_ref(),
        event.empty_indicator_code.as_ref(),
        unit.at("equipmentReference"),
        &mut doubts,
        into,
    );
    let place = Place::of(event);
    if place.off_the_globe {
        doubts.push(QualityFlag::CoordinateInvalid);
        into.warn(
            unit.path.clone(),
            "coordinates off the globe, left out".to_owned(),
        );
    }
    let subject = subject(event, equipment.as_ref(), &references);
    let at = place.code.as_deref().map_or(Cow::Borrowed("-"), key_part);
    Ok(dcsa::Event {
        event_id: format!(
            "dcsa2|{subject}|{at}|{kind}-{}|{classifier}",
            key_part(&code)
        ),
        version,
        modified,
        happens,
        kind,
        code,
        classifier,
        place_code: place.code,
        facility_type: event
            .transport_call
            .as_ref()
            .and_then(|call| trimmed(call.facility_type_code.as_ref())),
        point: place.point,
        equipment,
        movement: None,
        references,
        reason: text(event.delay_reason_code.as_ref()),
        doubts,
    })
}

/// What an event is about, as the first parts of its natural key: the container on its booking, else the call on its
/// booking, else the document. The booking is part of it because containers come back to a port on another one.
fn subject(
    event: &Event<'_>,
    equipment: Option<&dcsa::Equipment<'_>>,
    references: &dcsa::References<'_>,
) -> String {
    let booking = references
        .only(ReferenceKind::Booking)
        .map_or(Cow::Borrowed("-"), |booking| key_part(booking));
    let call = event
        .transport_call
        .as_ref()
        .and_then(|call| trimmed(call.transport_call_id.as_ref()));
    let thing = match (equipment, call) {
        (Some(equipment), _) => match equipment.container {
            Some(container) => container.owner_and_serial().to_owned(),
            None => equipment.stated.to_string(),
        },
        (None, Some(call)) => call.into_owned(),
        (None, None) => trimmed(event.document_id.as_ref()).map_or_else(
            || {
                let any = references
                    .known
                    .iter()
                    .min()
                    .map(|reference| &reference.value);
                any.or(references.other.as_ref())
                    .map_or("-", |text| text)
                    .to_owned()
            },
            Cow::into_owned,
        ),
    };
    let subject = format!("{}|{booking}", key_part(&thing));
    if subject.len() > 100 {
        format!("{}|-", key_part(&subject))
    } else {
        subject
    }
}

struct Place<'a> {
    code: Option<Cow<'a, str>>,
    point: Option<(i64, i64)>,
    off_the_globe: bool,
}

impl<'a> Place<'a> {
    /// Where an event happened: its own place, else that of the call.
    fn of(event: &Event<'a>) -> Self {
        let call = event.transport_call.as_ref();
        let own = event.event_location.as_ref();
        let locations = [own, call.and_then(|call| call.location.as_ref())];
        let locations = || locations.into_iter().flatten();
        let code = locations()
            .find_map(|location| trimmed(location.un_location_code.as_ref()))
            .or_else(|| trimmed(call?.un_location_code.as_ref()))
            .or_else(|| locations().find_map(|location| trimmed(location.facility_code.as_ref())))
            .or_else(|| trimmed(call?.facility_code.as_ref()));
        let points: Vec<_> = locations()
            .map(|location| point(location.latitude, location.longitude))
            .collect();
        Self {
            code,
            point: points.iter().find_map(|(point, _)| *point),
            off_the_globe: points.iter().any(|(_, off)| *off),
        }
    }
}
