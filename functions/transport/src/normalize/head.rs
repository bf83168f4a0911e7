//! What all records of a trip share: its key, its version, and where it came from.

use std::borrow::Cow;

use ingest::Message;
use jiff::Timestamp;
use record::{
    Entity, EpochMillis, InvalidKey, Provenance, RawReference, RecordKey, SourceVersion, Text,
};

use ingest::Problem;

use super::value::{instant, trimmed};
use crate::wire::{Scalar, Trip, WireText};

/// Key and version of a trip, and the message that it came in.
#[derive(Debug)]
pub(super) struct Head<'a> {
    pub(super) shipment_no: Cow<'a, str>,
    pub(super) key: RecordKey,
    pub(super) version: SourceVersion,
    modified_at: EpochMillis,
    message: &'a Message<'a>,
}

impl<'a> Head<'a> {
    /// The head of a trip as it now is: version `lastModified`, or else `creationDate`, then `revision`.
    pub(super) fn of(
        message: &'a Message<'a>,
        trip: &Trip<'a, impl Sized>,
    ) -> Result<Self, Problem> {
        let changed = match modified(trip)? {
            Some(changed) => changed,
            None => instant(trip.creation_date.as_ref())
                .map_err(|error| Problem::new("$.data.creationDate", error))?
                .ok_or_else(|| {
                    Problem::new(
                        "$.data.lastModified",
                        "neither lastModified nor creationDate",
                    )
                })?,
        };
        Self::at(message, trip, changed)
    }

    /// The head of a trip that is gone.
    ///
    /// Senders restate the trip as it last was, so its own `lastModified` would tie with the last update; the later of
    /// that and the time of the event is the version of the deletion.
    pub(super) fn of_deleted(
        message: &'a Message<'a>,
        trip: &Trip<'a, impl Sized>,
        event_at: Option<&WireText<'a>>,
    ) -> Result<Self, Problem> {
        let event_at = instant(event_at).map_err(|error| Problem::new("$.timestamp", error))?;
        let changed = modified(trip)?
            .max(event_at)
            .ok_or_else(|| Problem::new("$.timestamp", "neither timestamp nor lastModified"))?;
        Self::at(message, trip, changed)
    }

    fn at(
        message: &'a Message<'a>,
        trip: &Trip<'a, impl Sized>,
        changed: Timestamp,
    ) -> Result<Self, Problem> {
        let (shipment_no, place) = shipment_no(trip)?;
        let key = RecordKey::new(Entity::Shipment, &[&shipment_no])
            .map_err(|error| Problem::new(place, error))?;
        let version = SourceVersion::at(changed, revision(trip)?)
            .map_err(|error| Problem::new("$.data.lastModified", error))?;
        Ok(Self {
            shipment_no,
            key,
            version,
            modified_at: changed.into(),
            message,
        })
    }

    /// The key of a stop of this trip.
    pub(super) fn stop_key(&self, stop_id: &str) -> Result<RecordKey, InvalidKey> {
        RecordKey::new(Entity::Stop, &[&self.shipment_no, stop_id])
    }

    /// Where a record of this trip came from; `place` is a JSON pointer.
    pub(super) fn provenance(
        &self,
        place: String,
        event_time: Option<EpochMillis>,
    ) -> Provenance<'a> {
        let message = self.message;
        Provenance {
            message_id: Text::from(&*message.message_id),
            correlation_id: Text::from(&*message.correlation_id),
            traceparent: message.traceparent.as_deref().map(Text::from),
            raw: RawReference {
                location: Text::from(&*message.message_id),
                place: Text::from(place),
            },
            event_time,
            source_modified_at: self.modified_at,
            received_at: message.received_at,
        }
    }
}

fn modified(trip: &Trip<'_, impl Sized>) -> Result<Option<Timestamp>, Problem> {
    instant(trip.last_modified.as_ref()).map_err(|error| Problem::new("$.data.lastModified", error))
}

/// The load number, or else the trip's id; and where it was found.
fn shipment_no<'a>(trip: &Trip<'a, impl Sized>) -> Result<(Cow<'a, str>, &'static str), Problem> {
    let load_number = trip
        .external_attributes
        .as_ref()
        .and_then(|own| own.load_number)
        .and_then(Scalar::text);
    if let Some(load_number) = load_number {
        return Ok((trimmed(load_number), "$.data.externalAttributes.loadNumber"));
    }
    match &trip.id {
        Some(id) => Ok((trimmed(id.0.clone()), "$.data.id")),
        None => Err(Problem::new("$.data.id", "neither loadNumber nor id")),
    }
}

fn revision(trip: &Trip<'_, impl Sized>) -> Result<u64, Problem> {
    let Some(revision) = trip
        .external_attributes
        .as_ref()
        .and_then(|own| own.revision)
    else {
        return Ok(0);
    };
    let text = revision.text().unwrap_or(Cow::Borrowed(revision.0.get()));
    text.trim().parse().map_err(|error| {
        Problem::new(
            "$.data.externalAttributes.revision",
            format!("`{text}`: {error}"),
        )
    })
}
