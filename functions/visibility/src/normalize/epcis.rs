//! Events of EPCIS 2.0: what scanners saw, and declarations that they were wrong.

use std::borrow::Cow;

use ingest::{Message, Problem, parse};
use jiff::Timestamp;
use record::{
    Body, Classifier, Entity, EpochMillis, HandlingUnit, InvalidKey, Milestone, MilestoneCode,
    QualityFlag, Record, RecordKey, Reference, ReferenceKind, Source, SourceVersion, Text,
    TimeBasis, TimePrecision,
};

use super::{
    Outcome, code, counted, dcsa,
    event::{Unit, doubted},
    event_hash::{Namespaces, event_hash},
    things::{Things, place, things},
    value::{instant, key_part, text, trimmed},
};
use crate::wire::epcis::{Document, Event};
use serde_json::value::RawValue;

/// An event that is declared wrong stays wrong: its correction is an event with another id.
const FINAL: u8 = 1;

/// Types of events that are read; they must say what was done with the things.
const READ: [&str; 3] = ["ObjectEvent", "AggregationEvent", "TransactionEvent"];
/// Types of events that change what things are. They are kept as dead letters, since nothing here is about them.
const NOT_READ: [&str; 2] = ["TransformationEvent", "AssociationEvent"];
const ACTIONS: [&str; 3] = ["ADD", "OBSERVE", "DELETE"];

/// Takes all events of a document.
pub(super) fn document<'a>(
    message: &'a Message<'a>,
    document: Document<'a>,
    into: &mut Outcome<'a>,
) -> Result<(), Problem> {
    if let Some(kind) = trimmed(document.kind.as_ref())
        && kind != "EPCISDocument"
    {
        return Err(Problem::unsupported(
            "$.type",
            format!("a document of type `{kind}`"),
        ));
    }
    let namespaces = Namespaces::of(document.context);
    let units: Vec<_> = match (document.epcis_body.event_list, document.epcis_body.event) {
        (Some(events), _) => {
            let unit = |index| Unit::new(message, "/epcisBody/eventList", index);
            (0..).map(unit).zip(events).collect()
        }
        (None, Some(event)) => vec![(Unit::alone(message, "/epcisBody/event"), event)],
        (None, None) => return Err(Problem::new("$.epcisBody.eventList", "no events")),
    };
    into.events = counted(units.len(), "$.epcisBody.eventList")?;
    for (unit, event) in units {
        let raw = event.get();
        if let Err(problem) = read(&unit, raw, &namespaces, into) {
            into.reject_event(problem, raw, document_of(raw, document.context));
        }
    }
    Ok(())
}

/// A document with this one event in it, as which its letter comes in again. The context goes with it, since ids that are
/// not given are made of names.
fn document_of(event: &str, context: Option<&RawValue>) -> String {
    let context = context.map_or("null", RawValue::get);
    format!(
        r#"{{"epcisBody":{{"eventList":[{event}]}},"type":"EPCISDocument","@context":{context}}}"#
    )
}

fn read<'a>(
    unit: &Unit<'a>,
    raw: &'a str,
    namespaces: &Namespaces,
    into: &mut Outcome<'a>,
) -> Result<(), Problem> {
    let event: Event<'a> = parse(raw, &unit.path)?;
    let kind = trimmed(event.kind.as_ref())
        .ok_or_else(|| Problem::new(unit.at("type"), "no type of event"))?;
    let event_id = match trimmed(event.event_id.as_ref()) {
        Some(id) => id,
        None => Cow::Owned(
            event_hash(raw, namespaces).map_err(|error| Problem::new(unit.at("eventID"), error))?,
        ),
    };
    let key = format!("epcis|{}", key_part(&event_id));
    if event.error_declaration.is_some() {
        into.normalized
            .records
            .push(declared_wrong(unit, &event, &key)?);
        return Ok(());
    }
    let scan = scan(unit, &event, &kind, into).map_err(|problem| problem.about(key.clone()))?;
    push(unit, &scan, key, into)
}

