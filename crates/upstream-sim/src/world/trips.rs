//! What happens to loads: planning. What happens on the road is in `trips/journey.rs`.

mod journey;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::names::{CARRIERS, MODES, PLACES};
use crate::rolls::Rolls;
use crate::stamp::Stamp;
use crate::trip::{Consignment, Kind, Planned, Refs, Stop, Trip};
use crate::world::{TripMessage, World};

impl World {
    /// The next trip message: a new load, or the next step of one under way.
    pub(crate) fn step_trip(&mut self, now: Timestamp) -> TripMessage {
        let fresh = self.trip_rolls.chance(0.14);
        if fresh || self.active.is_empty() {
            return self.create_trip(now);
        }
        let at = self.trip_rolls.index(self.active.len());
        self.advance_trip(at, now)
    }

    pub(crate) fn create_trip(&mut self, now: Timestamp) -> TripMessage {
        let orders = self.orders_to_load();
        let index = self.trips.len();
        let midnight = self
            .base
            .to_zoned(TimeZone::UTC)
            .map_or(0, |at| at.timestamp().as_second());
        let rolls = &mut self.trip_rolls;
        let mut trip = new_trip(rolls, index, now);
        trip.stops = new_stops(rolls, midnight);
        let pickups = trip
            .stops
            .iter()
            .filter(|stop| stop.kind == Kind::Pickup)
            .count();
        let deliveries = trip
            .stops
            .iter()
            .filter(|stop| stop.kind == Kind::Delivery)
            .count();
        trip.consignments = (0..pickups.max(deliveries).max(orders.len()))
            .map(|_| Consignment {
                id: rolls.guid(),
                order_numbers: Vec::new(),
            })
            .collect();
        for (slot, &order) in orders.iter().enumerate() {
            trip.consignments[slot]
                .order_numbers
                .push(self.orders[order].number.clone());
        }
        if let (Some(&first), true) = (orders.first(), rolls.chance(0.05)) {
            // The same order on two consignments: the list in the report names it once.
            let number = self.orders[first].number.clone();
            if let Some(last) = trip
                .consignments
                .last_mut()
                .filter(|last| last.order_numbers.is_empty())
            {
                last.order_numbers.push(number);
            }
        }
        trip.refs.purchase_order = orders
            .first()
            .and_then(|&order| self.orders[order].customer_po.clone());
        trip.orders = orders;
        self.trips.push(trip.clone());
        self.active.push(index);
        TripMessage {
            load: index,
            trip,
            deleted: false,
        }
    }

    /// Up to three recent orders that no load carries yet; now and then none.
    fn orders_to_load(&mut self) -> Vec<usize> {
        let wanted = *self.trip_rolls.pick(&[0_usize, 1, 1, 1, 1, 2, 2, 3]);
        let recent = self.orders.len().saturating_sub(200);
        let mut chosen = Vec::new();
        for index in recent..self.orders.len() {
            let order = &mut self.orders[index];
            if chosen.len() < wanted && !order.on_a_load && !order.deleted {
                order.on_a_load = true;
                chosen.push(index);
            }
        }
        chosen
    }
}

