//! What the transport management system sends: Open Trip Model 5 trips inside an envelope.
//!
//! Texts are borrowed from the message. What lies under `externalAttributes` is free by the standard, so it is read as
//! [`Scalar`] and never fails; the rest has the types of the standard.

pub use ingest::wire::{Scalar, WireText};
use serde::Deserialize;
use serde_json::value::RawValue;

/// The envelope. `data` is a full entity, not a patch; raw, unless it is known to be a trip.
#[derive(Debug, Deserialize)]
pub struct Envelope<'a, D = &'a RawValue> {
    /// What happened, such as `trip.updated`.
    #[serde(borrow, rename = "type")]
    pub event: WireText<'a>,
    /// When it happened, RFC 3339.
    #[serde(borrow)]
    pub timestamp: Option<WireText<'a>>,
    /// The entity.
    pub data: Option<D>,
}

/// One trip of one vehicle.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trip<'a, A = &'a RawValue> {
    /// The sender's id; optional since version 5.2.
    #[serde(borrow)]
    pub id: Option<WireText<'a>>,
    /// `draft`, `requested`, `confirmed`, `inTransit`, `completed`, `cancelled`.
    #[serde(borrow)]
    pub status: Option<WireText<'a>>,
    /// `maritime`, `road`, `rail`, `air`, `inlandWaterway`.
    #[serde(borrow)]
    pub transport_mode: Option<WireText<'a>>,
    /// When the trip was made; stands in for an absent `lastModified`.
    #[serde(borrow)]
    pub creation_date: Option<WireText<'a>>,
    /// When the trip changed.
    #[serde(borrow)]
    pub last_modified: Option<WireText<'a>>,
    /// The sender's own fields.
    #[serde(borrow)]
    pub external_attributes: Option<TripAttributes<'a>>,
    /// The vehicle.
    #[serde(borrow)]
    pub vehicle: Option<Association<'a, Vehicle<'a>>>,
    /// Who takes part.
    #[serde(borrow)]
    pub actors: Option<Vec<Actor<'a>>>,
    /// The stops, and other actions between them. Raw by default, because each is a unit that fails alone.
    pub actions: Option<Vec<A>>,
}

/// What senders put under a trip's `externalAttributes`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TripAttributes<'a> {
    /// The number under which all parties know the load.
    #[serde(borrow)]
    pub load_number: Option<Scalar<'a>>,
    /// Standard Carrier Alpha Code.
    #[serde(borrow)]
    pub scac: Option<Scalar<'a>>,
    /// The carrier's own reference.
    #[serde(borrow)]
    pub pro_number: Option<Scalar<'a>>,
    /// Planned cost in major units, as text or number.
    #[serde(borrow)]
    pub planned_cost: Option<Scalar<'a>>,
    /// ISO 4217 code of the planned cost.
    #[serde(borrow)]
    pub currency: Option<Scalar<'a>>,
    /// Counts the changes within one `lastModified`.
    #[serde(borrow)]
    pub revision: Option<Scalar<'a>>,
}

/// Another entity, either in place (`entity`) or by reference (`uuid`).
#[derive(Debug, Deserialize)]
pub struct Association<'a, T> {
    /// The entity, if it is in place.
    pub entity: Option<T>,
    /// The id of an entity that is elsewhere, perhaps in the same message.
    #[serde(borrow)]
    pub uuid: Option<WireText<'a>>,
}

/// An association with the roles that the actor has in the trip.
#[derive(Debug, Deserialize)]
pub struct Actor<'a> {
    /// `carrier`, `driver`, `shipper` and others.
    #[serde(borrow)]
    pub roles: Option<Vec<WireText<'a>>>,
    /// The actor, if in place.
    #[serde(borrow)]
    pub entity: Option<ActorEntity<'a>>,
    /// The id of an actor that is in place elsewhere in the list.
    #[serde(borrow)]
    pub uuid: Option<WireText<'a>>,
}

/// A company or person.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ActorEntity<'a> {
    /// The sender's id.
    #[serde(borrow)]
    pub id: Option<WireText<'a>>,
    /// The name.
    #[serde(borrow)]
    pub name: Option<WireText<'a>>,
    /// The sender's own fields.
    #[serde(borrow)]
    pub external_attributes: Option<ActorAttributes<'a>>,
}

/// What senders put under an actor's `externalAttributes`.
#[derive(Debug, Deserialize)]
pub struct ActorAttributes<'a> {
    /// Standard Carrier Alpha Code.
    #[serde(borrow)]
    pub scac: Option<Scalar<'a>>,
}

/// A vehicle.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Vehicle<'a> {
    /// Licence plate.
    #[serde(borrow)]
    pub license_plate: Option<WireText<'a>>,
    /// Vehicle identification number; some senders put it under `externalAttributes`.
    #[serde(borrow)]
    pub vin: Option<WireText<'a>>,
    /// The sender's own fields.
    #[serde(borrow)]
    pub external_attributes: Option<VehicleAttributes<'a>>,
}

