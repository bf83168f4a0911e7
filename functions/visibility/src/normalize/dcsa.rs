//! What both versions of DCSA Track and Trace come to: one event, a milestone and perhaps a container.

use std::borrow::Cow;

use identifiers::InvalidContainer;
use ingest::Problem;
use jiff::Timestamp;
use record::{
    BeforeEpoch, Body, Classifier, Container, EpochMillis, InvalidKey, Milestone, MilestoneCode,
    QualityFlag, Record, Reference, ReferenceKind, Source, SourceVersion, Text, TimeBasis,
    TimePrecision,
};

use super::{
    Outcome,
    code::{self, Surroundings},
    event::{Unit, doubted},
    value::{instant, text, trimmed},
};
use crate::wire::WireText;

/// An event, whichever version of the standard it came in.
#[derive(Debug)]
pub(super) struct Event<'a> {
    /// The milestone's business key.
    pub(super) event_id: String,
    pub(super) version: SourceVersion,
    pub(super) modified: Option<Timestamp>,
    pub(super) happens: Timestamp,
    /// `EQUIPMENT` and others, in capitals.
    pub(super) kind: String,
    /// `GTOT` and others, in capitals.
    pub(super) code: String,
    pub(super) classifier: Classifier,
    pub(super) place_code: Option<Cow<'a, str>>,
    pub(super) facility_type: Option<Cow<'a, str>>,
    pub(super) point: Option<(i64, i64)>,
    pub(super) equipment: Option<Equipment<'a>>,
    pub(super) movement: Option<Cow<'a, str>>,
    pub(super) references: References<'a>,
    pub(super) reason: Option<Text<'a>>,
    pub(super) doubts: Vec<QualityFlag>,
}

/// The container of an event.
#[derive(Debug)]
pub(super) struct Equipment<'a> {
    /// Owner and serial number, if the number has the form of a container's.
    pub(super) container: Option<identifiers::Container>,
    /// The number as it came.
    pub(super) stated: Cow<'a, str>,
    pub(super) iso_type: Option<Text<'a>>,
    pub(super) laden: Option<bool>,
}

/// What an event refers to.
#[derive(Debug, Default)]
pub(super) struct References<'a> {
    pub(super) known: Vec<Reference<'a>>,
    /// References that may name one thing or another; good for matching, not for a column.
    pub(super) ambiguous: Vec<Reference<'a>>,
    /// References that others took the place of; good for matching with what came before, not for a column.
    pub(super) replaced: Vec<Reference<'a>>,
    /// The first reference of a kind that we have no use for.
    pub(super) other: Option<Text<'a>>,
}

/// What a DCSA type of reference names.
enum Named {
    One(ReferenceKind),
    /// The consignor's own number, of either.
    OrderOrShipment,
    /// Nothing that we have a use for.
    Other,
}

fn named(kind: &str) -> Named {
    Named::One(match &*kind.trim().to_ascii_uppercase() {
        "BKG" => ReferenceKind::Booking,
        "TRD" => ReferenceKind::TransportDoc,
        "PO" => ReferenceKind::CustomerPo,
        "SI" => ReferenceKind::ShipmentNo,
        "CR" => ReferenceKind::OrderNo,
        "EQ" => ReferenceKind::Container,
        "CSI" => return Named::OrderOrShipment,
        _ => return Named::Other,
    })
}

/// The issuer is noted only of what a carrier numbers.
fn reference<'a>(kind: ReferenceKind, value: Text<'a>, issuer: Option<&Text<'a>>) -> Reference<'a> {
    let scoped = matches!(kind, ReferenceKind::Booking | ReferenceKind::TransportDoc);
    Reference {
        kind,
        issuer: issuer.filter(|_| scoped).cloned(),
        value,
    }
}

fn each_once<'r, 'a: 'r>(
    references: impl Iterator<Item = &'r Reference<'a>>,
) -> Vec<Reference<'a>> {
    let mut list: Vec<_> = references.cloned().collect();
    list.sort();
    list.dedup();
    list
}

impl<'a> References<'a> {
    /// Notes a reference under its DCSA type; `issuer` is the carrier, whose numbers its documents bear.
    pub(super) fn add(
        &mut self,
        kind: Option<&WireText<'a>>,
        value: Option<&WireText<'a>>,
        issuer: Option<&Text<'a>>,
    ) {
        let Some(value) = text(value) else { return };
        match kind.map_or(Named::Other, |kind| named(kind)) {
            Named::One(kind) => self.known.push(reference(kind, value, issuer)),
            // Of the order at some, of the load at others.
            Named::OrderOrShipment => {
                let either = [ReferenceKind::OrderNo, ReferenceKind::ShipmentNo];
                self.ambiguous
                    .extend(either.map(|kind| reference(kind, value.clone(), None)));
            }
            Named::Other => {
                self.other.get_or_insert(value);
            }
        }
    }

