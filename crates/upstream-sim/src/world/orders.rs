//! What happens to orders.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use crate::names::{COMMENTS, CUSTOMERS, ITEMS, LOOKS_LIKE_AN_INSTANT};
use crate::order::{Blank, Line, Order};
use crate::orders::Version;
use crate::rolls::Rolls;
use crate::stamp::Decimal;
use crate::world::World;

/// Only the newest orders are worked on; old ones rest.
const WORKING_SET: usize = 400;

impl World {
    /// The next thing that happens to an order: delivered goods first, else a new order or a change to an open one.
    pub(crate) fn step_order(&mut self, now: Timestamp) -> Version {
        if let Some(order) = self.to_ship.pop_front() {
            self.orders[order].ship_everything();
            return self.version(order, now);
        }
        let recent = self.orders.len().saturating_sub(WORKING_SET);
        let fresh = self.order_rolls.chance(0.4);
        let candidate = (0..6)
            .map(|_| recent + self.order_rolls.index((self.orders.len() - recent).max(1)))
            .find(|&order| {
                self.orders
                    .get(order)
                    .is_some_and(|order| !order.deleted && !order.fully_shipped())
            });
        match candidate {
            Some(order) if !fresh => self.change_order(order, now),
            _ => self.create_order(now),
        }
    }

    pub(crate) fn create_order(&mut self, now: Timestamp) -> Version {
        let index = self.orders.len();
        let rolls = &mut self.order_rolls;
        let customer = rolls.pick(CUSTOMERS);
        let order_date = self.base.saturating_sub(rolls.between(0, 20).days());
        let po = if rolls.chance(0.01) {
            LOOKS_LIKE_AN_INSTANT.to_owned()
        } else {
            format!("45{}", rolls.digits(8))
        };
        let mut order = Order {
            id: rolls.guid(),
            number: format!("SO-{}", 104_577 + index),
            blank: *rolls.pick(&[Blank::Absent, Blank::Null, Blank::Empty]),
            customer,
            customer_id: if rolls.chance(0.1) {
                uuid::Uuid::nil()
            } else {
                rolls.guid()
            },
            customer_po: (!rolls.chance(0.1)).then_some(po),
            order_date: (!rolls.chance(0.05)).then_some(order_date),
            requested: (!rolls.chance(0.15))
                .then(|| order_date.saturating_add(rolls.between(2, 21).days())),
            status: rolls.pick::<&str>(&["Draft", "Draft", "In Review", "Open", "Open"]),
            tax_percent: *rolls.pick(&[0, 0, 7, 20, 25]),
            padded: rolls.chance(0.5),
            lines: Vec::new(),
            removed: Vec::new(),
            on_a_load: false,
            deleted: false,
            modified: 0,
        };
        for number in 1..=rolls.between(1, 6) {
            order
                .lines
                .push(new_line(rolls, number * 10_000, order_date));
        }
        self.orders.push(order);
        self.version(index, now)
    }

    fn change_order(&mut self, index: usize, now: Timestamp) -> Version {
        let rolls = &mut self.order_rolls;
        let order = &mut self.orders[index];
        if rolls.chance(self.endings.order_deletes) && !order.on_a_load {
            order.deleted = true;
            return self.version(index, now);
        }
        match rolls.between(0, 99) {
            0..25 if order.status == "Draft" => order.status = *rolls.pick(&["In Review", "Open"]),
            0..25 if order.status == "In Review" => {
                order.status = *rolls.pick(&["Open", "Open", "Draft"])
            }
            0..40 => order.add_line(rolls, self.base),
            40..52 => order.remove_line(rolls),
            52..57 => order.restore_line(),
            57..75 => order.change_quantity(rolls),
            75..90 => order.ship_some(rolls),
            90..96 => {
                order.requested = order
                    .requested
                    .map(|date| date.saturating_add(rolls.between(-2, 5).days()))
            }
            _ => order.ship_everything(),
        }
        self.version(index, now)
    }
}

