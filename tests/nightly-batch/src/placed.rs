//! Which orders are on which shipments.

use std::collections::BTreeMap;

use crate::{
    resolve::Shipments,
    web::{Id, Web},
};

/// An order on a shipment.
#[derive(Debug, Clone)]
pub(crate) struct Placed {
    pub(crate) shipment_no: String,
    pub(crate) rule: &'static str,
    pub(crate) confidence: u32,
}

/// The shipments of an order: by its number, else by the customer's.
pub(crate) fn placed(web: &Web<'_>, shipments: &Shipments, order: &Id) -> Vec<Placed> {
    let mut found: BTreeMap<String, (u32, &'static str)> = BTreeMap::new();
    for wanted in ["order_no", "customer_po"] {
        let own = web.carriers[order].numbers.iter();
        let own = own.filter(|(number, has)| {
            number.0 == wanted && !has.is_replaced && !web.is_common(number)
        });
        for (number, _) in own {
            let others = web.with[number].iter();
            // Companies number their orders on their own: then each is a candidate.
            let share = if others.clone().any(|id| id.0 == "order" && *id != order) {
                2
            } else {
                1
            };
            for id in others {
                let has = &web.carriers[*id].numbers[number];
                let Some(about) = shipments.of.get(*id).filter(|_| !has.is_replaced) else {
                    continue;
                };
                let (percent, rule) = match wanted {
                    "customer_po" if about.is_sure && web.are_near(order, id) => {
                        (60, "customer_po")
                    }
                    "customer_po" => continue,
                    _ if has.is_candidate => (50, "order_no_candidate"),
                    _ if about.is_sure && id.0 == "shipment" => (100, "order_no"),
                    _ if about.is_sure => (90, "order_no_stated"),
                    _ if about.is_stub => (60, "order_no_stub"),
                    _ => continue,
                };
                if let Some(shipment) = &about.shipment_no {
                    let known = found.entry(shipment.clone()).or_default();
                    *known = (*known).max((percent / share, rule));
                }
            }
        }
        if !found.is_empty() {
            break;
        }
    }
    let placed = |(shipment_no, (confidence, rule))| Placed {
        shipment_no,
        rule,
        confidence,
    };
    found.into_iter().map(placed).collect()
}
