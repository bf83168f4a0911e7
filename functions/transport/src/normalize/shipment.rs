//! The shipment that a trip is.

use record::{
    Body, ExactDecimal, Record, Reference, ReferenceKind, Shipment, Source, Text, to_minor_units,
};

use ingest::Problem;

use super::{
    cargo::{Cargo, reference},
    head::Head,
    stops::Stops,
    value::{lower_snake, scalar, text},
};
use crate::wire::{ActorEntity, Trip, TripAttributes};

/// The shipment's record, with all references that the trip carries.
pub(super) fn shipment<'a>(
    trip: &Trip<'a, impl Sized>,
    head: &Head<'a>,
    cargo: &Cargo<'a>,
    stops: &Stops<'a>,
) -> Result<Record<'a>, Problem> {
    let none = TripAttributes::default();
    let own = trip.external_attributes.as_ref().unwrap_or(&none);
    let carrier = actor(trip, "carrier");
    let carrier_scac = carrier
        .and_then(|carrier| carrier.external_attributes.as_ref())
        .and_then(|own| scalar(own.scac));
    let vehicle = trip
        .vehicle
        .as_ref()
        .and_then(|vehicle| vehicle.entity.as_ref());
    let vehicle_own = vehicle.and_then(|vehicle| vehicle.external_attributes.as_ref());
    let currency = scalar(own.currency);
    let (planned_start, planned_end) = stops.planned_span();
    let shipment = Shipment {
        shipment_no: Text::from(head.shipment_no.clone()),
        source_id: text(trip.id.as_ref()),
        status: lower_snake(trip.status.as_ref()),
        mode: lower_snake(trip.transport_mode.as_ref()),
        carrier_scac: scalar(own.scac).or(carrier_scac),
        carrier_name: carrier.and_then(|carrier| text(carrier.name.as_ref())),
        pro: scalar(own.pro_number),
        bol: cargo.bol.clone(),
        booking_no: cargo.booking_no.clone(),
        container_no: cargo.container_no.clone(),
        customer_po: cargo.customer_po.clone(),
        order_nos: cargo.order_nos.clone(),
        vehicle_ref: vehicle_own.and_then(|own| scalar(own.telematics_id)),
        vehicle_plate: vehicle.and_then(|vehicle| text(vehicle.license_plate.as_ref())),
        vehicle_vin: vehicle
            .and_then(|vehicle| text(vehicle.vin.as_ref()))
            .or_else(|| vehicle_own.and_then(|own| scalar(own.vin))),
        driver: actor(trip, "driver").and_then(|driver| text(driver.name.as_ref())),
        planned_cost_minor: planned_cost_minor(own, currency.as_deref())?,
        currency,
        planned_start,
        planned_end,
        stop_ids: stops.ids(),
    };
    let references = references(&shipment, cargo);
    let provenance = head.provenance("/data".to_owned(), None);
    Record::upsert(
        Source::Transport,
        Body::Shipment(shipment),
        head.version,
        provenance,
    )
    .map(|record| record.with_references(references))
    .map_err(|error| Problem::new("$.data", error))
}

/// The actor in a role, looked up in the list where it is given by reference.
fn actor<'t, 'a>(trip: &'t Trip<'a, impl Sized>, role: &str) -> Option<&'t ActorEntity<'a>> {
    let actors = trip.actors.as_deref().unwrap_or_default();
    let found = actors.iter().find(|actor| {
        let mut roles = actor.roles.iter().flatten();
        roles.any(|found| found.eq_ignore_ascii_case(role))
    })?;
    found.entity.as_ref().or_else(|| {
        let uuid = found.uuid.as_ref()?;
        let mut entities = actors.iter().filter_map(|actor| actor.entity.as_ref());
        entities.find(|entity| entity.id.as_ref() == Some(uuid))
    })
}

fn planned_cost_minor(
    own: &TripAttributes<'_>,
    currency: Option<&str>,
) -> Result<Option<i64>, Problem> {
    let Some(text) = scalar(own.planned_cost) else {
        return Ok(None);
    };
    let place = "$.data.externalAttributes.plannedCost";
    let amount: ExactDecimal = text
        .trim()
        .parse()
        .map_err(|error| Problem::new(place, format!("`{text}`: {error}")))?;
    to_minor_units(amount.into(), currency)
        .map(Some)
        .map_err(|error| Problem::new(place, error))
}

/// Sorted and each once, so that the same trip always has the same content hash.
fn references<'a>(shipment: &Shipment<'a>, cargo: &Cargo<'a>) -> Vec<Reference<'a>> {
    let mut references = cargo.references.clone();
    references.push(reference(
        ReferenceKind::ShipmentNo,
        shipment.shipment_no.clone(),
    ));
    if let Some(value) = shipment.pro.clone() {
        // Two carriers may give the same number.
        references.push(Reference {
            kind: ReferenceKind::Pro,
            issuer: shipment.carrier_scac.clone(),
            value,
        });
    }
    let vehicle = [
        &shipment.vehicle_ref,
        &shipment.vehicle_plate,
        &shipment.vehicle_vin,
    ];
    references.extend(
        vehicle
            .into_iter()
            .flatten()
            .map(|value| reference(ReferenceKind::Vehicle, value.clone())),
    );
    references.sort_unstable();
    references.dedup();
    references
}