fn declared_wrong<'a>(
    unit: &Unit<'a>,
    event: &Event<'a>,
    key: &str,
) -> Result<Record<'a>, Problem> {
    let place = unit.at("errorDeclaration.declarationTime");
    let declared = event
        .error_declaration
        .as_ref()
        .and_then(|declaration| declaration.declaration_time.as_ref());
    let (version, declared) = dcsa::version(declared, &place)?;
    let key = RecordKey::from_text(Entity::Milestone, key)
        .map_err(|error| Problem::new(unit.at("eventID"), error))?;
    let provenance = unit.provenance(None, declared);
    let version = version.with_precedence(FINAL);
    let record = Record::tombstone(Source::Visibility, key, version, provenance);
    Ok(record.with_references(corrections(event)))
}

/// The events that stand in for one that was declared wrong, by their ids.
fn corrections<'a>(event: &Event<'a>) -> Vec<Reference<'a>> {
    let ids = event
        .error_declaration
        .iter()
        .flat_map(|declaration| declaration.corrective_event_ids.iter().flatten());
    let mut corrections: Vec<_> = ids
        .filter_map(|id| text(Some(id)))
        .map(|value| Reference {
            kind: ReferenceKind::Event,
            issuer: None,
            value,
        })
        .collect();
    corrections.sort();
    corrections.dedup();
    corrections
}

/// What was seen.
struct Scan<'a> {
    happened: Timestamp,
    recorded: Option<Timestamp>,
    step: Cow<'a, str>,
    code: Option<MilestoneCode>,
    place: Option<String>,
    things: Things<'a>,
    doubts: Vec<QualityFlag>,
}

fn scan<'a>(
    unit: &Unit<'a>,
    event: &Event<'a>,
    kind: &str,
    into: &mut Outcome<'a>,
) -> Result<Scan<'a>, Problem> {
    if NOT_READ.contains(&kind) {
        return Err(Problem::unsupported(
            unit.at("type"),
            format!("`{kind}` is not read"),
        ));
    }
    if !READ.contains(&kind) {
        return Err(Problem::new(
            unit.at("type"),
            format!("`{kind}` is no type of event"),
        ));
    }
    let happened = dcsa::required_instant(event.event_time.as_ref(), unit.at("eventTime"))?;
    let action = trimmed(event.action.as_ref()).unwrap_or_default();
    if !ACTIONS.contains(&&*action) {
        let detail = format!("action `{action}` is none of ADD, OBSERVE, DELETE");
        return Err(Problem::new(unit.at("action"), detail));
    }
    if let Some(offset) = trimmed(event.event_time_zone_offset.as_ref())
        && !is_offset(&offset)
    {
        let detail = format!("`{offset}` is no offset such as -05:00");
        return Err(Problem::new(unit.at("eventTimeZoneOffset"), detail));
    }
    let recorded = instant(event.record_time.as_ref())
        .map_err(|error| Problem::new(unit.at("recordTime"), error))?;
    let mut doubts = Vec::new();
    let things = things(unit, event, &mut doubts, into);
    if things.units.is_empty() && things.references.is_empty() && things.other.is_none() {
        return Err(Problem::new(
            unit.at("epcList"),
            "neither things nor documents",
        ));
    }
    let step = trimmed(event.biz_step.as_ref()).unwrap_or_default();
    let code = code::of_biz_step(&step);
    if code.is_none() {
        doubts.push(QualityFlag::UnmappedCode);
        into.warn(
            unit.at("bizStep"),
            if step.is_empty() {
                "no bizStep, so no milestone".to_owned()
            } else {
                format!("no milestone of ours for `{step}`")
            },
        );
    }
    let place = place(unit, event, &mut doubts, into);
    Ok(Scan {
        happened,
        recorded,
        step,
        code,
        place,
        things,
        doubts,
    })
}

/// `Z`, or a sign, two digits, a colon and two digits within a day.
fn is_offset(text: &str) -> bool {
    if text == "Z" {
        return true;
    }
    let Some((hours, minutes)) = text
        .strip_prefix(['+', '-'])
        .and_then(|digits| digits.split_once(':'))
    else {
        return false;
    };
    let number = |digits: &str, most: u8| {
        digits.len() == 2 && digits.parse::<u8>().is_ok_and(|number| number <= most)
    };
    number(hours, 14) && number(minutes, 59)
}

