//! One event about a container or a load, whichever version of DCSA Track and Trace says it.

use serde_json::{Value, json};

use crate::names::Place;
use crate::trip::Trip;

/// Which version of the standard a load's publisher speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standard {
    Dcsa3,
    Dcsa2,
}

/// What happened: type of event, its code, how certain, and our word for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct What {
    pub(super) kind: &'static str,
    pub(super) code: &'static str,
    pub(super) classifier: &'static str,
    /// The report's code; none for measurements, which are no milestones.
    pub(super) milestone: Option<&'static str>,
}

/// What a load's events refer to. Fixed when the first one is told, as a publisher's own records are.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    pub(super) standard: Standard,
    /// Party code, provider and name of the code list; the name is missing at some.
    pub(super) party: (&'static str, &'static str, Option<&'static str>),
    pub(super) shipment_no: Option<String>,
    /// Goes into the events' ids.
    pub(super) load: String,
    pub(super) booking: String,
    pub(super) container: String,
    pub(super) orders: Vec<String>,
    pub(super) purchase_order: Option<String>,
    pub(super) iso_type: &'static str,
}

/// One version of an event.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) what: What,
    /// The event's id; 2.2 gives each version another one.
    pub(super) id: String,
    /// Epoch seconds.
    pub(super) happens: i64,
    /// Epoch milliseconds; none where the publisher leaves it out.
    pub(super) updated: Option<i64>,
    pub(super) place: &'static Place,
    pub(super) with_point: bool,
    pub(super) reason: Option<&'static str>,
    pub(super) laden: Option<bool>,
    /// Whether it says so of the container.
    pub(super) with_type: bool,
    /// Leaves a depot for export.
    pub(super) export_depot: bool,
    /// Instants are written in the local time of the place.
    pub(super) local: bool,
}

impl Subject {
    /// What is said of a load that has a booking and a container.
    pub(super) fn of(
        trip: &Trip,
        standard: Standard,
        named: bool,
        iso_type: &'static str,
    ) -> Option<Self> {
        let purchase_order = trip.refs.purchase_order.clone();
        Some(Self {
            standard,
            party: (trip.carrier.0, "SMDG", named.then_some("LCL")),
            shipment_no: trip.load_number.clone(),
            load: trip.shipment_no(),
            booking: trip.refs.booking.clone()?,
            container: trip.refs.container.clone()?,
            orders: trip
                .order_numbers()
                .into_iter()
                .map(str::to_owned)
                .collect(),
            purchase_order: purchase_order.filter(|text| !text.trim().is_empty()),
            iso_type,
        })
    }

    /// Owner and serial number, which containers are compared by.
    pub(super) fn container_key(&self) -> &str {
        &self.container[..10]
    }

    fn order_no(&self) -> Option<&str> {
        match &self.orders[..] {
            [only] => Some(only),
            _ => None,
        }
    }

    /// The milestone's key.
    pub(super) fn key(&self, event: &Event) -> String {
        match self.standard {
            Standard::Dcsa3 => {
                let (party, provider, name) = self.party;
                let list = name.unwrap_or("-");
                format!("dcsa|{provider}|{list}|{party}|{}", key_part(&event.id))
            }
            Standard::Dcsa2 => {
                let What {
                    kind,
                    code,
                    classifier,
                    ..
                } = event.what;
                let (thing, place) = (self.thing(event), event.place_code());
                let booking = &self.booking;
                format!("dcsa2|{thing}|{booking}|{place}|{kind}-{code}|{classifier}")
            }
        }
    }

    /// What a 2.2 event is about, as its natural key names it.
    fn thing(&self, event: &Event) -> String {
        match event.what.kind {
            "EQUIPMENT" => self.container_key().to_owned(),
            "TRANSPORT" => self.call(event),
            _ => self.booking.clone(),
        }
    }

    /// The call of a vessel at a place.
    pub(super) fn call(&self, event: &Event) -> String {
        format!("CALL-{}-{}", self.booking, event.place.code)
    }

    /// The row of `rpt_milestone`.
    pub(super) fn milestone(&self, event: &Event) -> Option<Value> {
        let code = event.what.milestone?;
        let container = event.is_about_container().then(|| self.container_key());
        let shipment = self.shipment_no.as_deref();
        Some(json!({
            "milestone_id": self.key(event),
            "scope": if container.is_some() { "container" } else { "shipment" },
            "scope_ref": container.or(shipment).unwrap_or(&self.booking),
            "shipment_no": shipment,
            "order_no": self.order_no(),
            "container_no": container,
            "stop_id": null,
            "code": code,
            "classifier": event.what.classifier,
            "event_time": event.happens * 1000,
            "time_precision": "second",
            "tz_basis": "offset",
            "place_code": event.place_code(),
            "lat_e6": event.with_point.then_some(event.place.lat_e6),
            "lon_e6": event.with_point.then_some(event.place.lon_e6),
            "reason_code": event.reason,
            "source_code": format!("dcsa:{}:{}", event.what.kind, event.what.code),
        }))
    }
}

impl Event {
    /// Transport and shipment events name no container.
    pub(super) fn is_about_container(&self) -> bool {
        !matches!(self.what.kind, "TRANSPORT" | "SHIPMENT")
    }

    pub(super) fn place_code(&self) -> &'static str {
        self.place.un_locode.unwrap_or(self.place.code)
    }
}

/// An id as part of a key: what a key cannot hold is hashed.
pub(super) fn key_part(id: &str) -> String {
    use sha2::{Digest as _, Sha256};
    if !id.contains('|') && id.len() <= 120 {
        return id.to_owned();
    }
    let hash = Sha256::digest(id.as_bytes());
    let hex: String = hash[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("sha256-{hex}")
}