/// What senders put under a vehicle's `externalAttributes`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VehicleAttributes<'a> {
    /// Id of the vehicle at its telematics provider.
    #[serde(borrow)]
    pub telematics_id: Option<Scalar<'a>>,
    /// Vehicle identification number.
    #[serde(borrow)]
    pub vin: Option<Scalar<'a>>,
}

/// An action of a trip. Only those of type `stop` are read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Action<'a> {
    /// The sender's id, the same over all lifecycles.
    #[serde(borrow)]
    pub id: Option<WireText<'a>>,
    /// `stop`, `move`, `wait` and others.
    #[serde(borrow)]
    pub action_type: Option<WireText<'a>>,
    /// `requested`, `planned`, `projected`, `actual`, `realized`.
    #[serde(borrow)]
    pub lifecycle: Option<WireText<'a>>,
    /// Position within the trip, from 0.
    pub sequence_nr: Option<i64>,
    /// Where.
    #[serde(borrow)]
    pub location: Option<Association<'a, Location<'a>>>,
    /// Begin, at the certainty that `lifecycle` says.
    #[serde(borrow)]
    pub start_time: Option<WireText<'a>>,
    /// End, at the certainty that `lifecycle` says.
    #[serde(borrow)]
    pub end_time: Option<WireText<'a>>,
    /// When it may be.
    #[serde(borrow)]
    pub constraint: Option<Association<'a, Constraint<'a>>>,
    /// What is done at the stop.
    #[serde(borrow)]
    pub actions: Option<Vec<Association<'a, NestedAction<'a>>>>,
}

/// As much of an action as tells which stop it is, for one whose other fields cannot be read.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ActionHead<'a> {
    /// The sender's id.
    #[serde(borrow)]
    pub id: Option<Scalar<'a>>,
    /// Position within the trip.
    #[serde(borrow)]
    pub sequence_nr: Option<Scalar<'a>>,
    /// What is done at the stop.
    #[serde(borrow)]
    pub actions: Option<Scalar<'a>>,
}

/// What is done at a stop.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NestedAction<'a> {
    /// `load`, `unload`, `handOver` and others.
    #[serde(borrow)]
    pub action_type: Option<WireText<'a>>,
    /// What is loaded or unloaded.
    #[serde(borrow)]
    pub consignment: Option<Association<'a, Consignment<'a>>>,
}

/// Goods that travel together.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Consignment<'a> {
    /// The sender's own fields.
    #[serde(borrow)]
    pub external_attributes: Option<ConsignmentAttributes<'a>>,
}

/// What senders put under a consignment's `externalAttributes`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConsignmentAttributes<'a> {
    /// Order numbers: a list, or a single one.
    #[serde(borrow)]
    pub order_numbers: Option<Scalar<'a>>,
    /// The customer's purchase order number.
    #[serde(borrow)]
    pub purchase_order: Option<Scalar<'a>>,
    /// Bill of lading number.
    #[serde(borrow)]
    pub bol: Option<Scalar<'a>>,
    /// Container number.
    #[serde(borrow)]
    pub container_number: Option<Scalar<'a>>,
    /// Booking reference of an ocean carrier.
    #[serde(borrow)]
    pub carrier_booking_reference: Option<Scalar<'a>>,
}

/// A place.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Location<'a> {
    /// The sender's id.
    #[serde(borrow)]
    pub id: Option<WireText<'a>>,
    /// The name.
    #[serde(borrow)]
    pub name: Option<WireText<'a>>,
    /// The sender's own fields.
    #[serde(borrow)]
    pub external_attributes: Option<LocationAttributes<'a>>,
    /// Where on the globe; only points are read.
    #[serde(borrow)]
    pub geo_reference: Option<GeoReference<'a>>,
}

/// What senders put under a location's `externalAttributes`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LocationAttributes<'a> {
    /// The sender's own code of the place.
    #[serde(borrow)]
    pub code: Option<Scalar<'a>>,
    /// UN/LOCODE.
    #[serde(borrow)]
    pub un_locode: Option<Scalar<'a>>,
}

/// A point; other forms have neither field.
#[derive(Debug, Deserialize)]
pub struct GeoReference<'a> {
    /// Latitude in degrees.
    #[serde(borrow)]
    pub lat: Option<Scalar<'a>>,
    /// Longitude in degrees.
    #[serde(borrow)]
    pub lon: Option<Scalar<'a>>,
}

/// A constraint on an action.
#[derive(Debug, Deserialize)]
pub struct Constraint<'a> {
    /// What it says.
    #[serde(borrow)]
    pub value: Option<ConstraintValue<'a>>,
}

/// What a constraint says. Only `timeWindowConstraint` is read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConstraintValue<'a> {
    /// Which constraint it is.
    #[serde(borrow, rename = "type")]
    pub kind: Option<WireText<'a>>,
    /// Begin of the window.
    #[serde(borrow)]
    pub start_time: Option<WireText<'a>>,
    /// End of the window.
    #[serde(borrow)]
    pub end_time: Option<WireText<'a>>,
}
