//! One logistics world: its orders, its loads, and what happens to them next.

mod orders;
mod trips;
mod units;

use std::collections::VecDeque;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde_json::Value;

use crate::order::Order;
use crate::orders::Version;
use crate::rolls::Rolls;
use crate::trip::Trip;

pub(crate) use trips::iso6346_check_digit;
pub(crate) use units::check_digit;

/// How often the world's rare endings happen. They are facts of the world, not faults: the truth knows them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Endings {
    /// An order is deleted instead of changed. A filter query never shows that, so only delta links may see it above 0.
    pub order_deletes: f64,
    /// A load that is not yet moving is deleted (`trip.deleted`) instead of advanced.
    pub trip_deletes: f64,
}

/// A trip message as it left: what was said, in which version.
#[derive(Debug, Clone)]
pub(crate) struct TripMessage {
    /// Index of the load in the world.
    pub(crate) load: usize,
    pub(crate) trip: Trip,
    pub(crate) deleted: bool,
}

/// All orders and loads of one seed.
#[derive(Debug)]
pub struct World {
    order_rolls: Rolls,
    trip_rolls: Rolls,
    endings: Endings,
    /// All plans of the world lie in the day and a half after this midnight.
    base: Date,
    orders: Vec<Order>,
    trips: Vec<Trip>,
    /// Loads that are neither completed, cancelled nor deleted.
    active: Vec<usize>,
    /// Orders whose load was delivered and whose shipped quantities are to follow.
    to_ship: VecDeque<usize>,
}

impl World {
    /// A world whose plans lie in the two days before `today`.
    #[must_use]
    pub fn new(seed: u64, today: Date, endings: Endings) -> Self {
        Self {
            order_rolls: Rolls::new(seed, 1),
            trip_rolls: Rolls::new(seed, 2),
            endings,
            base: today.saturating_sub(2.days()),
            orders: Vec::new(),
            trips: Vec::new(),
            active: Vec::new(),
            to_ship: VecDeque::new(),
        }
    }

    /// All plans of the world lie in the day and a half after this midnight.
    pub(crate) fn base(&self) -> Date {
        self.base
    }

    /// One order, by its index.
    pub(crate) fn order(&self, index: usize) -> &Order {
        &self.orders[index]
    }

    /// The rows of `rpt_order`, from the newest version of each order.
    pub(crate) fn order_rows(&self, company: &str) -> impl Iterator<Item = Value> {
        self.live_orders().map(move |order| order.row(company))
    }

    /// The rows of `rpt_order_line`.
    pub(crate) fn line_rows(&self, company: &str) -> impl Iterator<Item = Value> {
        self.live_orders()
            .flat_map(move |order| order.lines.iter().map(move |line| line.row(order, company)))
    }

    fn live_orders(&self) -> impl Iterator<Item = &Order> {
        self.orders.iter().filter(|order| !order.deleted)
    }

    fn version(&mut self, index: usize, now: Timestamp) -> Version {
        let digits = u32::try_from(self.order_rolls.between(0, 7)).unwrap_or(7);
        let order = &mut self.orders[index];
        let stamp = crate::stamp::Stamp::new(now, digits, order.modified);
        order.modified = stamp.ticks;
        let served = order.served(&stamp);
        Version {
            id: order.id,
            ticks: served.ticks,
            header: served.header,
            lines: served.lines,
            invalid: false,
            deleted: order.deleted,
        }
    }
}
