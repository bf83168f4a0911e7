//! The ERP: sales orders as Business Central API v2.0 serves them.

mod invalid;
pub(crate) mod odata;
mod order_book;

use jiff::Timestamp;
use serde_json::{Value, json};

use self::invalid::BrokenOrders;
pub(crate) use self::order_book::{OrderBook, Version};
use crate::faults::FaultProfile;
use crate::rolls::Rolls;
use crate::stamp::ticks;
use crate::truth::Report;
use crate::upstream::Upstream;
use crate::world::World;

/// What the ERP shows, and what goes wrong with it.
#[derive(Debug)]
pub(crate) struct Orders {
    pub(crate) book: OrderBook,
    faults: FaultProfile,
    rolls: Rolls,
    pub(crate) request_rolls: Rolls,
    broken: BrokenOrders,
    changes: u64,
    dead: u64,
}

impl Orders {
    pub(crate) fn new(seed: u64, faults: FaultProfile, world: &World) -> Self {
        Self {
            book: OrderBook::default(),
            faults,
            rolls: Rolls::new(seed, 11),
            request_rolls: Rolls::new(seed, 13),
            broken: BrokenOrders::new(seed, world.base()),
            changes: 0,
            dead: 0,
        }
    }

    /// Shows a version at once, without faults: the orders that exist at the start.
    pub(crate) fn show(&mut self, version: Version, now: Timestamp) {
        self.changes += 1;
        self.book.commit(version, ticks(now));
    }

    /// Shows a version when its transaction commits, and now and then another order that breaks its contract.
    pub(crate) fn commit(&mut self, version: Version, now: Timestamp) {
        let late = self.rolls.chance(self.faults.late_visible);
        let delay = self.rolls.between(2_000_000, 30_000_000);
        let broken = self.rolls.chance(self.faults.invalid_order);
        self.changes += 1;
        let visible_at = ticks(now) + if late { delay } else { 0 };
        self.book.commit(version, visible_at);
        if broken {
            self.dead += 1;
            self.book.commit(self.broken.order(now), ticks(now));
        }
    }
}

impl Upstream for Orders {
    fn source(&self) -> &'static str {
        "orders"
    }

    fn settled(&self) -> bool {
        self.book.settled()
    }

    fn rows(&self, world: &World, report: &mut Report<'_>) {
        for row in world.order_rows(report.company) {
            report.row("rpt_order", &row);
        }
        for row in world.line_rows(report.company) {
            report.row("rpt_order_line", &row);
        }
    }

    fn dead_letters(&self) -> u64 {
        self.dead
    }

    fn status(&self) -> Value {
        json!({
            "changes": self.changes,
            "served": self.book.distinct_served,
            "rows_served": self.book.rows_served,
            "invalid": self.dead,
        })
    }
}
