//! Orders and their lines.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{Entity, ExactDecimal, InvalidKey, RecordKey, Text};

/// An order's header. Key: company and order number.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Order<'a> {
    /// The company whose books hold the order; part of the key.
    #[serde(borrow)]
    pub company: Text<'a>,
    /// The order number, unique within the company.
    #[serde(borrow)]
    pub order_no: Text<'a>,
    /// The source's own id of the order.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub source_id: Option<Text<'a>>,
    /// The customer's number.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub customer_no: Option<Text<'a>>,
    /// The customer's name.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub customer_name: Option<Text<'a>>,
    /// The customer's own purchase order number.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub customer_po: Option<Text<'a>>,
    /// Day of the order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_date: Option<Date>,
    /// Day on which the customer asked for delivery.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested_delivery_date: Option<Date>,
    /// The source's status in lower snake case: `draft`, `in_review`, `open`.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub status: Option<Text<'a>>,
    /// ISO 4217 code; none means the company's local currency.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Text<'a>>,
    /// Total without tax, in minor units of the currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_ex_tax_minor: Option<i64>,
    /// Total with tax, in minor units of the currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_inc_tax_minor: Option<i64>,
    /// Name at the ship-to address.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub ship_to_name: Option<Text<'a>>,
    /// First line of the ship-to address.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub ship_to_line1: Option<Text<'a>>,
    /// City of the ship-to address.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub ship_to_city: Option<Text<'a>>,
    /// State or region of the ship-to address.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub ship_to_region: Option<Text<'a>>,
    /// Post code of the ship-to address.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub ship_to_postcode: Option<Text<'a>>,
    /// Country of the ship-to address, as the source writes it.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub ship_to_country: Option<Text<'a>>,
    /// Whether everything ordered has left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fully_shipped: Option<bool>,
    /// The sequences of all lines that this version has, ascending. A line that a newer version of the order does not
    /// list is deleted; that is how a line that vanished upstream vanishes here.
    pub line_sequences: Vec<i64>,
}

impl Order<'_> {
    /// The business key of the order.
    pub fn key(&self) -> Result<RecordKey, InvalidKey> {
        RecordKey::new(Entity::Order, &[&self.company, &self.order_no])
    }
}

/// One line of an order. Key: company, order number and sequence. Its version is the header's.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OrderLine<'a> {
    /// The company whose books hold the order.
    #[serde(borrow)]
    pub company: Text<'a>,
    /// The order that the line belongs to.
    #[serde(borrow)]
    pub order_no: Text<'a>,
    /// Position within the order, as the source numbers it (10000, 20000, …).
    pub sequence: i64,
    /// Kind of line in lower snake case: `item`, `comment`, `charge`.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub line_type: Option<Text<'a>>,
    /// Number of the item, account or charge.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub item_no: Option<Text<'a>>,
    /// Free text.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub description: Option<Text<'a>>,
    /// Unit of measure of the quantities.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub uom: Option<Text<'a>>,
    /// Quantity ordered, in `uom`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qty: Option<ExactDecimal>,
    /// Quantity shipped so far, in `uom`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipped_qty: Option<ExactDecimal>,
    /// Quantity invoiced so far, in `uom`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoiced_qty: Option<ExactDecimal>,
    /// Price of one unit, in major units of the order's currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<ExactDecimal>,
    /// Day on which the line is planned to leave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub planned_ship_date: Option<Date>,
}

impl OrderLine<'_> {
    /// The business key of the line.
    pub fn key(&self) -> Result<RecordKey, InvalidKey> {
        RecordKey::new(
            Entity::OrderLine,
            &[&self.company, &self.order_no, &self.sequence.to_string()],
        )
    }
}
