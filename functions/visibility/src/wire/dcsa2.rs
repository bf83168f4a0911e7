//! DCSA Track and Trace 2.2: notifications, an array of flat events.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Scalar, WireText};

/// The body: an array.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct Notification<'a> {
    /// The events.
    #[serde(borrow)]
    pub events: Vec<&'a RawValue>,
}

/// One event. A correction is another event with another id.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event<'a> {
    /// The id; a correction has another one.
    #[serde(borrow, rename = "eventID")]
    pub event_id: Option<WireText<'a>>,
    /// `SHIPMENT`, `TRANSPORT` or `EQUIPMENT`.
    #[serde(borrow)]
    pub event_type: Option<WireText<'a>>,
    /// When the event was made: of two that mean the same, the later one holds.
    #[serde(borrow)]
    pub event_created_date_time: Option<WireText<'a>>,
    /// `PLN`, `EST` or `ACT`.
    #[serde(borrow)]
    pub event_classifier_code: Option<WireText<'a>>,
    /// When it happened or will.
    #[serde(borrow)]
    pub event_date_time: Option<WireText<'a>>,
    /// What happened on paper.
    #[serde(borrow)]
    pub shipment_event_type_code: Option<WireText<'a>>,
    /// What the vessel, truck or train did.
    #[serde(borrow)]
    pub transport_event_type_code: Option<WireText<'a>>,
    /// What was done to the container.
    #[serde(borrow)]
    pub equipment_event_type_code: Option<WireText<'a>>,
    /// Why it is late.
    #[serde(borrow)]
    pub delay_reason_code: Option<WireText<'a>>,
    /// The container's number (ISO 6346).
    #[serde(borrow)]
    pub equipment_reference: Option<WireText<'a>>,
    /// Size and type (ISO 6346).
    #[serde(borrow, rename = "ISOEquipmentCode")]
    pub iso_equipment_code: Option<WireText<'a>>,
    /// `EMPTY` or `LADEN`.
    #[serde(borrow)]
    pub empty_indicator_code: Option<WireText<'a>>,
    /// The document that a shipment event is about.
    #[serde(borrow, rename = "documentID")]
    pub document_id: Option<WireText<'a>>,
    /// What kind of document that is.
    #[serde(borrow)]
    pub document_type_code: Option<WireText<'a>>,
    /// Where.
    #[serde(borrow)]
    pub event_location: Option<Location<'a>>,
    /// The call of a vessel, truck or train at a place.
    #[serde(borrow)]
    pub transport_call: Option<TransportCall<'a>>,
    /// Documents.
    #[serde(borrow)]
    pub document_references: Option<Vec<DocumentReference<'a>>>,
    /// References of the shipper and others.
    #[serde(borrow)]
    pub references: Option<Vec<PartyReference<'a>>>,
}

/// A place.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Location<'a> {
    /// UN/LOCODE.
    #[serde(borrow, rename = "UNLocationCode")]
    pub un_location_code: Option<WireText<'a>>,
    /// The terminal's or depot's code.
    #[serde(borrow)]
    pub facility_code: Option<WireText<'a>>,
    /// Latitude in degrees, as text or number.
    #[serde(borrow)]
    pub latitude: Option<Scalar<'a>>,
    /// Longitude in degrees, as text or number.
    #[serde(borrow)]
    pub longitude: Option<Scalar<'a>>,
}

/// The call of a vessel, truck or train at a place.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TransportCall<'a> {
    /// The sender's id of the call.
    #[serde(borrow, rename = "transportCallID")]
    pub transport_call_id: Option<WireText<'a>>,
    /// UN/LOCODE.
    #[serde(borrow, rename = "UNLocationCode")]
    pub un_location_code: Option<WireText<'a>>,
    /// The terminal's code.
    #[serde(borrow)]
    pub facility_code: Option<WireText<'a>>,
    /// `POTE`, `DEPO`, `COFS` and others.
    #[serde(borrow)]
    pub facility_type_code: Option<WireText<'a>>,
    /// Where, with coordinates.
    #[serde(borrow)]
    pub location: Option<Location<'a>>,
}

/// A document and its kind.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DocumentReference<'a> {
    /// `BKG`, `TRD`, `SHI` and others.
    #[serde(borrow)]
    pub document_reference_type: Option<WireText<'a>>,
    /// The number.
    #[serde(borrow)]
    pub document_reference_value: Option<WireText<'a>>,
}

/// A reference and its kind.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PartyReference<'a> {
    /// `PO`, `SI`, `CR`, `FF`, `EQ` and others.
    #[serde(borrow)]
    pub reference_type: Option<WireText<'a>>,
    /// The number.
    #[serde(borrow)]
    pub reference_value: Option<WireText<'a>>,
}
