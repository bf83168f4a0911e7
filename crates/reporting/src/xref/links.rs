//! What a group without a shipment of transport is about: by a number that may be the shipment's, else by numbers that
//! are used again and again, within a time.

use std::collections::{BTreeSet, HashMap};

use record::EpochMillis;

use super::{
    edges::{Edge, Node},
    graph::{Carrier, Cuts, Graph, Loaded, RecordId},
    groups::{Group, Groups},
    resolve::Match,
};

/// How far apart in time two records may be that a number links: containers, pallets and customers' numbers come again.
const WINDOW_MS: i64 = 30 * 24 * 60 * 60 * 1000;

/// Numbers that link, the most telling first.
const LINKS: [(&str, Match); 6] = [
    ("container", Match::Container),
    ("sscc", Match::Sscc),
    ("booking", Match::Booking),
    ("transport_doc", Match::TransportDoc),
    ("order_no", Match::OrderNo),
    ("customer_po", Match::CustomerPo),
];

/// What a group may be about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Linked {
    Shipment(String, Match),
    /// Several shipments, and nothing to choose by.
    Ambiguous,
    Nothing,
}

/// The shipments that are known for sure, of records that are resolved now. Others are as the store has them.
pub(super) type Anchored<'g> = HashMap<&'g RecordId, &'g str>;

/// Finds what a group without a shipment of transport is about.
pub(super) fn linked<'g>(
    graph: &'g Graph,
    groups: &Groups<'g>,
    group: &Group<'g>,
    anchored: &Anchored<'g>,
) -> Linked {
    let members = || group.members.iter().map(|&id| (id, &graph.records[id]));
    let mut ambiguous = false;
    for kind in ["shipment_no", "bol"] {
        let mut hits = BTreeSet::new();
        for (_, loaded) in members() {
            for (node, edge) in loaded.edges.iter().filter(|(node, _)| node.kind == kind) {
                if edge.candidate && !graph.common.contains(node) {
                    hits.extend(owners_at(graph, groups, node, loaded, edge));
                }
            }
        }
        match only(&hits) {
            Some(shipment) => return Linked::Shipment(shipment, Match::Candidate),
            None => ambiguous |= !hits.is_empty(),
        }
    }
    for (kind, rule) in LINKS {
        let mut hits = BTreeSet::new();
        for (id, loaded) in members() {
            for (node, edge) in loaded.edges.iter().filter(|(node, _)| node.kind == kind) {
                if !graph.common.contains(node) {
                    hits.extend(targets(graph, node, (id, loaded, edge), anchored));
                }
            }
        }
        match only(&hits) {
            Some(shipment) => return Linked::Shipment(shipment, rule),
            None => ambiguous |= !hits.is_empty(),
        }
    }
    match ambiguous {
        true => Linked::Ambiguous,
        false => Linked::Nothing,
    }
}

fn only(hits: &BTreeSet<&str>) -> Option<String> {
    match hits.len() {
        1 => hits.first().map(|&shipment| shipment.to_owned()),
        _ => None,
    }
}

/// The shipments of transport that have a number for sure which others may mean.
fn owners_at<'g>(
    graph: &'g Graph,
    groups: &Groups<'g>,
    node: &'g Node,
    loaded: &'g Loaded,
    edge: &Edge,
) -> Vec<&'g str> {
    let Some(group) = groups.group_at(node, loaded, edge) else {
        return Vec::new();
    };
    let group = &groups.groups[group];
    if group.is_doubtful() {
        let has = |owner: &&&RecordId| graph.records[**owner].edges.contains_key(node);
        return group
            .owners
            .iter()
            .filter(has)
            .map(|id| id.key.as_str())
            .collect();
    }
    group.owners.iter().map(|id| id.key.as_str()).collect()
}

/// The shipments of those who have the number in the same era, near in time, and are sure of their shipment.
fn targets<'g>(
    graph: &'g Graph,
    node: &Node,
    (id, loaded, edge): (&RecordId, &Loaded, &Edge),
    anchored: &Anchored<'g>,
) -> Vec<&'g str> {
    let carriers = graph.carriers.get(node).map_or(&[][..], Vec::as_slice);
    let mut cuts = Cuts::default();
    for carrier in carriers.iter().filter(|carrier| carrier.replaced) {
        cuts.add(carrier.times.said_at);
    }
    let era = cuts.era(loaded.times.said_at, edge.replaced);
    let near = |carrier: &&Carrier| {
        carrier.record != *id
            && cuts.era(carrier.times.said_at, carrier.replaced) == era
            && distance_ms(loaded, carrier) <= WINDOW_MS
    };
    let shipment = |carrier: &'g Carrier| match graph.records.contains_key(&carrier.record) {
        true => anchored.get(&carrier.record).copied(),
        false => carrier.shipment_no.as_deref().filter(|_| carrier.anchored),
    };
    carriers.iter().filter(near).filter_map(shipment).collect()
}

/// How far apart two records are in time; nothing if one of them knows none.
fn distance_ms(a: &Loaded, b: &Carrier) -> i64 {
    let span = |from: Option<EpochMillis>, until: Option<EpochMillis>| from.zip(until);
    let (Some(a), Some(b)) = (
        span(a.times.from, a.times.until),
        span(b.times.from, b.times.until),
    ) else {
        return 0;
    };
    a.0.since(b.1).max(b.0.since(a.1)).max(0)
}

/// Whether two spans of time are near enough for a number to link them.
pub(super) fn are_near(a: &Loaded, b: &Carrier) -> bool {
    distance_ms(a, b) <= WINDOW_MS
}
