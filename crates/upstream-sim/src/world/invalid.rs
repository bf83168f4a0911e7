//! Units that break their contract. Each has an identity of its own that never appears validly.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::order::{Served, etag};
use crate::order_book::Version;
use crate::stamp::{Stamp, ticks};
use crate::world::World;

impl World {
    /// An order that no reader can accept: no number, an amount that is no number, or an impossible instant.
    pub(crate) fn broken_order(&mut self, now: Timestamp) -> Version {
        self.broken += 1;
        let id = self.broken_rolls.guid();
        let stamp = Stamp::new(now, 3, 0);
        let Value::Object(mut entity) = json!({
            "@odata.etag": etag(stamp.ticks),
            "id": id,
            "number": format!("SO-X{:05}", self.broken),
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
        match self.broken % 3 {
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

    /// A trip entity that no reader can accept: no readable time of change, no readable revision, or no identity at all.
    pub(crate) fn broken_trip(&mut self, now: Timestamp) -> Value {
        self.broken += 1;
        let stamp = Stamp::new(now, 3, 0);
        let load = format!("L-X{:05}", self.broken);
        let stop = json!({"associationType": "inline", "entity": {
            "id": self.broken_rolls.guid(), "actionType": "stop", "lifecycle": "planned", "sequenceNr": 0,
            "actions": [{"associationType": "inline", "entity": {"id": self.broken_rolls.guid(), "actionType": "load"}}],
        }});
        let mut trip = json!({
            "id": self.broken_rolls.guid(), "entityType": "trip", "name": load, "status": "confirmed",
            "transportMode": "road", "creationDate": stamp.text, "lastModified": stamp.text,
            "externalAttributes": {"loadNumber": load, "scac": "TSTL", "revision": 1},
            "actions": [stop],
        });
        match self.broken % 3 {
            0 => trip["lastModified"] = "yesterday, about noon".into(),
            1 => trip["externalAttributes"]["revision"] = "seven".into(),
            _ => {
                drop(trip.as_object_mut().and_then(|trip| trip.remove("id")));
                drop(
                    trip["externalAttributes"]
                        .as_object_mut()
                        .and_then(|extra| extra.remove("loadNumber")),
                );
            }
        }
        trip
    }
}
