//! What carriers tell of a load: transaction sets, and what the report makes of each.

use serde_json::{Value, json};

use crate::carrier::edi::{Segment, Set, segment};
use crate::carrier::partner::{PARTNERS, Partner, index_of, minute};
use crate::carrier::place::{container_key, named, town};
use crate::names::Place;
use crate::trip::{Kind, Trip};

/// What the report has from a set that was accepted.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Fact {
    /// A row of `rpt_milestone`, by its key.
    Milestone(String, Value),
    /// A row of `rpt_freight_invoice` and its lines, by the invoice's key.
    Invoice(String, Value, Vec<Value>),
    /// A row of `rpt_edi_ack` about a group of ours that they acknowledge, by its key; when it was sent is added.
    Answer(String, Value),
}

/// A set that waits to be sent, and its facts.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Told {
    pub(super) set: Set,
    pub(super) facts: Vec<Fact>,
}

/// A status: AT701 and AT702, or AT703 and AT704 where it is an appointment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Status {
    pub(super) token: &'static str,
    pub(super) appointment: bool,
    pub(super) reason: &'static str,
    /// Epoch seconds.
    pub(super) at: i64,
}

impl Status {
    pub(super) const fn normal(token: &'static str, at: i64) -> Self {
        Self {
            token,
            appointment: false,
            reason: "NS",
            at,
        }
    }

    /// Our code, how certain it is, and the end of the way that it is about.
    fn meaning(&self) -> (&'static str, &'static str, Side) {
        match self.token {
            "AA" => ("pickup_appointment", "PLN", Side::Origin),
            "X3" | "X8" => ("pickup_arrived", "ACT", Side::Origin),
            "CP" => ("loading_done", "ACT", Side::Origin),
            "AF" => ("pickup_departed", "ACT", Side::Origin),
            "X6" => ("in_transit", "ACT", Side::Between),
            "AG" => ("eta_updated", "EST", Side::Destination),
            "X1" | "X5" => ("delivery_arrived", "ACT", Side::Destination),
            "D1" => ("delivered", "ACT", Side::Destination),
            "CD" => ("delivery_departed", "ACT", Side::Destination),
            "SD" => ("delayed", "ACT", Side::Between),
            "A7" => ("exception", "ACT", Side::Between),
            _ => ("other", "ACT", Side::Between),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Origin,
    Destination,
    Between,
}

/// One load as its carrier sees it.
#[derive(Debug)]
pub(super) struct View<'a> {
    trip: &'a Trip,
    pub(super) partner: &'static Partner,
    orders: Vec<&'a str>,
}

impl<'a> View<'a> {
    pub(super) fn of(trip: &'a Trip) -> Self {
        Self {
            trip,
            partner: &PARTNERS[index_of(trip.carrier.0)],
            orders: trip.order_numbers(),
        }
    }

    fn order_no(&self) -> Option<&'a str> {
        match self.orders[..] {
            [only] => Some(only),
            _ => None,
        }
    }

    fn container(&self) -> Option<&str> {
        container_key(self.trip.refs.container.as_deref()?)
    }

    /// References, as L11 (number first) or N9 (qualifier first).
    fn references(&self, segments: &mut Vec<Segment>, name: &str) {
        let refs = &self.trip.refs;
        let orders = self.orders.iter().map(|&order| ("CO", Some(order)));
        let others = [
            ("BM", refs.bol.as_deref()),
            ("PO", refs.purchase_order.as_deref()),
            ("BN", refs.booking.as_deref()),
            ("OC", refs.container.as_deref()),
        ];
        for (qualifier, number) in others.into_iter().chain(orders) {
            let Some(number) = number else { continue };
            segments.push(segment(&if name == "L11" {
                format!("L11*{number}*{qualifier}")
            } else {
                format!("N9*{qualifier}*{number}")
            }));
        }
    }

    /// The first pickup and the last delivery, or the stop itself at its own end of the way.
    fn parties(&self, stop: usize) -> (&'static Place, &'static Place) {
        let stops = &self.trip.stops;
        let own = &stops[stop];
        let end = |kind, found: Option<&crate::trip::Stop>| {
            if own.kind == kind {
                own.place
            } else {
                found.unwrap_or(own).place
            }
        };
        let pickup = stops.iter().find(|stop| stop.kind == Kind::Pickup);
        let delivery = stops.iter().rev().find(|stop| stop.kind == Kind::Delivery);
        (end(Kind::Pickup, pickup), end(Kind::Delivery, delivery))
    }

