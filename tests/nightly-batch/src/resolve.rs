//! Which shipment everything is about: all numbers of all records at once.

use std::collections::BTreeMap;

use serde_json::json;

use crate::{
    Row,
    cell::row,
    conflicts::conflicts,
    extract::Extract,
    hints::{Hint, hint},
    numbers::{Number, TIES},
    placed::{Placed, placed},
    web::{Group, Id, Web, groups},
};

/// What a record is about.
#[derive(Debug, Clone, Default)]
pub(crate) struct About {
    pub(crate) shipment_no: Option<String>,
    pub(crate) order_no: Option<String>,
    pub(crate) rule: &'static str,
    pub(crate) confidence: &'static str,
    pub(crate) is_stub: bool,
    pub(crate) is_sure: bool,
    doubt: Option<&'static str>,
}

/// What everything is about.
#[derive(Debug, Default)]
pub(crate) struct Shipments {
    pub(crate) of: BTreeMap<Id, About>,
    /// By company and order number.
    pub(crate) of_order: BTreeMap<String, Vec<Placed>>,
    said_at: BTreeMap<Id, i64>,
    conflicts: Vec<Row>,
}

impl Shipments {
    pub(crate) fn of(&self, entity: &str, key: &str) -> Option<&About> {
        self.of.get(&(entity.to_owned(), key.to_owned()))
    }

    pub(crate) fn conflicts(&self) -> Vec<Row> {
        self.conflicts.clone()
    }

    /// What nothing leads to a shipment of transport. Stock that moves within a warehouse needs none.
    pub(crate) fn orphans(&self, extract: &Extract) -> Vec<Row> {
        let lost = self
            .of
            .iter()
            .filter(|((entity, _), about)| match about.rule {
                "stub" => true,
                "unresolved" => entity != "inventory_movement",
                _ => false,
            });
        let orphan = |(id, about): (&Id, &About)| {
            row(json!({
                "entity": id.0,
                "record_key": id.1,
                "source": extract.known.get(id).map(|known| &known.source),
                "said_at": self.said_at.get(id),
                "shipment_no": about.shipment_no,
                "match_rule": about.rule,
                "doubt": about.doubt,
            }))
        };
        lost.map(orphan).collect()
    }
}

/// What everything is about.
pub(crate) fn resolve(extract: &Extract) -> Shipments {
    let web = Web::of(extract);
    let groups = groups(&web);
    let mut shipments = Shipments::default();
    for (id, carrier) in &web.carriers {
        shipments.said_at.insert((*id).clone(), carrier.said_at);
    }
    for group in &groups {
        for id in &group.members {
            shipments.of.insert((*id).clone(), by_ties(&web, group, id));
        }
        shipments.conflicts.extend(conflicts(&web, group));
    }
    let sure = shipments.of.clone();
    for group in groups.iter().filter(|group| group.owners.is_empty()) {
        let hint = hint(&web, &groups, group, &sure);
        for id in &group.members {
            let Some(about) = shipments
                .of
                .get_mut(*id)
                .filter(|about| about.rule == "unresolved")
            else {
                continue;
            };
            match &hint {
                Hint::One(shipment, rule) => {
                    about.shipment_no = Some(shipment.clone());
                    (about.rule, about.confidence) = (rule, confidence(rule));
                }
                Hint::Several => about.doubt = about.doubt.or(Some("xref_ambiguous")),
                Hint::None => {}
            }
        }
    }
    let orders = web.carriers.keys().filter(|id| id.0 == "order");
    for order in orders {
        shipments
            .of_order
            .insert(order.1.clone(), placed(&web, &shipments, order));
    }
    shipments
}

fn confidence(rule: &str) -> &'static str {
    match rule {
        "own" | "shipment_no" => "1",
        "bol" | "pro" | "booking_container" | "trip" => "0.95",
        "group" => "0.9",
        "candidate" => "0.8",
        "container" | "sscc" => "0.7",
        "booking" | "transport_doc" => "0.6",
        "unresolved" => "0",
        _ => "0.5",
    }
}