impl Order {
    fn add_line(&mut self, rolls: &mut Rolls, base: Date) {
        let highest = self
            .lines
            .iter()
            .chain(&self.removed)
            .map(|line| line.sequence)
            .max()
            .unwrap_or(0);
        let first = self.lines.first().map_or(10_000, |line| line.sequence);
        let between = first + 5_000;
        let taken = self
            .lines
            .iter()
            .chain(&self.removed)
            .any(|line| line.sequence == between);
        let sequence = if taken || rolls.chance(0.7) {
            highest + 10_000
        } else {
            between
        };
        let line = new_line(rolls, sequence, base);
        self.lines.push(line);
    }

    fn remove_line(&mut self, rolls: &mut Rolls) {
        let at = rolls.index(self.lines.len());
        if self.lines.len() > 1 && self.lines[at].shipped.units == 0 {
            let line = self.lines.remove(at);
            self.removed.push(line);
        }
    }

    fn restore_line(&mut self) {
        self.lines.extend(self.removed.pop());
    }

    fn change_quantity(&mut self, rolls: &mut Rolls) {
        let at = rolls.index(self.lines.len());
        let line = &mut self.lines[at];
        if line.qty.units > 0 && line.shipped.units == 0 {
            line.qty = new_quantity(rolls);
        }
    }

    fn ship_some(&mut self, rolls: &mut Rolls) {
        let at = rolls.index(self.lines.len());
        let line = &mut self.lines[at];
        let shipped = (line.qty.units / 100_000 / 2) * 100_000;
        line.shipped = Decimal {
            units: shipped.max(line.shipped.units),
            padded: line.shipped.padded,
        };
    }

    pub(crate) fn ship_everything(&mut self) {
        self.status = "Open";
        for line in &mut self.lines {
            line.shipped = line.qty;
            line.invoiced = line.invoiced.map(|_| line.qty);
        }
    }
}

fn new_quantity(rolls: &mut Rolls) -> Decimal {
    match rolls.between(0, 9) {
        0 => Decimal {
            units: 600_002,
            padded: false,
        },
        1 => Decimal {
            units: rolls.between(1, 5_000_000),
            padded: false,
        },
        2 => Decimal {
            units: rolls.between(1, 40) * 50_000,
            padded: true,
        },
        3..=5 => Decimal {
            units: rolls.between(1, 400) * 100_000,
            padded: true,
        },
        _ => Decimal::whole(rolls.between(1, 400)),
    }
}

fn new_line(rolls: &mut Rolls, sequence: i64, order_date: Date) -> Line {
    if rolls.chance(0.12) {
        return comment_line(rolls, sequence);
    }
    let item = rolls.pick(ITEMS);
    let kinds = [
        Some("Item"),
        Some("Item"),
        Some("Item"),
        Some("Item"),
        Some("Item"),
        Some("Item"),
        Some("Resource"),
        Some("Fixed Asset"),
        Some("Charge"),
        Some("Account"),
        None,
    ];
    let line_type = *rolls.pick(&kinds);
    let text = if rolls.chance(0.02) {
        LOOKS_LIKE_AN_INSTANT
    } else {
        item.name
    };
    Line {
        id: rolls.guid(),
        sequence,
        line_type,
        item_no: Some(item.sku.to_owned()),
        description: (!rolls.chance(0.03)).then(|| text.to_owned()),
        uom: (!rolls.chance(0.05)).then_some(item.uom),
        qty: new_quantity(rolls),
        shipped: Decimal {
            units: 0,
            padded: rolls.chance(0.3),
        },
        invoiced: rolls.chance(0.7).then_some(Decimal::whole(0)),
        unit_price: Some(Decimal::cents(item.price_cents, rolls.chance(0.5))),
        ship_date: (!rolls.chance(0.2))
            .then(|| order_date.saturating_add(rolls.between(1, 14).days())),
    }
}

fn comment_line(rolls: &mut Rolls, sequence: i64) -> Line {
    Line {
        id: rolls.guid(),
        sequence,
        line_type: Some("Comment"),
        item_no: None,
        description: Some((*rolls.pick(COMMENTS)).to_owned()),
        uom: None,
        qty: Decimal::whole(0),
        shipped: Decimal::whole(0),
        invoiced: None,
        unit_price: None,
        ship_date: None,
    }
}
