//! What the order system sends: OData version 4, as Business Central's API 2.0 serves it.
//!
//! Texts are borrowed from the page. Decimals stay the digits that were sent: they never pass through a binary float.

pub use ingest::wire::{Scalar, WireText};
use serde::Deserialize;
use serde_json::value::RawValue;

/// One page of a collection, or what is sent instead of one.
#[derive(Debug, Deserialize)]
pub struct Page<'a, U = &'a RawValue> {
    /// The entities. Raw by default, because each is a unit that fails alone.
    pub value: Option<Vec<U>>,
    /// The next page; to be called exactly as it is.
    #[serde(borrow, rename = "@odata.nextLink")]
    pub next_link: Option<WireText<'a>>,
    /// The changes from now on; on the last page when changes are tracked.
    #[serde(borrow, rename = "@odata.deltaLink")]
    pub delta_link: Option<WireText<'a>>,
    /// What went wrong, sent with a status that says that nothing did.
    #[serde(borrow)]
    pub error: Option<&'a RawValue>,
    /// The envelope of OData version 2.
    #[serde(borrow)]
    pub d: Option<&'a RawValue>,
}

/// Why the upstream did not answer.
#[derive(Debug, Deserialize)]
pub struct ErrorBody<'a> {
    /// A stable code.
    #[serde(borrow)]
    pub code: Option<&'a RawValue>,
    /// A text for people, with ids that differ from call to call.
    #[serde(borrow)]
    pub message: Option<WireText<'a>>,
}

/// An order with its lines.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SalesOrder<'a> {
    /// Which state of the order this is; opaque, and in no order.
    #[serde(borrow, rename = "@odata.etag")]
    pub etag: Option<WireText<'a>>,
    /// The upstream's id.
    #[serde(borrow)]
    pub id: Option<WireText<'a>>,
    /// The order number.
    #[serde(borrow)]
    pub number: Option<WireText<'a>>,
    /// The customer's purchase order number.
    #[serde(borrow)]
    pub external_document_number: Option<WireText<'a>>,
    /// Day of the order.
    #[serde(borrow)]
    pub order_date: Option<WireText<'a>>,
    /// Day on which the customer asked for delivery.
    #[serde(borrow)]
    pub requested_delivery_date: Option<WireText<'a>>,
    /// The customer's number.
    #[serde(borrow)]
    pub customer_number: Option<WireText<'a>>,
    /// The customer's name.
    #[serde(borrow)]
    pub customer_name: Option<WireText<'a>>,
    /// Name at the ship-to address.
    #[serde(borrow)]
    pub ship_to_name: Option<WireText<'a>>,
    /// First line of the ship-to address.
    #[serde(borrow)]
    pub ship_to_address_line1: Option<WireText<'a>>,
    /// City of the ship-to address.
    #[serde(borrow)]
    pub ship_to_city: Option<WireText<'a>>,
    /// State of the ship-to address.
    #[serde(borrow)]
    pub ship_to_state: Option<WireText<'a>>,
    /// Post code of the ship-to address.
    #[serde(borrow)]
    pub ship_to_post_code: Option<WireText<'a>>,
    /// Country of the ship-to address.
    #[serde(borrow)]
    pub ship_to_country: Option<WireText<'a>>,
    /// ISO 4217 code; empty for the company's local currency.
    #[serde(borrow)]
    pub currency_code: Option<WireText<'a>>,
    /// Total without tax.
    #[serde(borrow)]
    pub total_amount_excluding_tax: Option<Scalar<'a>>,
    /// Total with tax.
    #[serde(borrow)]
    pub total_amount_including_tax: Option<Scalar<'a>>,
    /// Whether everything ordered has left.
    pub fully_shipped: Option<bool>,
    /// `Draft`, `In_x0020_Review`, `Open`.
    #[serde(borrow)]
    pub status: Option<WireText<'a>>,
    /// When the order or one of its lines changed.
    #[serde(borrow)]
    pub last_modified_date_time: Option<WireText<'a>>,
    /// All lines; absent when the request did not ask for them.
    #[serde(borrow)]
    pub sales_order_lines: Option<Vec<SalesOrderLine<'a>>>,
}

/// A line of an order. It has no version of its own.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SalesOrderLine<'a> {
    /// Position: 10000, 20000 and so on.
    pub sequence: Option<i64>,
    /// `Item`, `Comment`, `Account`, `Resource`, `Fixed_x0020_Asset`, `Charge`.
    #[serde(borrow)]
    pub line_type: Option<WireText<'a>>,
    /// Number of the item, account or charge.
    #[serde(borrow)]
    pub line_object_number: Option<WireText<'a>>,
    /// Free text.
    #[serde(borrow)]
    pub description: Option<WireText<'a>>,
    /// Unit of measure.
    #[serde(borrow)]
    pub unit_of_measure_code: Option<WireText<'a>>,
    /// Quantity ordered.
    #[serde(borrow)]
    pub quantity: Option<Scalar<'a>>,
    /// Price of one unit.
    #[serde(borrow)]
    pub unit_price: Option<Scalar<'a>>,
    /// Day on which the line is planned to leave.
    #[serde(borrow)]
    pub shipment_date: Option<WireText<'a>>,
    /// Quantity shipped so far.
    #[serde(borrow)]
    pub shipped_quantity: Option<Scalar<'a>>,
    /// Quantity invoiced so far.
    #[serde(borrow)]
    pub invoiced_quantity: Option<Scalar<'a>>,
}

/// As much of an order as moves the cursor past one whose other fields cannot be read.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderHead<'a> {
    /// The order number.
    #[serde(borrow)]
    pub number: Option<Scalar<'a>>,
    /// When the order changed.
    #[serde(borrow)]
    pub last_modified_date_time: Option<Scalar<'a>>,
}

/// One row of a page of changes.
#[derive(Debug, Deserialize)]
pub struct ChangeRow<'a> {
    /// Ends in `/$deletedEntity` for an order that is no longer in the collection.
    #[serde(borrow, rename = "@odata.context")]
    pub context: Option<WireText<'a>>,
    /// The same in version 4.01.
    #[serde(borrow, rename = "@removed")]
    pub removed: Option<Removed<'a>>,
    /// The order's id.
    #[serde(borrow)]
    pub id: Option<WireText<'a>>,
    /// `deleted`, or `changed` for an order that may still exist.
    #[serde(borrow)]
    pub reason: Option<WireText<'a>>,
}

/// Why an order is no longer in the collection, in version 4.01.
#[derive(Debug, Deserialize)]
pub struct Removed<'a> {
    /// `deleted` or `changed`.
    #[serde(borrow)]
    pub reason: Option<WireText<'a>>,
}