fn push<'a>(
    unit: &Unit<'a>,
    scan: &Scan<'a>,
    key: String,
    into: &mut Outcome<'a>,
) -> Result<(), Problem> {
    let early = |error: record::BeforeEpoch| Problem::new(unit.at("eventTime"), error);
    let invalid = |error: InvalidKey| Problem::new(unit.at("eventID"), error);
    // Events never change. One that a repository has noted is as new as that note; never as our own clock says, so that
    // the same event delivered twice is the same record.
    let version = SourceVersion::at(scan.recorded.unwrap_or(scan.happened), 0).map_err(early)?;
    let modified = scan.recorded.or(Some(scan.happened));
    let at = EpochMillis::from(scan.happened);
    let milestone = milestone(scan, key);
    let record = Record::upsert(
        Source::Visibility,
        Body::Milestone(milestone),
        version,
        unit.provenance(Some(at), modified),
    );
    let record = record
        .map_err(invalid)?
        .with_references(scan.things.references.clone());
    into.normalized.records.push(doubted(record, &scan.doubts));
    let seen = SourceVersion::at(scan.happened, recorded_ms(scan)).map_err(early)?;
    for sscc in &scan.things.units {
        let body = HandlingUnit {
            sscc: Text::from(sscc.digits().to_owned()),
            last_place: scan.place.clone().map(Text::from),
            last_code: Some(last_code(scan)),
            last_event_time: Some(at),
            shipment_no: None,
            order_no: None,
        };
        let provenance = unit.provenance(Some(at), modified);
        let record = Record::upsert(
            Source::Visibility,
            Body::HandlingUnit(body),
            seen,
            provenance,
        );
        into.normalized
            .records
            .push(doubted(record.map_err(invalid)?, &scan.doubts));
    }
    Ok(())
}

fn recorded_ms(scan: &Scan<'_>) -> u64 {
    let recorded = scan.recorded.map(|recorded| recorded.as_millisecond());
    recorded
        .and_then(|recorded| u64::try_from(recorded).ok())
        .unwrap_or(0)
}

fn last_code<'a>(scan: &Scan<'a>) -> Text<'a> {
    match scan.code {
        Some(code) => Text::from(code.as_str()),
        None => Text::from(code::UNMAPPED.as_str()),
    }
}

fn milestone<'a>(scan: &Scan<'a>, key: String) -> Milestone<'a> {
    let things = &scan.things;
    let reference = || {
        things
            .references
            .first()
            .map(|reference| reference.value.clone())
    };
    let scope_ref = things
        .units
        .first()
        .map(|sscc| Text::from(sscc.digits().to_owned()))
        .or_else(reference)
        .or_else(|| things.other.clone());
    let containers: Vec<_> = things
        .references
        .iter()
        .filter(|reference| reference.kind == ReferenceKind::Container)
        .collect();
    Milestone {
        scope: Text::from("unit"),
        scope_ref: scope_ref.unwrap_or_else(|| Text::from("-")),
        event_id: Some(Text::from(key)),
        shipment_no: None,
        order_no: None,
        container_no: match containers[..] {
            [only] => Some(only.value.clone()),
            _ => None,
        },
        stop_id: None,
        code: scan.code.unwrap_or(code::UNMAPPED),
        classifier: Classifier::Actual,
        event_time: EpochMillis::from(scan.happened),
        time_precision: TimePrecision::Second,
        tz_basis: TimeBasis::Offset,
        place_code: scan.place.clone().map(Text::from),
        lat_e6: None,
        lon_e6: None,
        reason_code: None,
        source_code: Text::from(format!("epcis:{}", scan.step)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_has_a_sign_hours_and_minutes() {
        for offset in ["+02:00", "-05:00", "Z", "+14:00"] {
            assert!(is_offset(offset), "{offset}");
        }
        for wrong in ["02:00", "+2:00", "+15:00", "+02:60", "+0200", "UTC"] {
            assert!(!is_offset(wrong), "{wrong}");
        }
    }
}