    /// Notes that a reference no longer holds. It stays good for matching: what came before says it.
    pub(super) fn replace(
        &mut self,
        kind: Option<&WireText<'a>>,
        value: Option<&WireText<'a>>,
        issuer: Option<&Text<'a>>,
    ) {
        match (text(value), kind.map_or(Named::Other, |kind| named(kind))) {
            (Some(value), Named::One(kind)) => self.replaced.push(reference(kind, value, issuer)),
            // Fills no column in any case.
            _ => self.add(kind, value, issuer),
        }
    }

    /// All references that hold, of kinds that we know, each once and in the order of their kinds.
    fn all(&self) -> Vec<Reference<'a>> {
        each_once(self.holding().chain(&self.ambiguous))
    }

    /// Those that hold no more, each once and in the order of their kinds.
    fn replaced(&self) -> Vec<Reference<'a>> {
        each_once(self.replaced.iter())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.known.is_empty()
            && self.ambiguous.is_empty()
            && self.replaced.is_empty()
            && self.other.is_none()
    }

    /// References of which no other took the place.
    fn holding(&self) -> impl Iterator<Item = &Reference<'a>> {
        self.known
            .iter()
            .filter(|reference| !self.replaced.contains(reference))
    }

    /// The one value of a kind that holds; None where there is none, or several that differ.
    pub(super) fn only(&self, kind: ReferenceKind) -> Option<&Text<'a>> {
        let mut values = self.holding().filter(|reference| reference.kind == kind);
        let first = &values.next()?.value;
        values.all(|other| &other.value == first).then_some(first)
    }
}

/// Reads the container of an event, and says what is doubtful about its number.
pub(super) fn equipment<'a>(
    number: Option<&WireText<'a>>,
    iso_type: Option<&WireText<'a>>,
    indicator: Option<&WireText<'a>>,
    place: String,
    doubts: &mut Vec<QualityFlag>,
    into: &mut Outcome<'a>,
) -> Option<Equipment<'a>> {
    let stated = trimmed(number)?;
    let container = match identifiers::Container::parse(&stated) {
        Ok(container) => Some(container),
        Err(error) => {
            doubts.push(QualityFlag::CheckDigit);
            into.warn(place, format!("`{stated}`: {error}"));
            match error {
                // Owner and serial number are what containers are compared by; the digit is wrong, perhaps they are not.
                InvalidContainer::CheckDigit { .. } => {
                    let compact: String = stated
                        .chars()
                        .filter(char::is_ascii_alphanumeric)
                        .take(10)
                        .collect();
                    identifiers::Container::parse(&compact).ok()
                }
                InvalidContainer::Form => None,
            }
        }
    };
    let laden = indicator.and_then(|indicator| match indicator.trim() {
        "LADEN" => Some(true),
        "EMPTY" => Some(false),
        _ => None,
    });
    Some(Equipment {
        container,
        stated,
        iso_type: text(iso_type),
        laden,
    })
}

/// How certain an event is. A word that the standard does not have is no reason to refuse what happened.
pub(super) fn classifier<'a>(
    classifier: Option<&WireText<'a>>,
    place: String,
    doubts: &mut Vec<QualityFlag>,
    into: &mut Outcome<'a>,
) -> Classifier {
    let stated = trimmed(classifier).unwrap_or_default();
    stated.to_ascii_uppercase().parse().unwrap_or_else(|_| {
        doubts.push(QualityFlag::UnmappedCode);
        into.warn(place, format!("classifier `{stated}` taken as ACT"));
        Classifier::Actual
    })
}

/// A time that must be there.
pub(super) fn required_instant(
    time: Option<&WireText<'_>>,
    place: String,
) -> Result<Timestamp, Problem> {
    match instant(time) {
        Ok(Some(time)) => Ok(time),
        Ok(None) => Err(Problem::new(place, "no time")),
        Err(error) => Err(Problem::new(place, error)),
    }
}

/// A time that may be there, as a version; without it the oldest version of all, whatever our own clock says.
pub(super) fn version(
    time: Option<&WireText<'_>>,
    place: &str,
) -> Result<(SourceVersion, Option<Timestamp>), Problem> {
    let wrong = |error: &dyn std::fmt::Display| Problem::new(place, error);
    match instant(time).map_err(|error| wrong(&error))? {
        None => Ok((SourceVersion::default(), None)),
        Some(time) => {
            let version = SourceVersion::at(time, 0).map_err(|error| wrong(&error))?;
            Ok((version, Some(time)))
        }
    }
}

