//! Trips that break their contract. Each has an identity of its own that never appears validly.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::rolls::Rolls;
use crate::stamp::Stamp;

/// Makes one broken trip after the other.
#[derive(Debug)]
pub(super) struct BrokenTrips {
    rolls: Rolls,
    made: u64,
}

impl BrokenTrips {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            rolls: Rolls::new(seed, 4),
            made: 0,
        }
    }

    /// A trip entity that no reader can accept: no readable time of change, no readable revision, or no identity at all.
    pub(super) fn trip(&mut self, now: Timestamp) -> Value {
        self.made += 1;
        let stamp = Stamp::new(now, 3, 0);
        let load = format!("L-X{:05}", self.made);
        let stop = json!({"associationType": "inline", "entity": {
            "id": self.rolls.guid(), "actionType": "stop", "lifecycle": "planned", "sequenceNr": 0,
            "actions": [{"associationType": "inline", "entity": {"id": self.rolls.guid(), "actionType": "load"}}],
        }});
        let mut trip = json!({
            "id": self.rolls.guid(), "entityType": "trip", "name": load, "status": "confirmed",
            "transportMode": "road", "creationDate": stamp.text, "lastModified": stamp.text,
            "externalAttributes": {"loadNumber": load, "scac": "TSTL", "revision": 1},
            "actions": [stop],
        });
        match self.made % 3 {
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
