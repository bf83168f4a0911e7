//! A vehicle's own record, whoever describes it.

use std::borrow::Cow;

use record::{
    Body, EpochMillis, InvalidKey, Record, Reference, ReferenceKind, Source, SourceVersion, Text,
    Vehicle,
};

use super::{
    Origin,
    reading::{Place, provenance},
};

/// How a provider describes a vehicle.
#[derive(Debug)]
pub(super) struct Description<'a> {
    pub(super) vehicle_id: Cow<'a, str>,
    pub(super) name: Option<Cow<'a, str>>,
    pub(super) vin: Option<Cow<'a, str>>,
    pub(super) plate: Option<Cow<'a, str>>,
}

impl<'a> Description<'a> {
    /// Whether there is nothing in it but the id, which readings have as well.
    pub(super) const fn is_empty(&self) -> bool {
        self.name.is_none() && self.vin.is_none() && self.plate.is_none()
    }

    /// The record; `as_of` is when the vehicle was so, as far as the provider says.
    pub(super) fn record(
        self,
        version: SourceVersion,
        as_of: Option<EpochMillis>,
        place: Place,
        origin: &Origin<'a>,
    ) -> Result<Record<'a>, InvalidKey> {
        let provider = origin.stream.provider().as_str();
        let reference = |value: &Cow<'a, str>, issuer: Option<Text<'a>>| Reference {
            kind: ReferenceKind::Vehicle,
            issuer,
            value: Text::from(value.clone()),
        };
        let mut references = vec![reference(&self.vehicle_id, Some(Text::from(provider)))];
        let public = self.vin.iter().chain(&self.plate);
        references.extend(public.map(|number| reference(number, None)));
        let body = Vehicle {
            provider: Text::from(provider),
            vehicle_id: Text::from(self.vehicle_id),
            name: self.name.map(Text::from),
            vin: self.vin.map(Text::from),
            plate: self.plate.map(Text::from),
        };
        let provenance = provenance(origin, place.pointer(), as_of);
        let record = Record::upsert(Source::Telematics, Body::Vehicle(body), version, provenance)?;
        Ok(record.with_references(references))
    }
}
