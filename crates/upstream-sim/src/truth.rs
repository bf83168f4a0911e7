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

    /// The answer of `GET /sim/truth`, written row by row: a bulk world has hundreds of thousands of them.
    pub(crate) fn report(&self, world: &World, company: &str) -> String {
        let loads = || {
            self.loads
                .iter()
                .filter_map(|load| Some((load, load.newest()?)))
        };
        let mut out = String::from("{");
        table(&mut out, "rpt_order", world.order_rows(company));
        table(&mut out, "rpt_order_line", world.line_rows(company));
        table(
            &mut out,
            "rpt_shipment",
            loads().map(|(_, trip)| load::shipment_row(trip)),
        );
        table(
            &mut out,
            "rpt_stop",
            loads().flat_map(|(load, trip)| load.stop_rows(trip)),
        );
        table(
            &mut out,
            "rpt_milestone",
            loads().flat_map(|(load, trip)| load.milestone_rows(trip)),
        );
        let dead = json!({"orders": self.dead_orders, "transport": self.dead_trips});
        out.push_str(&format!(r#""dead_letters":{dead}}}"#));
        out
    }
}

fn table(out: &mut String, name: &str, rows: impl Iterator<Item = Value>) {
    out.push_str(&format!(r#""{name}":["#));
    for (at, row) in rows.enumerate() {
        if at > 0 {
            out.push(',');
        }
        out.push_str(&row.to_string());
    }
    out.push_str("],");
}
