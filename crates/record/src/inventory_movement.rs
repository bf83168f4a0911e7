//! Movements of stock.

use serde::{Deserialize, Serialize};

use crate::{Entity, EpochMillis, ExactDecimal, InvalidKey, RecordKey, Text, TimeBasis};

/// Something that changed what lies in a warehouse. Key: warehouse and movement id.
///
/// A source that gives movements no id has its normalizer make one from the row's content.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct InventoryMovement<'a> {
    /// The warehouse's code.
    #[serde(borrow)]
    pub warehouse: Text<'a>,
    /// Id of the movement, unique within the warehouse.
    #[serde(borrow)]
    pub movement_id: Text<'a>,
    /// Kind in lower snake case: `receipt`, `putaway`, `pick`, `ship`, `adjust`, `count`, `return`.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub movement_type: Option<Text<'a>>,
    /// The item; leading zeros count.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub sku: Option<Text<'a>>,
    /// The item's lot.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub lot: Option<Text<'a>>,
    /// The item's serial number.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub serial: Option<Text<'a>>,
    /// Quantity in the item's base unit, with the sign of its effect on the stock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qty_base: Option<ExactDecimal>,
    /// The item's base unit.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub uom_base: Option<Text<'a>>,
    /// Quantity as the source wrote it, in `uom`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qty: Option<ExactDecimal>,
    /// Unit of measure as the source wrote it.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub uom: Option<Text<'a>>,
    /// The order that it is for.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub order_no: Option<Text<'a>>,
    /// The order's line that it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line_no: Option<i64>,
    /// The logistic unit: 18 digits.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub sscc: Option<Text<'a>>,
    /// The shipment that it is for.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub load_ref: Option<Text<'a>>,
    /// Why, in the source's own code.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text<'a>>,
    /// The bin that was left.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub bin_from: Option<Text<'a>>,
    /// The bin that was reached.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub bin_to: Option<Text<'a>>,
    /// Status of the stock: available, damaged, held.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub stock_status: Option<Text<'a>>,
    /// When it happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub movement_time: Option<EpochMillis>,
    /// How the instant was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tz_basis: Option<TimeBasis>,
}

impl InventoryMovement<'_> {
    /// The business key of the movement.
    pub fn key(&self) -> Result<RecordKey, InvalidKey> {
        RecordKey::new(
            Entity::InventoryMovement,
            &[&self.warehouse, &self.movement_id],
        )
    }
}
