//! Orders that break their contract. Each has an identity of its own that never appears validly.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::Version;
use crate::order::{Served, etag};
use crate::rolls::Rolls;
use crate::stamp::{Stamp, ticks};

/// Makes one broken order after the other.
#[derive(Debug)]
pub(super) struct BrokenOrders {
    rolls: Rolls,
    base: Date,
    made: u64,
}

impl BrokenOrders {
    pub(super) fn new(seed: u64, base: Date) -> Self {
        Self {
            rolls: Rolls::new(seed, 3),
            base,
            made: 0,
        }
    }

    /// An order that no reader can accept: no number, an amount that is no number, or an impossible instant.
    pub(super) fn order(&mut self, now: Timestamp) -> Version {
        self.made += 1;
        let id = self.rolls.guid();
        let stamp = Stamp::new(now, 3, 0);
        let Value::Object(mut entity) = json!({
            "@odata.etag": etag(stamp.ticks),
            "id": id,
            "number": format!("SO-X{:05}", self.made),
            "externalDocumentNumber": "4500099999",
            "orderDate": self.base,
            "customerNumber": "C10042",
            "customerName": "Hudson Grocers Ltd",
            "currencyCode": "USD",
            "totalAmountExcludingTax": 120.5,
            "totalAmountIncludingTax": 120.5,
            "fullyShipped": false,
            "status": "Open",
            "lastModifiedDateTime": stamp.text,
        }) else {
            unreachable!("an object literal is an object")
        };
        match self.made % 3 {
            0 => drop(entity.remove("number")),
            1 => drop(entity.insert("totalAmountExcludingTax".to_owned(), "12O,5o".into())),
            _ => drop(entity.insert(
                "lastModifiedDateTime".to_owned(),
                "2026-13-45T25:61:00Z".into(),
            )),
        }
        let lines = vec![
            json!({"sequence": 10_000, "lineType": "Item", "lineObjectNumber": "OLV-1L", "quantity": 1,
            "shippedQuantity": 0}),
        ];
        let served = Served::new(ticks(now), &entity, lines);
        Version {
            id,
            ticks: served.ticks,
            header: served.header,
            lines: served.lines,
            invalid: true,
            deleted: false,
        }
    }
}