fn by_ties(web: &Web<'_>, group: &Group<'_>, id: &Id) -> About {
    let about = match &group.owners[..] {
        [] => stub(web, group, id),
        [owner] => on(owner, best_tie(web, id, owner).unwrap_or("group")),
        owners => {
            let doubt = Some("xref_conflict");
            let shared: Vec<_> = owners
                .iter()
                .filter_map(|owner| Some((owner, best_tie(web, id, owner)?)))
                .collect();
            let named: Vec<_> = shared
                .iter()
                .filter(|(_, rule)| ["own", "shipment_no"].contains(rule))
                .collect();
            match (&named[..], &shared[..]) {
                _ if id.0 == "shipment" => About {
                    doubt,
                    ..on(id, "own")
                },
                ([(owner, rule)], _) | (_, [(owner, rule)]) => About {
                    doubt,
                    ..on(owner, rule)
                },
                _ => About {
                    doubt,
                    ..stub(web, group, id)
                },
            }
        }
    };
    let own = written(web, id, "order_no");
    let of_shipment = match &group.owners[..] {
        [owner] => written(web, owner, "order_no"),
        _ => Vec::new(),
    };
    let orders = if own.is_empty() { of_shipment } else { own };
    About {
        order_no: orders.first().filter(|_| orders.len() == 1).cloned(),
        ..about
    }
}

fn on(shipment: &Id, rule: &'static str) -> About {
    About {
        shipment_no: Some(shipment.1.clone()),
        rule,
        confidence: confidence(rule),
        is_sure: true,
        ..About::default()
    }
}

fn best_tie(web: &Web<'_>, id: &Id, owner: &Id) -> Option<&'static str> {
    if id == owner {
        return Some("own");
    }
    let theirs = web.ties(owner);
    let shared: Vec<_> = web
        .ties(id)
        .into_iter()
        .filter(|held| theirs.contains(held))
        .collect();
    TIES.into_iter()
        .find(|kind| shared.iter().any(|((shared, ..), _)| shared == kind))
}

/// The numbers of a kind that hold, as written.
fn written(web: &Web<'_>, id: &Id, wanted: &str) -> Vec<String> {
    let numbers = web.carriers[id].numbers.iter();
    let hold = numbers.filter(|((kind, ..), has)| kind == wanted && !has.is_replaced);
    hold.map(|(_, has)| has.written.clone()).collect()
}

/// A shipment that transport does not know, under the number that others give it.
fn stub(web: &Web<'_>, group: &Group<'_>, id: &Id) -> About {
    let gone = |number: &Number| {
        let mut members = group
            .members
            .iter()
            .filter_map(|id| web.carriers[*id].numbers.get(number));
        members.any(|has| has.is_replaced)
    };
    let all: Vec<&Number> = group
        .numbers
        .iter()
        .filter(|number| number.0 == "shipment_no" && !gone(number))
        .collect();
    let own: Vec<&Number> = web.carriers[id]
        .numbers
        .iter()
        .filter(|(number, has)| {
            number.0 == "shipment_no" && has.ties && !has.is_replaced && !gone(number)
        })
        .map(|(number, _)| number)
        .collect();
    let only = match (&all[..], &own[..]) {
        ([only], _) if group.owners.is_empty() => Some(*only),
        (_, [only]) => Some(*only),
        _ => None,
    };
    let Some(number) = only else {
        return About {
            rule: "unresolved",
            confidence: "0",
            doubt: (!all.is_empty()).then_some("xref_ambiguous"),
            ..About::default()
        };
    };
    let mut names: Vec<&String> = group
        .members
        .iter()
        .filter_map(|id| web.carriers[*id].numbers.get(number))
        .map(|has| &has.written)
        .collect();
    names.sort();
    About {
        shipment_no: names.first().map(|name| (*name).clone()),
        rule: "stub",
        confidence: "0.5",
        is_stub: true,
        doubt: web.is_common(number).then_some("xref_common"),
        ..About::default()
    }
}
