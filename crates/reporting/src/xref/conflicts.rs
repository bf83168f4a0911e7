//! Shipments that transport says are several, and that share a number.

use std::collections::{BTreeMap, BTreeSet};

use record::Entity;

use super::{
    graph::{Graph, RecordId},
    groups::{Group, Groups},
    resolve::{CONFLICT, TOO_LARGE},
};
use crate::row::{Value, list_of_texts, owned_text};

/// Shipments that are tied together, by one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Conflict {
    pub(super) shipment_no: String,
    group_id: String,
    doubt: &'static str,
    shipments: Vec<String>,
    shared: Vec<String>,
}

impl Conflict {
    pub(super) fn cells(&self) -> Vec<Value<'static>> {
        vec![
            owned_text(&self.shipment_no),
            owned_text(&self.group_id),
            owned_text(self.doubt),
            list_of_texts(&self.shipments),
            list_of_texts(&self.shared),
        ]
    }
}

/// Most ties that are shown of a conflict.
const SHOWN_MAX: usize = 20;

/// One row for each shipment of a group that has several, or too many records to know.
pub(super) fn conflicts<'g>(
    graph: &'g Graph,
    groups: &Groups<'g>,
    group: &Group<'g>,
) -> Vec<Conflict> {
    if !group.is_doubtful() {
        return Vec::new();
    }
    let mut shipments: Vec<String> = group.owners.iter().map(|id| id.key.clone()).collect();
    shipments.sort();
    let mut owners_of: BTreeMap<_, BTreeSet<&RecordId>> = BTreeMap::new();
    for &owner in &group.owners {
        for held in groups.held(&graph.records[owner]) {
            owners_of.entry(held).or_default().insert(owner);
        }
    }
    let shared = owners_of.iter().filter(|(_, owners)| owners.len() > 1);
    let mut shared: BTreeSet<String> = shared.map(|((node, _), _)| node.text()).collect();
    for &id in group.members.iter().filter(|id| !id.is(Entity::Shipment)) {
        let held = groups.held(&graph.records[id]);
        let tied: BTreeSet<_> = held
            .filter_map(|held| owners_of.get(&held))
            .flatten()
            .collect();
        if tied.len() > 1 {
            shared.insert(format!("{}:{}", id.entity, id.key));
        }
    }
    let shared: Vec<String> = shared.into_iter().take(SHOWN_MAX).collect();
    let doubt = if group.is_too_large {
        TOO_LARGE
    } else {
        CONFLICT
    };
    let conflict = |owner: &&RecordId| Conflict {
        shipment_no: owner.key.clone(),
        group_id: group.name().unwrap_or_default(),
        doubt,
        shipments: shipments.iter().take(SHOWN_MAX).cloned().collect(),
        shared: shared.clone(),
    };
    group.owners.iter().map(conflict).collect()
}
