//! From the wire to records. Pure: no clock, no environment, nothing awaited.
//!
//! The unit that fails alone is the trip, or one stop of it. A stop that fails stays listed in the shipment's
//! `stop_ids`, so that what is stored of it does not vanish with it.

mod cargo;
mod head;
mod milestone;
mod shipment;
mod stop;
mod stops;
mod value;

use ingest::{Message, Normalized, Rejection};
use record::{Body, Entity, InvalidKey, QualityFlag, Record, RecordKey, Source};

use crate::wire::{Action, Association, Envelope, Trip, WireText};
use cargo::Cargo;
use head::Head;
use ingest::{Problem, malformed, parse, unsupported};
use stop::ActionPlace;
use stops::Stops;

/// The records in a message, and what of it could not be taken.
#[must_use]
pub fn normalize<'a>(message: &'a Message<'a>) -> Normalized<'a> {
    let mut normalized = Normalized::default();
    if let Err(rejection) = read(message, &mut normalized) {
        normalized.rejections.push(rejection);
    }
    // A stop makes no sense without its trip, nor a trip without the version in the envelope.
    normalized.in_whole(message.raw);
    normalized
}

fn read<'a>(message: &'a Message<'a>, into: &mut Normalized<'a>) -> Result<(), Rejection<'a>> {
    let raw: &'a [u8] = message.raw;
    // A byte order mark says nothing in UTF-8 and JSON must not have one; some senders put it there all the same.
    let bytes = raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw);
    let text = std::str::from_utf8(bytes).map_err(|error| malformed(&error, raw))?;
    if let Some(records) = sound(message, text) {
        into.records = records;
        return Ok(());
    }
    let envelope = match serde_json::from_str::<Envelope<'a>>(text) {
        Ok(envelope) => envelope,
        Err(error) if error.is_data() => {
            return Err(parse::<Envelope<'a>>(text, "$")
                .err()
                .unwrap_or_else(|| Problem::new("$", error))
                .of_unit(raw));
        }
        Err(error) => return Err(malformed(&error, raw)),
    };
    let deleted = match &*envelope.event {
        event if event.eq_ignore_ascii_case("trip.updated") => false,
        event if event.eq_ignore_ascii_case("trip.deleted") => true,
        event => return Err(unsupported("$.type", &format!("event type `{event}`"), raw)),
    };
    let data: &'a str = match envelope.data {
        Some(data) => data.get(),
        None => return Err(Problem::new("$.data", "no entity").of_unit(raw)),
    };
    trip(message, data, deleted, envelope.timestamp.as_ref(), into)
        .map_err(|problem| problem.of_unit(data.as_bytes()))
}

/// The records of an update in which nothing is wrong, read in one go: nearly all messages are such. None for any other,
/// which is then read again, unit by unit.
fn sound<'a>(message: &'a Message<'a>, text: &'a str) -> Option<Vec<Record<'a>>> {
    type Update<'a> = Envelope<'a, Trip<'a, Association<'a, Action<'a>>>>;
    let update = serde_json::from_str::<Update<'a>>(text).ok()?;
    if !update.event.eq_ignore_ascii_case("trip.updated") {
        return None;
    }
    let mut trip = update.data?;
    let head = Head::of(message, &trip).ok()?;
    let actions = trip.actions.take().unwrap_or_default();
    let stops = Stops::read(&head, actions.into_iter().map(|action| ("", Ok(action))));
    let mut normalized = Normalized::default();
    records(&trip, "", &head, stops, &mut normalized);
    normalized
        .rejections
        .is_empty()
        .then_some(normalized.records)
}

fn trip<'a>(
    message: &'a Message<'a>,
    data: &'a str,
    deleted: bool,
    event_at: Option<&WireText<'a>>,
    into: &mut Normalized<'a>,
) -> Result<(), Problem> {
    let trip: Trip<'a> = parse(data, "$.data")?;
    if deleted {
        let head = Head::of_deleted(message, &trip, event_at)?;
        into.records.push(tombstone(&head)?);
        return Ok(());
    }
    let head = Head::of(message, &trip)?;
    let actions = trip.actions.as_deref().unwrap_or_default();
    let actions = actions.iter().enumerate();
    let stops = Stops::read(
        &head,
        actions.map(|(index, action)| (action.get(), parse(action.get(), ActionPlace(index)))),
    );
    records(&trip, data, &head, stops, into);
    Ok(())
}

/// The records of a trip and its stops; `data` is the trip's text, for its rejection.
fn records<'a>(
    trip: &Trip<'a, impl Sized>,
    data: &'a str,
    head: &Head<'a>,
    mut stops: Stops<'a>,
    into: &mut Normalized<'a>,
) {
    let cargo = Cargo::of(&stops.consignments);
    into.rejections.append(&mut stops.rejections);
    match shipment::shipment(trip, head, &cargo, &stops) {
        Ok(record) => into.records.push(record),
        // What a trip costs does not stop its truck: the stops go on when the shipment cannot.
        Err(problem) => into
            .rejections
            .push(problem.about(head.key.as_str()).of_unit(data.as_bytes())),
    }
    for merged in stops.merged() {
        let unit = merged.unit;
        if let Err(problem) = push_stop(merged, head, &cargo, into) {
            into.rejections.push(problem.of_unit(unit.as_bytes()));
        }
    }
}

fn tombstone<'a>(head: &Head<'a>) -> Result<Record<'a>, Problem> {
    let key = RecordKey::new(Entity::Shipment, &[&head.shipment_no])
        .map_err(|error| Problem::new("$.data", error))?;
    let provenance = head.provenance("/data".to_owned(), None);
    Ok(Record::tombstone(
        Source::Transport,
        key,
        head.version,
        provenance,
    ))
}

/// The record of a stop and those of its milestones.
fn push_stop<'a>(
    merged: stop::Merged<'a>,
    head: &Head<'a>,
    cargo: &Cargo<'a>,
    into: &mut Normalized<'a>,
) -> Result<(), Problem> {
    let place = format!("/data/actions/{}/entity", merged.index);
    let invalid = |error: InvalidKey| {
        Problem::new(format!("$.data.actions[{}].entity.id", merged.index), error)
    };
    for milestone in milestone::milestones(&merged.stop, cargo) {
        let provenance = head.provenance(place.clone(), milestone::happened(&milestone));
        let body = Body::Milestone(milestone);
        into.records.push(
            Record::upsert(Source::Transport, body, head.version, provenance).map_err(invalid)?,
        );
    }
    let provenance = head.provenance(place, None);
    let body = Body::Stop(merged.stop);
    let record =
        Record::upsert(Source::Transport, body, head.version, provenance).map_err(invalid)?;
    into.records.push(if merged.off_the_globe {
        record.with_quality(QualityFlag::CoordinateInvalid)
    } else {
        record
    });
    Ok(())
}
