//! What scanners see of a load's pallets, as EPCIS 2.0 events.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::names::Place;
use crate::rolls::Rolls;
use crate::stamp::rfc3339_ms;
use crate::trip::{Stop, Trip};
use crate::world::{TripMessage, World, check_digit};

/// GS1 company prefix of the shipper.
const COMPANY_PREFIX: &str = "0614141";
/// Pallets in one event at most.
const PALLETS_MAX: usize = 30;

/// How identifiers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Urn,
    DigitalLink,
}

/// One scan, or the declaration that it was wrong.
#[derive(Debug, Clone)]
pub(super) struct Scan {
    pub(super) id: String,
    pub(super) wire: Value,
    /// Epoch milliseconds of the happening, and of the repository's note if there is one.
    pub(super) happened: i64,
    pub(super) recorded: Option<i64>,
    /// When it was declared wrong.
    pub(super) declared: Option<i64>,
    pub(super) units: Vec<String>,
    code: &'static str,
    step: String,
    place: String,
    container: Option<String>,
}

/// The loads whose pallets are scanned.
#[derive(Debug)]
pub(super) struct Scanners {
    rolls: Rolls,
    /// Loads and steps that are told.
    told: HashSet<(usize, &'static str)>,
    forms: HashMap<usize, Form>,
    /// By SSCC and moment, so that no pallet is in two places at once.
    taken: HashSet<(String, i64)>,
}

impl Scanners {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            rolls: Rolls::new(seed, 31),
            told: HashSet::new(),
            forms: HashMap::new(),
            taken: HashSet::new(),
        }
    }

    /// What is scanned because of a message. `now` in milliseconds.
    pub(super) fn seen(&mut self, world: &World, message: &TripMessage, now: i64) -> Vec<Scan> {
        let trip = &message.trip;
        let (Some(first), Some(last)) = (trip.stops.first(), trip.stops.last()) else {
            return Vec::new();
        };
        if message.deleted || trip.orders.is_empty() {
            return Vec::new();
        }
        let left = |stop: &Stop| stop.actual.and_then(|actual| actual.end);
        let came = last.actual.map(|actual| actual.start);
        let steps = [
            (
                "loading",
                "loading_done",
                left(first).map(|at| at - 300),
                first.place,
            ),
            ("departing", "pickup_departed", left(first), first.place),
            ("arriving", "delivery_arrived", came, last.place),
            (
                "receiving",
                "received_in_wms",
                left(last).map(|at| at - 200),
                last.place,
            ),
            (
                "storing",
                "other",
                left(last).map(|at| at - 100),
                last.place,
            ),
        ];
        let mut scans = Vec::new();
        for (step, code, at, place) in steps {
            let Some(at) = at else { continue };
            if self.told.insert((message.load, step)) {
                self.scan(
                    world,
                    message.load,
                    trip,
                    (step, code, at, place),
                    now,
                    &mut scans,
                );
            }
        }
        scans
    }

    fn scan(
        &mut self,
        world: &World,
        load: usize,
        trip: &Trip,
        (step, code, at, place): (&'static str, &'static str, i64, &'static Place),
        now: i64,
        scans: &mut Vec<Scan>,
    ) {
        let rolls = &mut self.rolls;
        let form = *self
            .forms
            .entry(load)
            .or_insert_with(|| *rolls.pick(&[Form::Urn, Form::DigitalLink]));
        let left_out = step == "storing" && !rolls.chance(0.2);
        let (written, noted) = (rolls.index(3), rolls.chance(0.8));
        let (wrong, boxed) = (rolls.chance(0.04), rolls.chance(0.3));
        let nameless = rolls.chance(0.2);
        let mut units: Vec<String> = trip
            .orders
            .iter()
            .flat_map(|&order| world.order_units(order))
            .take(PALLETS_MAX)
            .collect();
        units.sort();
        units.dedup();
        let id = format!("urn:uuid:{}", rolls.guid());
        let mut happened = at * 1000 + rolls.between(0, 999);
        if units.is_empty() || left_out {
            return;
        }
        while units
            .iter()
            .any(|unit| self.taken.contains(&(unit.clone(), happened)))
        {
            happened += 1;
        }
        self.taken
            .extend(units.iter().map(|unit| (unit.clone(), happened)));
        let container = trip
            .refs
            .container
            .as_ref()
            .filter(|number| boxed && has_right_digit(number));
        let word = step;
        let step = [
            step.to_owned(),
            format!("urn:epcglobal:cbv:bizstep:{step}"),
            format!("https://ref.gs1.org/cbv/BizStep-{step}"),
        ][written]
            .clone();
        let at = location(place);
        let mut epcs: Vec<String> = units.iter().map(|unit| epc(unit, form)).collect();
        epcs.extend(container.map(|number| format!("urn:epc:id:bic:{number}")));
        let mut wire = json!({
            "type": "ObjectEvent",
            "eventID": id,
            "eventTime": rfc3339_ms(happened),
            "eventTimeZoneOffset": "+00:00",
            "epcList": epcs,
            "action": "OBSERVE",
            "bizStep": step,
            "disposition": "in_transit",
            "readPoint": {"id": at.id},
        });
        if noted {
            wire["recordTime"] = rfc3339_ms(now).into();
        }
        if let Some(order) = &trip.refs.purchase_order {
            wire["bizTransactionList"] = json!([{"type": "po",
                "bizTransaction": format!("urn:epcglobal:cbv:bt:{COMPANY_PREFIX}073467:{order}")}]);
        }
        let id = if nameless && container.is_none() && trip.refs.purchase_order.is_none() {
            drop(wire.as_object_mut().and_then(|wire| wire.remove("eventID")));
            event_hash(happened, &units, word, &at.link)
        } else {
            id
        };
        let scan = Scan {
            id,
            wire,
            happened,
            recorded: noted.then_some(now),
            declared: None,
            units,
            code,
            step,
            place: at.code,
            container: container.map(|number| number[..10].to_owned()),
        };
        let declared = wrong.then(|| {
            let mut wire = scan.wire.clone();
            wire["errorDeclaration"] =
                json!({"declarationTime": rfc3339_ms(now + 1), "reason": "incorrect_data"});
            Scan {
                wire,
                declared: Some(now + 1),
                ..scan.clone()
            }
        });
        scans.push(scan);
        scans.extend(declared);
    }
}