    /// A 214 about one stop.
    pub(super) fn status(&self, stop: usize, statuses: &[Status]) -> Told {
        let (trip, partner) = (self.trip, self.partner);
        let pro = trip.refs.pro.as_deref().unwrap_or_default();
        let shipment = trip.shipment_no();
        // A number that is too long for B10 stands among the references.
        let (in_b10, reference) = if shipment.len() > 30 {
            ("", Some(&shipment))
        } else {
            (&*shipment, None)
        };
        let mut segments = vec![segment(&format!("B10*{pro}*{in_b10}*{}", partner.scac))];
        segments.extend(reference.map(|reference| segment(&format!("L11*{reference}*SI"))));
        self.references(&mut segments, "L11");
        let (from, to) = self.parties(stop);
        segments.push(segment(&format!("N1*SH*{}*93*{}", from.name, from.code)));
        segments.push(segment(&format!("N1*CN*{}*93*{}", to.name, to.code)));
        let place = trip.stops[stop].place;
        let named = named(place);
        let mut facts = Vec::new();
        for (at, status) in statuses.iter().enumerate() {
            let written = partner.written(status.at, town(place.code));
            segments.push(segment(&format!("LX*{}", at + 1)));
            if partner.numbered {
                segments.push(segment(&format!("L11*{}*QN", stop + 1)));
            }
            let codes = if status.appointment { "**" } else { "" };
            let rest = if status.appointment { "" } else { "**" };
            let at7 = format!(
                "AT7*{codes}{}*{}{rest}*{}",
                status.token, status.reason, written.elements
            );
            segments.push(segment(&at7));
            segments.extend(named.segment.as_deref().map(segment));
            if let Some(vehicle) = &trip.vehicle {
                segments.push(segment(&format!(
                    "MS2*{}*{}*TL",
                    partner.scac, vehicle.telematics_id
                )));
            }
            let key = if partner.numbered {
                format!("STOP {}", stop + 1)
            } else {
                named.key.clone()
            };
            let (code, classifier, side) = status.meaning();
            let kind = if status.appointment { "AT703" } else { "AT701" };
            let source_code = format!("{kind}:{}", status.token);
            let id = format!(
                "{}|{shipment}|{key}|{source_code}|{}",
                partner.scac,
                minute(written.at)
            );
            let row = json!({
                "milestone_id": id,
                "scope": "shipment",
                "scope_ref": shipment,
                "shipment_no": shipment,
                "order_no": self.order_no(),
                "container_no": self.container(),
                "stop_id": null,
                "code": code,
                "classifier": classifier,
                "event_time": written.at * 1000,
                "time_precision": written.precision,
                "tz_basis": written.basis,
                "place_code": match side {
                    Side::Origin => Some(from.code),
                    Side::Destination => Some(to.code),
                    Side::Between => None,
                },
                "lat_e6": named.lat_e6,
                "lon_e6": named.lon_e6,
                "reason_code": status.reason,
                "source_code": source_code,
            });
            facts.push(Fact::Milestone(id, row));
        }
        Told {
            set: Set::new("214", segments),
            facts,
        }
    }

    /// A 990 that accepts or declines the load.
    pub(super) fn answer(&self, accepted: bool, at: i64) -> Told {
        let partner = self.partner;
        let shipment = self.trip.shipment_no();
        let (midnight, day) = partner.day(at);
        let action = if accepted { "A" } else { "D" };
        let mut segments = vec![segment(&format!(
            "B1*{}*{shipment}*{day}*{action}",
            partner.scac
        ))];
        if let Some(pro) = &self.trip.refs.pro {
            segments.push(segment(&format!("N9*CN*{pro}")));
        }
        self.references(&mut segments, "N9");
        let id = format!(
            "{}|{shipment}|-|B104:{action}|{}",
            partner.scac,
            minute(midnight)
        );
        let row = json!({
            "milestone_id": id,
            "scope": "shipment",
            "scope_ref": shipment,
            "shipment_no": shipment,
            "order_no": self.order_no(),
            "container_no": self.container(),
            "stop_id": null,
            "code": if accepted { "tender_accepted" } else { "tender_declined" },
            "classifier": "ACT",
            "event_time": midnight * 1000,
            "time_precision": "day",
            "tz_basis": "partner_default",
            "place_code": null,
            "lat_e6": null,
            "lon_e6": null,
            "source_code": format!("B104:{action}"),
        });
        Told {
            set: Set::new("990", segments),
            facts: vec![Fact::Milestone(id, row)],
        }
    }
}

/// A 997 for a group of ours that they took in: the tenders that we sent.
pub(super) fn acknowledgement(
    partner: &Partner,
    group: u32,
    sets: i64,
    status: &'static str,
) -> Told {
    let accepted = if status == "R" { 0 } else { sets };
    let segments = vec![
        segment(&format!("AK1*SM*{group}")),
        segment(&format!("AK9*{status}*{sets}*{sets}*{accepted}")),
    ];
    let row = json!({
        "direction": "received",
        "partner": partner.scac,
        "isa13": "-",
        "gs06": group.to_string(),
        "status": status,
        "sets": sets,
        "accepted": accepted,
    });
    let key = format!("received|{}|{group}", partner.scac);
    Told {
        set: Set::new("997", segments),
        facts: vec![Fact::Answer(key, row)],
    }
}

/// A set that nobody here reads: ocean status.
pub(super) fn unsupported(number: u64) -> Told {
    let segments = vec![
        segment(&format!(
            "B4***VD*20261109*0721**TSTU*{:06}",
            number % 1_000_000
        )),
        segment(&format!("N9*BM*SIM{number:09}")),
        segment("R4*L*UN*USNYC"),
    ];
    Told {
        set: Set::new("315", segments),
        facts: Vec::new(),
    }
}
