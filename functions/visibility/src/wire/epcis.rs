//! EPCIS 2.0: `POST /capture`.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::WireText;

/// The body.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Document<'a> {
    /// Meaning of the prefixes in names and values.
    #[serde(borrow, rename = "@context")]
    pub context: Option<&'a RawValue>,
    /// `EPCISDocument`.
    #[serde(borrow, rename = "type")]
    pub kind: Option<WireText<'a>>,
    /// The events.
    #[serde(borrow)]
    pub epcis_body: Body<'a>,
}

/// The events: a list, or a single one.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Body<'a> {
    /// The events.
    #[serde(borrow)]
    pub event_list: Option<Vec<&'a RawValue>>,
    /// The event.
    #[serde(borrow)]
    pub event: Option<&'a RawValue>,
}

/// One event: what, when, where and why.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event<'a> {
    /// `ObjectEvent`, `AggregationEvent`, `TransactionEvent` and others.
    #[serde(borrow, rename = "type")]
    pub kind: Option<WireText<'a>>,
    /// The id; half of all senders leave it out.
    #[serde(borrow, rename = "eventID")]
    pub event_id: Option<WireText<'a>>,
    /// When it happened.
    #[serde(borrow)]
    pub event_time: Option<WireText<'a>>,
    /// Offset of the local time where it happened.
    #[serde(borrow)]
    pub event_time_zone_offset: Option<WireText<'a>>,
    /// When a repository took it in.
    #[serde(borrow)]
    pub record_time: Option<WireText<'a>>,
    /// `ADD`, `OBSERVE` or `DELETE`.
    #[serde(borrow)]
    pub action: Option<WireText<'a>>,
    /// What was being done.
    #[serde(borrow)]
    pub biz_step: Option<WireText<'a>>,
    /// The things.
    #[serde(borrow)]
    pub epc_list: Option<Vec<WireText<'a>>>,
    /// What the things are packed in.
    #[serde(borrow, rename = "parentID")]
    pub parent_id: Option<WireText<'a>>,
    /// What is packed in it.
    #[serde(borrow, rename = "childEPCs")]
    pub child_epcs: Option<Vec<WireText<'a>>>,
    /// Things by kind and number.
    #[serde(borrow)]
    pub quantity_list: Option<Vec<Quantity<'a>>>,
    /// What is packed, by kind and number.
    #[serde(borrow)]
    pub child_quantity_list: Option<Vec<Quantity<'a>>>,
    /// Where it was seen.
    #[serde(borrow)]
    pub read_point: Option<Place<'a>>,
    /// Where it then is.
    #[serde(borrow)]
    pub biz_location: Option<Place<'a>>,
    /// Documents.
    #[serde(borrow)]
    pub biz_transaction_list: Option<Vec<BizTransaction<'a>>>,
    /// The event was wrong.
    #[serde(borrow)]
    pub error_declaration: Option<ErrorDeclaration<'a>>,
}

/// Things of one kind.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Quantity<'a> {
    /// The kind.
    #[serde(borrow)]
    pub epc_class: Option<WireText<'a>>,
}

/// A place.
#[derive(Debug, Deserialize)]
pub struct Place<'a> {
    /// Its identifier.
    #[serde(borrow)]
    pub id: Option<WireText<'a>>,
}

/// A document and its kind.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BizTransaction<'a> {
    /// `po`, `bol`, `desadv` and others.
    #[serde(borrow, rename = "type")]
    pub kind: Option<WireText<'a>>,
    /// Its identifier.
    #[serde(borrow)]
    pub biz_transaction: Option<WireText<'a>>,
}

/// Says that the event that carries it was wrong.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorDeclaration<'a> {
    /// When that was said.
    #[serde(borrow)]
    pub declaration_time: Option<WireText<'a>>,
    /// The events that stand in for it.
    #[serde(borrow, rename = "correctiveEventIDs")]
    pub corrective_event_ids: Option<Vec<WireText<'a>>>,
}
