//! Stock on hand.

use serde::{Deserialize, Serialize};

use crate::{Entity, EpochMillis, ExactDecimal, InvalidKey, RecordKey, Text};

/// Stands for a part of a stock's key that the stock does not have, such as a lot.
pub const NO_PART: &str = "-";

/// What lies in one place at one time. Key: warehouse, item, lot, bin and stock status.
///
/// A part that the stock does not have is [`NO_PART`]: keys have no empty parts, and the report's columns no second
/// spelling.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct InventorySnapshot<'a> {
    /// The warehouse's code.
    #[serde(borrow)]
    pub warehouse: Text<'a>,
    /// The item; leading zeros count.
    #[serde(borrow)]
    pub sku: Text<'a>,
    /// The item's lot, or [`NO_PART`].
    #[serde(borrow)]
    pub lot: Text<'a>,
    /// The bin, or [`NO_PART`].
    #[serde(borrow)]
    pub bin: Text<'a>,
    /// Status of the stock, or [`NO_PART`].
    #[serde(borrow)]
    pub stock_status: Text<'a>,
    /// Quantity on hand, in the item's base unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qty_base: Option<ExactDecimal>,
    /// The item's base unit.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub uom_base: Option<Text<'a>>,
    /// When it was counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<EpochMillis>,
}

impl InventorySnapshot<'_> {
    /// The business key of the stock.
    pub fn key(&self) -> Result<RecordKey, InvalidKey> {
        let parts: [&str; 5] = [
            &self.warehouse,
            &self.sku,
            &self.lot,
            &self.bin,
            &self.stock_status,
        ];
        RecordKey::new(Entity::InventorySnapshot, &parts)
    }
}