/// Turns an event into records.
pub(super) fn push<'a>(
    unit: &Unit<'a>,
    mut event: Event<'a>,
    into: &mut Outcome<'a>,
) -> Result<(), Problem> {
    let around = Surroundings {
        classifier: event.classifier,
        facility_type: event.facility_type.as_deref(),
        movement: event.movement.as_deref(),
    };
    let mapped = code::of_dcsa(&event.kind, &event.code, around);
    let measured = matches!(&*event.kind, "IOT" | "REEFER");
    if mapped.is_none() {
        event.doubts.push(QualityFlag::UnmappedCode);
        into.warn(
            unit.path.clone(),
            format!("no milestone of ours for {} {}", event.kind, event.code),
        );
    }
    let code = mapped.unwrap_or(code::UNMAPPED);
    let invalid = |error: InvalidKey| Problem::new(unit.at("eventID"), error);
    let container =
        container(&event, code).map_err(|error| Problem::new(unit.at("eventDateTime"), error))?;
    if measured && container.is_none() {
        let detail = format!(
            "{} event without a container that it could be about",
            event.kind
        );
        return Err(Problem::unsupported(unit.path.clone(), detail));
    }
    let references = std::mem::take(&mut event.references);
    if !measured {
        let milestone = milestone(&event, code, &references);
        let happened = (event.classifier == Classifier::Actual).then_some(milestone.event_time);
        let provenance = unit.provenance(happened, event.modified);
        let record = Record::upsert(
            Source::Visibility,
            Body::Milestone(milestone),
            event.version,
            provenance,
        );
        let record = record.map_err(invalid)?;
        let record = record
            .with_references(references.all())
            .with_replaced(references.replaced());
        into.normalized.records.push(doubted(record, &event.doubts));
    }
    if let Some((mut container, version)) = container {
        container.shipment_no = references.only(ReferenceKind::ShipmentNo).cloned();
        container.booking_no = references.only(ReferenceKind::Booking).cloned();
        let provenance = unit.provenance(container.last_event_time, event.modified);
        let record = Record::upsert(
            Source::Visibility,
            Body::Container(container),
            version,
            provenance,
        );
        let record = record.map_err(invalid)?;
        into.normalized.records.push(doubted(record, &event.doubts));
    }
    Ok(())
}

fn milestone<'a>(
    event: &Event<'a>,
    code: MilestoneCode,
    references: &References<'a>,
) -> Milestone<'a> {
    let shipment_no = references.only(ReferenceKind::ShipmentNo).cloned();
    let container_no = event.equipment.as_ref().map(|equipment| {
        Text::from(match equipment.container {
            Some(container) => container.owner_and_serial().to_owned(),
            None => equipment.stated.to_string(),
        })
    });
    let (scope, scope_ref) = match (&container_no, &shipment_no) {
        (Some(container), _) => ("container", container.clone()),
        (None, Some(shipment)) => ("shipment", shipment.clone()),
        (None, None) => ("shipment", references.first()),
    };
    Milestone {
        scope: Text::from(scope),
        scope_ref,
        event_id: Some(Text::from(event.event_id.clone())),
        shipment_no,
        order_no: references.only(ReferenceKind::OrderNo).cloned(),
        container_no,
        stop_id: None,
        code,
        classifier: event.classifier,
        event_time: EpochMillis::from(event.happens),
        time_precision: TimePrecision::Second,
        tz_basis: TimeBasis::Offset,
        place_code: event.place_code.clone().map(Text::from),
        lat_e6: event.point.map(|(lat, _)| lat),
        lon_e6: event.point.map(|(_, lon)| lon),
        reason_code: event.reason.clone(),
        source_code: Text::from(format!("dcsa:{}:{}", event.kind, event.code)),
    }
}

impl<'a> References<'a> {
    /// What an event without container and shipment is about: its booking, or else any reference of its.
    fn first(&self) -> Text<'a> {
        let holding = self.holding().chain(&self.ambiguous);
        let any = || {
            let first = holding.min().or_else(|| self.replaced.iter().min());
            first.map(|reference| &reference.value)
        };
        self.only(ReferenceKind::Booking)
            .or_else(any)
            .or(self.other.as_ref())
            .cloned()
            .unwrap_or_else(|| Text::from("-"))
    }
}

/// The container as the event leaves it, and which version of it that is. A forecast moves no container.
fn container<'a>(
    event: &Event<'a>,
    code: MilestoneCode,
) -> Result<Option<(Container<'a>, SourceVersion)>, BeforeEpoch> {
    let Some(equipment) = &event.equipment else {
        return Ok(None);
    };
    let Some(number) = equipment.container else {
        return Ok(None);
    };
    if event.classifier != Classifier::Actual {
        return Ok(None);
    }
    let at = EpochMillis::from(event.happens);
    // Of two events, the later one says where the container is; a corrected event follows the one that it corrects.
    let changed = event
        .modified
        .and_then(|modified| u64::try_from(modified.as_millisecond()).ok());
    let version = SourceVersion::at(event.happens, changed.unwrap_or(0))?;
    let last_code = if code == code::UNMAPPED {
        format!("{}:{}", event.kind, event.code)
    } else {
        code.as_str().to_owned()
    };
    let container = Container {
        container_no: Text::from(number.owner_and_serial().to_owned()),
        check_digit: Some(Text::from(number.check_digit().to_string())),
        iso_type: equipment.iso_type.clone(),
        laden: equipment.laden,
        last_code: Some(Text::from(last_code)),
        last_place: event.place_code.clone().map(Text::from),
        last_event_time: Some(at),
        shipment_no: None,
        booking_no: None,
        gate_in_at: (event.code == "GTIN").then_some(at),
        gate_out_at: (event.code == "GTOT").then_some(at),
    };
    Ok(Some((container, version)))
}