impl Scan {
    /// The milestone's key.
    pub(super) fn key(&self) -> String {
        format!("epcis|{}", self.id)
    }

    /// The row of `rpt_milestone`.
    pub(super) fn milestone(&self) -> Value {
        json!({
            "milestone_id": self.key(),
            "scope": "unit",
            "scope_ref": self.units.first(),
            "shipment_no": null,
            "order_no": null,
            "container_no": self.container,
            "stop_id": null,
            "code": self.code,
            "classifier": "ACT",
            "event_time": self.happened,
            "time_precision": "second",
            "tz_basis": "offset",
            "place_code": self.place,
            "lat_e6": null,
            "lon_e6": null,
            "reason_code": null,
            "source_code": format!("epcis:{}", self.step),
        })
    }

    /// The row of `rpt_handling_unit`.
    pub(super) fn unit(&self, sscc: &str) -> Value {
        json!({
            "sscc": sscc,
            "last_place": self.place,
            "last_code": self.code,
            "last_event_time": self.happened,
            "shipment_no": null,
            "order_no": null,
        })
    }
}

/// An SSCC as an identifier of EPCIS.
fn epc(sscc: &str, form: Form) -> String {
    match form {
        Form::DigitalLink => format!("https://id.gs1.org/00/{sscc}"),
        Form::Urn => {
            let (extension, serial) = (&sscc[..1], &sscc[8..17]);
            format!("urn:epc:id:sscc:{COMPANY_PREFIX}.{extension}{serial}")
        }
    }
}

/// A place in three forms.
struct Location {
    /// As the event has it.
    id: String,
    /// As a GS1 Digital Link.
    link: String,
    /// As reports have it: 13 digits, and what is within the place.
    code: String,
}

fn location(place: &Place) -> Location {
    let reference = format!("{:05}", place.lat_e6.unsigned_abs() / 10 % 100_000);
    let number = format!("{COMPANY_PREFIX}{reference}");
    let number = format!("{number}{}", check_digit(&number));
    let link = format!("https://id.gs1.org/414/{number}");
    let urn = format!("urn:epc:id:sgln:{COMPANY_PREFIX}.{reference}");
    match place.lon_e6 % 3 {
        0 => Location {
            id: format!("{urn}.0"),
            link,
            code: number,
        },
        1 | -1 => Location {
            id: format!("{urn}.D7"),
            link: format!("{link}/254/D7"),
            code: format!("{number}.D7"),
        },
        _ => Location {
            id: link.clone(),
            link,
            code: number,
        },
    }
}

/// The id of an event without one: the hash of its content in the one form that CBV 2.0 prescribes. Only for events
/// without documents and containers.
fn event_hash(happened: i64, units: &[String], word: &str, link: &str) -> String {
    let time = rfc3339_ms(happened);
    let units: String = units
        .iter()
        .map(|unit| format!("epc=https://id.gs1.org/00/{unit}"))
        .collect();
    let text = format!(
        "eventType=ObjectEventeventTime={time}eventTimeZoneOffset=+00:00epcList{units}action=OBSERVE\
         bizStep=https://ref.gs1.org/cbv/BizStep-{word}disposition=https://ref.gs1.org/cbv/Disp-in_transit\
         readPointid={link}"
    );
    let hash = Sha256::digest(text.as_bytes());
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("ni:///sha-256;{hex}?ver=CBV2.0")
}

fn has_right_digit(number: &str) -> bool {
    let (serial, stated) = number.split_at(10);
    stated == crate::world::iso6346_check_digit(serial).to_string()
}

/// A document of events.
pub(super) fn document(events: &str, now: i64) -> String {
    let at = rfc3339_ms(now);
    format!(
        r#"{{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],"type":"EPCISDocument","schemaVersion":"2.0","creationDate":"{at}","epcisBody":{{"eventList":[{events}]}}}}"#
    )
}
