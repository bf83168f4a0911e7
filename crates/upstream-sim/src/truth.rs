//! What the report must hold, folded from everything that was validly sent.

mod load;

use serde_json::{Value, json};

use self::load::LoadFold;
use crate::world::{TripMessage, World};

/// The simulated truth of the transport tables, and how many dead letters to expect.
#[derive(Debug, Default)]
pub struct Truth {
    loads: Vec<LoadFold>,
    /// Broken order units made so far.
    pub dead_orders: u64,
    /// Broken trip units made so far.
    pub dead_trips: u64,
}

impl Truth {
    /// Takes in one message; the order of calls does not matter.
    pub(crate) fn sent(&mut self, message: &TripMessage) {
        if self.loads.len() <= message.load {
            self.loads.resize_with(message.load + 1, LoadFold::default);
        }
        self.loads[message.load].sent(message);
    }

    /// The answer of `GET /sim/truth`.
    pub(crate) fn report(&self, world: &World, company: &str) -> Value {
        let (orders, lines) = world.order_rows(company);
        let (mut shipments, mut stops, mut milestones) = (Vec::new(), Vec::new(), Vec::new());
        for load in &self.loads {
            let Some(trip) = load.newest() else { continue };
            shipments.push(load::shipment_row(trip));
            stops.extend(load.stop_rows(trip));
            milestones.extend(load.milestone_rows(trip));
        }
        json!({
            "rpt_order": orders,
            "rpt_order_line": lines,
            "rpt_shipment": shipments,
            "rpt_stop": stops,
            "rpt_milestone": milestones,
            "dead_letters": {"orders": self.dead_orders, "transport": self.dead_trips},
        })
    }
}
