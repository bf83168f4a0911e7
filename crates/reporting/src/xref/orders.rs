//! Which orders are on which shipments: many to many.

use std::collections::BTreeMap;

use record::{Entity, EpochMillis};

use super::{
    edges::Node,
    graph::{Carrier, Graph, Loaded, RecordId},
    links::are_near,
    resolve::Resolved,
};
use crate::row::{Value, owned_text};

/// An order on a shipment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pair {
    pub(super) shipment_no: String,
    pub(super) rule: String,
    /// `0.90`
    pub(super) confidence: String,
}

impl Pair {
    pub(super) fn cells(&self, order: &RecordId, now: EpochMillis) -> Vec<Value<'static>> {
        let mut cells = order_cells(order);
        cells.extend([
            owned_text(&self.shipment_no),
            owned_text(&self.rule),
            owned_text(&self.confidence),
            Value::Integer(now.0),
        ]);
        cells
    }
}

/// The key of an order as the columns of `rpt_order` have it.
pub(super) fn order_cells(order: &RecordId) -> Vec<Value<'static>> {
    let (company, order_no) = order.key.split_once('|').unwrap_or(("", &order.key));
    vec![owned_text(company), owned_text(order_no)]
}

/// The shipments of every order that was read.
pub(super) fn pairs(graph: &Graph, resolved: &Resolved) -> BTreeMap<RecordId, Vec<Pair>> {
    let of_order = |(id, loaded): (&RecordId, &Loaded)| {
        let by_number = best(by_number(graph, resolved, id, loaded));
        let pairs = match by_number.is_empty() {
            false => by_number,
            // A customer's number may stand for several orders: it counts only where nobody names the order itself.
            true => best(by_customer_po(graph, resolved, id, loaded)),
        };
        (id.clone(), pairs)
    };
    graph.orders.iter().map(of_order).collect()
}

/// Shipment, hundredths of certainty, rule.
type Found = (String, u32, &'static str);

fn best(found: Vec<Found>) -> Vec<Pair> {
    let mut best: BTreeMap<String, (u32, &'static str)> = BTreeMap::new();
    for (shipment, sure, rule) in found {
        let known = best.entry(shipment).or_insert((sure, rule));
        *known = (*known).max((sure, rule));
    }
    let pair = |(shipment_no, (sure, rule)): (String, (u32, &str))| Pair {
        shipment_no,
        rule: rule.to_owned(),
        confidence: format!("{}.{:02}", sure / 100, sure % 100),
    };
    best.into_iter().map(pair).collect()
}

fn by_number(graph: &Graph, resolved: &Resolved, id: &RecordId, loaded: &Loaded) -> Vec<Found> {
    let mut found = Vec::new();
    for (node, _) in loaded.numbers("order_no") {
        // Companies number their orders on their own: then each is a candidate.
        let share = if has_other_orders(graph, node, id) {
            2
        } else {
            1
        };
        for carrier in carriers(graph, node) {
            let (shipment_no, anchored, stub) = now(resolved, carrier);
            let (sure, rule) = match (anchored, stub) {
                _ if carrier.candidate => (50, "order_no_candidate"),
                (true, _) if carrier.record.is(Entity::Shipment) => (100, "order_no"),
                (true, _) => (90, "order_no_stated"),
                (false, true) => (60, "order_no_stub"),
                (false, false) => continue,
            };
            found.extend(shipment_no.map(|no| (no.to_owned(), sure / share, rule)));
        }
    }
    found
}

fn by_customer_po(
    graph: &Graph,
    resolved: &Resolved,
    id: &RecordId,
    loaded: &Loaded,
) -> Vec<Found> {
    let mut found = Vec::new();
    for (node, _) in loaded.numbers("customer_po") {
        let share = if has_other_orders(graph, node, id) {
            2
        } else {
            1
        };
        for carrier in carriers(graph, node).filter(|carrier| are_near(loaded, carrier)) {
            if let (Some(no), true, _) = now(resolved, carrier) {
                found.push((no.to_owned(), 60 / share, "customer_po"));
            }
        }
    }
    found
}

/// Records about shipments that have the number.
fn carriers<'g>(graph: &'g Graph, node: &Node) -> impl Iterator<Item = &'g Carrier> {
    let known = match graph.common.contains(node) {
        true => None,
        false => graph.carriers.get(node),
    };
    let carriers = known.into_iter().flatten();
    carriers.filter(|carrier| carrier.record.has_shipment() && !carrier.replaced)
}

fn has_other_orders(graph: &Graph, node: &Node, id: &RecordId) -> bool {
    let mut carriers = graph.carriers.get(node).into_iter().flatten();
    carriers.any(|carrier| carrier.record.is(Entity::Order) && carrier.record != *id)
}

/// Shipment, whether it is one of transport, whether it is a stub: as found now, else as the store has it.
fn now<'g>(resolved: &'g Resolved, carrier: &'g Carrier) -> (Option<&'g str>, bool, bool) {
    match resolved.records.get(&carrier.record) {
        Some(found) => (found.shipment_no.as_deref(), found.anchored, found.stub),
        None => (
            carrier.shipment_no.as_deref(),
            carrier.anchored,
            carrier.stub,
        ),
    }
}
