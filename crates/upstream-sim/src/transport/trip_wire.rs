//! A load as an Open Trip Model 5 trip.

use serde_json::{Map, Value, json};

use crate::names::Place;
use crate::stamp::rfc3339;
use crate::trip::{Consignment, Kind, Stop, Trip, Vehicle};

impl Trip {
    /// The full entity; a push never carries a patch.
    pub(crate) fn entity(&self) -> Value {
        let mut map = Map::new();
        let mut put = |name: &str, value: Value| map.insert(name.to_owned(), value);
        put("id", json!(self.id));
        put("entityType", "trip".into());
        put("name", self.shipment_no().into());
        put("status", self.status.into());
        put("transportMode", self.mode.into());
        put("creationDate", self.created.text.as_str().into());
        if let Some(modified) = &self.modified {
            put("lastModified", modified.text.as_str().into());
        }
        put("externalAttributes", self.attributes());
        if let Some(vehicle) = &self.vehicle {
            put("vehicle", vehicle.entity());
        }
        put("actors", self.actors());
        put("actions", self.actions());
        Value::Object(map)
    }

    fn attributes(&self) -> Value {
        let texts = [
            ("loadNumber", self.load_number.as_deref()),
            ("scac", self.scac_on_trip.then_some(self.carrier.0)),
            ("proNumber", self.refs.pro.as_deref()),
            (
                "plannedCost",
                self.cost.as_ref().map(|(text, _)| text.as_str()),
            ),
            ("currency", self.currency),
        ];
        let mut map: Map<String, Value> = texts
            .into_iter()
            .filter_map(|(name, text)| Some((name.to_owned(), text?.into())))
            .collect();
        if let Some(revision) = self.revision {
            map.insert("revision".to_owned(), revision.into());
        }
        Value::Object(map)
    }

    fn actors(&self) -> Value {
        let (scac, name) = self.carrier;
        let carrier = json!({"associationType": "inline", "roles": ["carrier"], "entity": {
            "id": format!("carrier-{scac}"), "name": name, "externalAttributes": {"scac": scac}}});
        let shipper = json!({"associationType": "inline", "roles": ["shipper"], "entity": {"name": "Cronus Trading"}});
        let driver = self.driver.map(|name| {
            json!({"associationType": "inline", "roles": ["driver"], "entity": {"name": name}})
        });
        [Some(shipper), Some(carrier), driver]
            .into_iter()
            .flatten()
            .collect()
    }

    /// Stops in the order of their sequence: all plans, then all estimates, then what really happened.
    fn actions(&self) -> Value {
        let stops = || self.stops.iter().enumerate();
        let plans = stops().filter_map(|(seq, stop)| {
            let planned = stop.planned?;
            let (start, end) = planned.times.unzip();
            Some(self.entry(seq, stop, planned.lifecycle, start, end, true))
        });
        let estimates = stops().filter_map(|(seq, stop)| {
            Some(self.entry(
                seq,
                stop,
                "projected",
                Some(stop.projected?),
                None,
                self.nested_everywhere,
            ))
        });
        let facts = stops().filter_map(|(seq, stop)| {
            let actual = stop.actual?;
            Some(self.entry(
                seq,
                stop,
                actual.lifecycle,
                Some(actual.start),
                actual.end,
                self.nested_everywhere,
            ))
        });
        plans.chain(estimates).chain(facts).collect()
    }

    fn entry(
        &self,
        seq: usize,
        stop: &Stop,
        lifecycle: &str,
        start: Option<i64>,
        end: Option<i64>,
        nested: bool,
    ) -> Value {
        let offset = self.local_times.then_some(stop.place.offset_minutes);
        let mut entity = json!({
            "id": stop.id,
            "actionType": "stop",
            "lifecycle": lifecycle,
            "sequenceNr": seq,
            "location": location(stop.place),
            "actions": if nested { self.nested(stop, lifecycle) } else { Vec::new() },
        });
        if let Some(start) = start {
            entity["startTime"] = rfc3339(start, offset).into();
        }
        if let Some(end) = end {
            entity["endTime"] = rfc3339(end, offset).into();
        }
        if let Some((start, end)) = stop.window {
            entity["constraint"] = json!({"associationType": "inline", "entity": {"value": {
                "type": "timeWindowConstraint",
                "startTime": rfc3339(start, offset),
                "endTime": rfc3339(end, offset),
            }}});
        }
        json!({"associationType": "inline", "entity": entity})
    }

