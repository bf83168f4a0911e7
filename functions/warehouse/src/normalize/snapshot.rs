//! Stock on hand.

use record::{
    Body, Entity, EpochMillis, ExactDecimal, InvalidKey, InventorySnapshot, QualityFlag, Record,
    RecordKey, Source, Text,
};
use rust_decimal::Decimal;

use super::{Origin, version::version};
use crate::wire::StockLine;

/// What lies in one place, in the item's base unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stock {
    /// The quantity, without trailing zeros.
    pub qty_base: Decimal,
    /// The base unit.
    pub uom_base: Box<str>,
    /// Whether no factor to a base unit is known, so that the unit stands for itself.
    pub is_unmapped: bool,
}

impl Stock {
    /// What a row says.
    #[must_use]
    pub fn of(line: &StockLine, origin: &Origin<'_>) -> Self {
        let sku = line.place.split('|').next().unwrap_or_default();
        let converted = origin
            .units
            .convert(line.qty, &line.uom, &origin.site.code, sku);
        match converted {
            Some(converted) => Self {
                qty_base: converted.quantity.normalize(),
                uom_base: converted.base.into(),
                is_unmapped: false,
            },
            None => Self {
                qty_base: line.qty.normalize(),
                uom_base: line.uom.as_str().into(),
                is_unmapped: true,
            },
        }
    }
}

/// The record of a place whose stock changed.
///
/// # Errors
/// Parts that make no key.
pub fn stock<'a>(
    place: &'a str,
    stock: &'a Stock,
    origin: &Origin<'a>,
) -> Result<Record<'a>, InvalidKey> {
    let mut parts = place.splitn(4, '|').map(Text::from);
    let mut part = || parts.next().unwrap_or_default();
    let as_of = EpochMillis::from(origin.name.cutoff);
    let body = InventorySnapshot {
        warehouse: Text::from(origin.site.code.as_str()),
        sku: part(),
        lot: part(),
        bin: part(),
        stock_status: part(),
        qty_base: Some(ExactDecimal::from(stock.qty_base)),
        uom_base: Some(Text::from(&*stock.uom_base)),
        as_of: Some(as_of),
    };
    let record = Record::upsert(
        Source::Warehouse,
        Body::InventorySnapshot(body),
        version(origin.name, 0, true),
        origin.provenance(place.to_owned(), Some(as_of)),
    )?;
    Ok(if stock.is_unmapped {
        record.with_quality(QualityFlag::UnmappedCode)
    } else {
        record
    })
}

/// The record of a place that a full snapshot no longer lists.
///
/// # Errors
/// Parts that make no key.
pub fn gone<'a>(place: &str, origin: &Origin<'a>) -> Result<Record<'a>, InvalidKey> {
    let parts: Vec<&str> = std::iter::once(origin.site.code.as_str())
        .chain(place.splitn(4, '|'))
        .collect();
    let key = RecordKey::new(Entity::InventorySnapshot, &parts)?;
    let as_of = EpochMillis::from(origin.name.cutoff);
    let provenance = origin.provenance(place.to_owned(), Some(as_of));
    let version = version(origin.name, 0, true);
    Ok(Record::tombstone(
        Source::Warehouse,
        key,
        version,
        provenance,
    ))
}
