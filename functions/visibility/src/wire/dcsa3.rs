//! DCSA Track and Trace 3.0: `POST /events`.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Scalar, WireText};

/// The body.
#[derive(Debug, Deserialize)]
pub struct Push<'a> {
    /// The events.
    #[serde(borrow)]
    pub events: Vec<&'a RawValue>,
}

/// One event, or the retraction of one.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event<'a> {
    /// Who says so.
    #[serde(borrow)]
    pub event_routing: Option<Routing<'a>>,
    /// The id, unique for its originating party.
    #[serde(borrow, rename = "eventID")]
    pub event_id: Option<WireText<'a>>,
    /// When it happened or will.
    #[serde(borrow)]
    pub event_date_time: Option<WireText<'a>>,
    /// When it was last changed: of two events of an id, the later one holds.
    #[serde(borrow)]
    pub event_updated_date_time: Option<WireText<'a>>,
    /// The event never happened; nothing else in it counts.
    pub is_retracted: Option<bool>,
    /// Where.
    #[serde(borrow)]
    pub event_location: Option<Location<'a>>,
    /// What, and how certain.
    #[serde(borrow)]
    pub event_classification: Option<Classification<'a>>,
    /// What it is about, on paper.
    #[serde(borrow)]
    pub shipment_details: Option<ShipmentDetails<'a>>,
    /// The container.
    #[serde(borrow)]
    pub equipment_details: Option<EquipmentDetails<'a>>,
    /// The vessel, truck or train.
    #[serde(borrow)]
    pub transport_details: Option<TransportDetails<'a>>,
}

/// As much of an event as tells which one it is, for one whose other fields cannot be read.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EventHead<'a> {
    /// Who says so.
    #[serde(borrow)]
    pub event_routing: Option<Routing<'a>>,
    /// The id.
    #[serde(borrow, rename = "eventID")]
    pub event_id: Option<WireText<'a>>,
}

/// Where an event comes from.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Routing<'a> {
    /// Who made it.
    #[serde(borrow)]
    pub originating_party: Option<Party<'a>>,
}

/// A party; with the event's id, the event's key.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Party<'a> {
    /// Its code.
    #[serde(borrow)]
    pub party_code: Option<WireText<'a>>,
    /// Who gives such codes: `SMDG`, `NMFTA` and others.
    #[serde(borrow)]
    pub code_list_provider: Option<WireText<'a>>,
    /// Which of the provider's lists.
    #[serde(borrow)]
    pub code_list_name: Option<WireText<'a>>,
}

/// What happened, and how certain it is.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Classification<'a> {
    /// `SHIPMENT`, `TRANSPORT`, `EQUIPMENT`, `IOT` or `REEFER`.
    #[serde(borrow)]
    pub event_type_code: Option<WireText<'a>>,
    /// `PLN`, `EST` or `ACT`.
    #[serde(borrow)]
    pub event_classifier_code: Option<WireText<'a>>,
    /// What happened on paper.
    #[serde(borrow)]
    pub shipment_event_type_code: Option<WireText<'a>>,
    /// What the vessel, truck or train did.
    #[serde(borrow)]
    pub transport_event_type_code: Option<WireText<'a>>,
    /// What was done to the container.
    #[serde(borrow)]
    pub equipment_event_type_code: Option<WireText<'a>>,
    /// What a device on the container saw.
    #[serde(borrow)]
    pub iot_event_type_code: Option<WireText<'a>>,
    /// What a reefer measured.
    #[serde(borrow)]
    pub reefer_event_type_code: Option<WireText<'a>>,
}

/// A place.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Location<'a> {
    /// UN/LOCODE.
    #[serde(borrow, rename = "UNLocationCode")]
    pub un_location_code: Option<WireText<'a>>,
    /// `POTE`, `DEPO`, `COFS` and others.
    #[serde(borrow)]
    pub facility_type_code: Option<WireText<'a>>,
    /// The terminal or depot.
    #[serde(borrow)]
    pub facility: Option<Facility<'a>>,
    /// Where on the globe.
    #[serde(borrow)]
    pub geo_coordinate: Option<GeoCoordinate<'a>>,
}

/// A terminal or depot.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Facility<'a> {
    /// Its code.
    #[serde(borrow)]
    pub facility_code: Option<WireText<'a>>,
}

/// A point, in degrees; the standard writes them as texts, some senders as numbers.
#[derive(Debug, Deserialize)]
pub struct GeoCoordinate<'a> {
    /// Latitude.
    #[serde(borrow)]
    pub latitude: Option<Scalar<'a>>,
    /// Longitude.
    #[serde(borrow)]
    pub longitude: Option<Scalar<'a>>,
}

/// What an event is about, on paper.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ShipmentDetails<'a> {
    /// The document.
    #[serde(borrow)]
    pub document_reference: Option<CodedReference<'a>>,
    /// Further documents.
    #[serde(borrow)]
    pub additional_document_references: Option<Vec<CodedReference<'a>>>,
    /// References of the shipper and others.
    #[serde(borrow)]
    pub shipment_references: Option<Vec<CodedReference<'a>>>,
    /// Documents that took the place of others: a booking that was split, a transport document that was issued anew.
    #[serde(borrow)]
    pub document_reference_replacements: Option<Vec<Replacement<'a>>>,
    /// The same of other references.
    #[serde(borrow)]
    pub shipment_reference_replacements: Option<Vec<Replacement<'a>>>,
}

/// References that took the place of others.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Replacement<'a> {
    /// Those that no longer hold.
    #[serde(borrow)]
    pub old_references: Option<Vec<CodedReference<'a>>>,
    /// Those that hold instead.
    #[serde(borrow)]
    pub new_references: Option<Vec<CodedReference<'a>>>,
}

/// A reference and what it names.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CodedReference<'a> {
    /// What it names: `BKG`, `TRD`, `SI`, `PO` and others.
    #[serde(borrow)]
    pub type_code: Option<WireText<'a>>,
    /// The reference itself.
    #[serde(borrow)]
    pub reference: Option<WireText<'a>>,
}

/// The container.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EquipmentDetails<'a> {
    /// Its number (ISO 6346).
    #[serde(borrow)]
    pub equipment_reference: Option<WireText<'a>>,
    /// Size and type (ISO 6346).
    #[serde(borrow, rename = "ISOEquipmentCode")]
    pub iso_equipment_code: Option<WireText<'a>>,
    /// `EMPTY` or `LADEN`.
    #[serde(borrow)]
    pub empty_indicator_code: Option<WireText<'a>>,
    /// `EXPORT`, `IMPORT` or `TRANSHIPMENT`.
    #[serde(borrow)]
    pub movement_type: Option<WireText<'a>>,
}

/// The vessel, truck or train.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TransportDetails<'a> {
    /// Why it is late.
    #[serde(borrow)]
    pub delay_reason_codes: Option<Vec<WireText<'a>>>,
}