    /// What is done at a stop: consignments are spelt out where they are loaded and referred to elsewhere.
    fn nested(&self, stop: &Stop, lifecycle: &str) -> Vec<Value> {
        let action = match stop.kind {
            Kind::Pickup => "load",
            Kind::Delivery => "unload",
            Kind::Other if stop.planned.is_some() => return vec![handed_over()],
            Kind::Other => return Vec::new(),
        };
        let peers: Vec<&Stop> = self
            .stops
            .iter()
            .filter(|other| other.kind == stop.kind)
            .collect();
        let mine = peers
            .iter()
            .position(|other| other.id == stop.id)
            .unwrap_or(0);
        let planned = matches!(lifecycle, "requested" | "planned");
        self.consignments
            .iter()
            .enumerate()
            .filter(|(at, _)| at % peers.len() == mine)
            .map(|(at, consignment)| {
                let association = if stop.kind == Kind::Pickup && planned {
                    self.consignment(at, consignment)
                } else {
                    json!({"associationType": "reference", "entityType": "consignment", "uuid": consignment.id})
                };
                json!({"associationType": "inline", "entity": {
                    "actionType": action, "lifecycle": lifecycle, "consignment": association}})
            })
            .collect()
    }

    fn consignment(&self, at: usize, consignment: &Consignment) -> Value {
        let mut extra = Map::new();
        if !consignment.order_numbers.is_empty() {
            extra.insert("orderNumbers".to_owned(), json!(consignment.order_numbers));
        }
        if at == 0 {
            let refs = [
                ("purchaseOrder", &self.refs.purchase_order),
                ("bol", &self.refs.bol),
                ("containerNumber", &self.refs.container),
                ("carrierBookingReference", &self.refs.booking),
            ];
            extra.extend(
                refs.into_iter()
                    .filter_map(|(name, text)| Some((name.to_owned(), text.as_deref()?.into()))),
            );
        }
        json!({"associationType": "inline", "entity": {
            "id": consignment.id, "entityType": "consignment", "status": self.status, "externalAttributes": extra}})
    }
}

fn handed_over() -> Value {
    json!({"associationType": "inline", "entity": {"actionType": "handOver", "lifecycle": "planned"}})
}

impl Vehicle {
    fn entity(&self) -> Value {
        let mut extra = json!({"telematicsId": self.telematics_id});
        if let Some(vin) = &self.vin {
            extra["vin"] = vin.as_str().into();
        }
        json!({"associationType": "inline", "entity": {
            "id": self.id, "entityType": "vehicle", "licensePlate": self.plate, "externalAttributes": extra}})
    }
}

fn location(place: &Place) -> Value {
    let mut extra = json!({"code": place.code});
    if let Some(code) = place.un_locode {
        extra["unLocode"] = code.into();
    }
    json!({"associationType": "inline", "entity": {
        "name": place.name,
        "externalAttributes": extra,
        "geoReference": {
            "type": "latLonPointGeoReference",
            "lat": degrees(place.lat_e6),
            "lon": degrees(place.lon_e6),
        },
    }})
}

/// Millionths of a degree as a JSON number with at most six decimals.
fn degrees(e6: i64) -> Value {
    let sign = if e6 < 0 { "-" } else { "" };
    let text = format!("{sign}{}.{:06}", e6.abs() / 1_000_000, e6.abs() % 1_000_000);
    text.parse::<f64>().unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use super::degrees;

    #[test]
    fn degrees_keep_their_digits() {
        assert_eq!(degrees(40_678_600).to_string(), "40.6786");
        assert_eq!(degrees(-100).to_string(), "-0.0001");
        assert_eq!(degrees(-75_471_400).to_string(), "-75.4714");
    }
}