fn new_trip(rolls: &mut Rolls, index: usize, now: Timestamp) -> Trip {
    let digits = u32::try_from(rolls.between(0, 7)).unwrap_or(7);
    let created = Stamp::new(now, digits, 0);
    let mode = *rolls.pick(MODES);
    let boxed = matches!(mode, "maritime" | "rail" | "inlandWaterway");
    let cents = rolls.between(9_000, 950_000);
    Trip {
        id: rolls.guid(),
        load_number: (!rolls.chance(0.03)).then(|| format!("L-2026-{}", 55_013 + index)),
        status: "requested",
        mode,
        modified: (!rolls.chance(0.3)).then(|| created.clone()),
        created,
        revision: (!rolls.chance(0.05)).then_some(1),
        carrier: *rolls.pick(CARRIERS),
        scac_on_trip: rolls.chance(0.7),
        driver: None,
        vehicle: None,
        right_vehicle: None,
        refs: Refs {
            pro: rolls.chance(0.8).then(|| format!("0{}", rolls.digits(9))),
            bol: rolls.chance(0.9).then(|| format!("BOL{}", rolls.digits(7))),
            booking: boxed.then(|| format!("BKG{}", rolls.digits(7))),
            container: boxed.then(|| container_no(&rolls.digits(7))),
            purchase_order: None,
        },
        consignments: Vec::new(),
        cost: (!rolls.chance(0.05)).then(|| cost_text(rolls, cents)),
        currency: (!rolls.chance(0.05)).then_some(*rolls.pick(&["USD", "EUR", "GBP", "SEK"])),
        stops: Vec::new(),
        local_times: rolls.chance(0.5),
        nested_everywhere: rolls.chance(0.3),
        plan: "requested",
        orders: Vec::new(),
        next_stop: 0,
    }
}

/// A container's number; one in ten has a wrong check digit, as typed numbers have.
fn container_no(digits: &str) -> String {
    let (serial, last) = digits.split_at(6);
    let number = format!("TSTU{serial}");
    let right = iso6346_check_digit(&number);
    match last {
        "0" => format!("{number}{}", (right + 1) % 10),
        _ => format!("{number}{right}"),
    }
}

/// The check digit of owner code and serial number (ISO 6346).
pub(crate) fn iso6346_check_digit(number: &str) -> u32 {
    let sum: u32 = number
        .chars()
        .zip(0..)
        .map(|(letter, place)| {
            // Letters count from 10 on, leaving out the multiples of 11.
            let digit = letter.to_digit(36).unwrap_or(0);
            let left_out = [11, 21, 31].iter().filter(|least| digit >= **least);
            let value = digit + u32::try_from(left_out.count()).unwrap_or(0);
            value << place
        })
        .sum();
    sum % 11 % 10
}

/// The same amount is written with two, one or no decimals.
fn cost_text(rolls: &mut Rolls, cents: i64) -> (String, i64) {
    match rolls.between(0, 9) {
        0 => (format!("{}", cents / 100), cents / 100 * 100),
        1 => (
            format!("{}.{}", cents / 100, cents % 100 / 10),
            cents / 10 * 10,
        ),
        _ => (format!("{}.{:02}", cents / 100, cents % 100), cents),
    }
}

fn new_stops(rolls: &mut Rolls, midnight: i64) -> Vec<Stop> {
    let mut kinds = vec![Kind::Pickup];
    if rolls.chance(0.15) {
        kinds.push(Kind::Pickup);
    }
    if rolls.chance(0.1) {
        kinds.push(Kind::Other);
    }
    for _ in 0..*rolls.pick(&[1, 1, 1, 2, 2, 3]) {
        kinds.push(Kind::Delivery);
    }
    let timed = rolls.chance(0.7);
    let windowed = rolls.chance(0.9);
    let mut at = midnight + rolls.between(0, 20 * 60) * 60;
    let mut place = rolls.index(PLACES.len());
    kinds
        .into_iter()
        .map(|kind| {
            let start = at;
            at += rolls.between(60, 200) * 60;
            place = (place + 1 + rolls.index(PLACES.len() - 2)) % PLACES.len();
            Stop {
                id: rolls.guid(),
                kind,
                place: &PLACES[place],
                window: windowed.then_some((start - 1800, start + 3600)),
                planned: Some(Planned {
                    lifecycle: "requested",
                    times: timed.then_some((start, start + 2700)),
                }),
                projected: None,
                actual: None,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_those_of_published_examples() {
        assert_eq!(iso6346_check_digit("CSQU305438"), 3);
        assert_eq!(iso6346_check_digit("TSTU904417"), 9);
        assert_eq!(container_no("1234567").len(), 11);
    }
}
