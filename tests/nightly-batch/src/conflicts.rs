//! Shipments that transport says are several, and that share a number.

use std::collections::BTreeSet;

use serde_json::json;

use crate::{
    Row,
    cell::row,
    numbers::Number,
    web::{Group, Id, Web},
};

/// What a conflict shows at most.
const SHOWN: usize = 20;

/// One row for each shipment of a group that has several.
pub(crate) fn conflicts(web: &Web<'_>, group: &Group<'_>) -> Vec<Row> {
    if group.owners.len() < 2 {
        return Vec::new();
    }
    let of_owners: Vec<Vec<(Number, usize)>> =
        group.owners.iter().map(|owner| web.ties(owner)).collect();
    let owners_with = |held: &(Number, usize)| {
        let with = of_owners
            .iter()
            .enumerate()
            .filter(|(_, ties)| ties.contains(held));
        with.map(|(owner, _)| owner).collect::<BTreeSet<_>>()
    };
    let mut shared = BTreeSet::new();
    for held in of_owners
        .iter()
        .flatten()
        .filter(|held| owners_with(held).len() > 1)
    {
        shared.insert(name(&held.0));
    }
    for id in group.members.iter().filter(|id| id.0 != "shipment") {
        let owners: BTreeSet<usize> = web.ties(id).iter().flat_map(&owners_with).collect();
        if owners.len() > 1 {
            shared.insert(format!("{}:{}", id.0, id.1));
        }
    }
    let shipments: Vec<&String> = group
        .owners
        .iter()
        .map(|owner| &owner.1)
        .take(SHOWN)
        .collect();
    let shared: Vec<String> = shared.into_iter().take(SHOWN).collect();
    let conflict = |owner: &&Id| {
        row(json!({
            "shipment_no": owner.1,
            "group_id": group.numbers.first().map(name),
            "doubt": "xref_conflict",
            "shipments": shipments,
            "shared": shared,
        }))
    };
    group.owners.iter().map(conflict).collect()
}

fn name((kind, issuer, value): &Number) -> String {
    let parts = [kind, issuer, value]
        .into_iter()
        .filter(|part| !part.is_empty());
    parts.cloned().collect::<Vec<_>>().join(":")
}
