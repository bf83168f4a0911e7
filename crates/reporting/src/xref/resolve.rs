//! What each record is about. A pure function of the edges: no order of arrival is in it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use record::{Entity, EpochMillis};

use super::{
    conflicts::{Conflict, conflicts},
    edges::Node,
    graph::{Graph, Loaded, RecordId},
    groups::{Group, Groups},
    links::{Anchored, Linked, linked},
};
use crate::row::{Value, owned_text};

/// Why a record belongs to a shipment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Match {
    Own,
    ShipmentNo,
    Bol,
    Pro,
    BookingContainer,
    Trip,
    Group,
    Candidate,
    Container,
    Sscc,
    Booking,
    TransportDoc,
    OrderNo,
    CustomerPo,
    Stub,
    Unresolved,
}

impl Match {
    /// The name in `match_rule`, and how sure it is.
    pub(super) const fn text(self) -> (&'static str, &'static str) {
        match self {
            Self::Own => ("own", "1.00"),
            Self::ShipmentNo => ("shipment_no", "1.00"),
            Self::Bol => ("bol", "0.95"),
            Self::Pro => ("pro", "0.95"),
            Self::BookingContainer => ("booking_container", "0.95"),
            Self::Trip => ("trip", "0.95"),
            Self::Group => ("group", "0.90"),
            Self::Candidate => ("candidate", "0.80"),
            Self::Container => ("container", "0.70"),
            Self::Sscc => ("sscc", "0.70"),
            Self::Booking => ("booking", "0.60"),
            Self::TransportDoc => ("transport_doc", "0.60"),
            Self::OrderNo => ("order_no", "0.50"),
            Self::CustomerPo => ("customer_po", "0.50"),
            Self::Stub => ("stub", "0.50"),
            Self::Unresolved => ("unresolved", "0.00"),
        }
    }
}

/// Several shipments are tied together.
pub(super) const CONFLICT: &str = "xref_conflict";
/// More records are tied together than are read.
pub(super) const TOO_LARGE: &str = "xref_too_large";
/// Several shipments could be meant.
const AMBIGUOUS: &str = "xref_ambiguous";
/// The shipment's number is one that too many records have.
const COMMON: &str = "xref_common";

/// What a record is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Resolution {
    pub(super) group_id: Option<String>,
    pub(super) shipment_no: Option<String>,
    pub(super) order_no: Option<String>,
    pub(super) rule: Match,
    /// Whether no shipment of transport has the number yet.
    pub(super) stub: bool,
    /// Whether it is a shipment of transport, by a number that ties. Others are linked to such records only.
    pub(super) anchored: bool,
    pub(super) doubt: Option<&'static str>,
}

impl Resolution {
    pub(super) fn cells(&self, id: &RecordId, now: EpochMillis) -> Vec<Value<'static>> {
        let text = |text: Option<&str>| text.map_or(Value::Null, owned_text);
        let (rule, confidence) = self.rule.text();
        let mut cells = id.cells();
        cells.extend([
            text(self.group_id.as_deref()),
            text(self.shipment_no.as_deref()),
            text(self.order_no.as_deref()),
            owned_text(rule),
            owned_text(confidence),
            Value::Bool(self.stub),
            Value::Bool(self.anchored),
            text(self.doubt),
            Value::Integer(now.0),
        ]);
        cells
    }
}

/// Everything that was decided.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    pub(super) records: BTreeMap<RecordId, Resolution>,
    pub(super) conflicts: Vec<Conflict>,
}

pub(super) fn resolve(graph: &Graph) -> Resolved {
    let groups = Groups::of(graph);
    let mut resolved = Resolved::default();
    let mut anchored: HashMap<&RecordId, String> = HashMap::new();
    for group in &groups.groups {
        for &id in &group.members {
            let found = by_identity(graph, &groups, group, id);
            if let Some(shipment) = found.shipment_no.as_ref().filter(|_| found.anchored) {
                anchored.insert(id, shipment.clone());
            }
            resolved.records.insert(id.clone(), found);
        }
        resolved.conflicts.extend(conflicts(graph, &groups, group));
    }
    let anchored: Anchored<'_> = anchored.iter().map(|(&id, no)| (id, no.as_str())).collect();
    for group in &groups.groups {
        let unknown = |id: &&&RecordId| resolved.records[**id].rule == Match::Unresolved;
        if group.is_doubtful()
            || !group.owners.is_empty()
            || !group.members.iter().any(|id| unknown(&id))
        {
            continue;
        }
        let linked = linked(graph, &groups, group, &anchored);
        for &id in &group.members {
            if let Some(found) = resolved.records.get_mut(id) {
                found.link(&linked);
            }
        }
    }
    resolved
}

impl Resolution {
    const fn none() -> Self {
        Self {
            group_id: None,
            shipment_no: None,
            order_no: None,
            rule: Match::Unresolved,
            stub: false,
            anchored: false,
            doubt: None,
        }
    }

    fn link(&mut self, linked: &Linked) {
        if self.rule != Match::Unresolved {
            return;
        }
        match linked {
            Linked::Shipment(shipment, rule) => {
                self.group_id = Some(group_of(shipment));
                self.shipment_no = Some(shipment.clone());
                self.rule = *rule;
            }
            Linked::Ambiguous => self.doubt = self.doubt.or(Some(AMBIGUOUS)),
            Linked::Nothing => {}
        }
    }
}

/// What the group of a shipment of transport is called.
fn group_of(shipment_no: &str) -> String {
    let number = super::normalize::normalized(record::ReferenceKind::ShipmentNo, shipment_no);
    let value = number.unwrap_or_else(|| shipment_no.to_owned());
    format!("shipment_no:{value}")
}

fn by_identity<'g>(
    graph: &'g Graph,
    groups: &Groups<'g>,
    group: &Group<'g>,
    id: &RecordId,
) -> Resolution {
    let loaded = &graph.records[id];
    let mut found = match group.owner() {
        Some(owner) => of_owner(graph, groups, id, owner),
        None if group.is_doubtful() => by_own_numbers(graph, groups, group, id),
        None => Resolution {
            group_id: group.name(),
            ..stub(graph, group, loaded)
        },
    };
    let orders = |loaded: &Loaded| only_written(loaded, "order_no");
    let shipments_only = || {
        group
            .owner()
            .and_then(|owner| orders(&graph.records[owner]))
    };
    found.order_no = match loaded.numbers("order_no").next() {
        Some(_) => orders(loaded),
        None => shipments_only(),
    };
    found
}

fn of_owner<'g>(
    graph: &'g Graph,
    groups: &Groups<'g>,
    id: &RecordId,
    owner: &RecordId,
) -> Resolution {
    Resolution {
        group_id: Some(group_of(&owner.key)),
        shipment_no: Some(owner.key.clone()),
        rule: rule(graph, groups, id, owner).unwrap_or(Match::Group),
        anchored: true,
        ..Resolution::none()
    }
}

/// The best number that a record shares with a shipment of transport.
fn rule<'g>(
    graph: &'g Graph,
    groups: &Groups<'g>,
    id: &RecordId,
    owner: &RecordId,
) -> Option<Match> {
    if id == owner {
        return Some(Match::Own);
    }
    let theirs: BTreeSet<_> = groups.held(&graph.records[owner]).collect();
    let shared = groups
        .held(&graph.records[id])
        .filter(|held| theirs.contains(held));
    shared
        .map(|(node, _)| match node.kind.as_str() {
            "shipment_no" => Match::ShipmentNo,
            "bol" => Match::Bol,
            "pro" => Match::Pro,
            "trip" => Match::Trip,
            _ => Match::BookingContainer,
        })
        .min()
}

/// In a group of several shipments each record belongs to the one that it has a number of itself, the shipment's own
/// before all others.
fn by_own_numbers<'g>(
    graph: &'g Graph,
    groups: &Groups<'g>,
    group: &Group<'g>,
    id: &RecordId,
) -> Resolution {
    let doubt = Some(if group.is_too_large {
        TOO_LARGE
    } else {
        CONFLICT
    });
    let rules = group.owners.iter().filter_map(|&owner| {
        let rule = rule(graph, groups, id, owner)?;
        Some((rule, owner))
    });
    let rules: Vec<_> = rules.collect();
    let only = |named: bool| {
        let mut those = rules
            .iter()
            .filter(|(rule, _)| !named || *rule <= Match::ShipmentNo);
        those.next().filter(|_| those.next().is_none())
    };
    let found = match only(true).or_else(|| only(false)) {
        Some((_, owner)) => of_owner(graph, groups, id, owner),
        None => Resolution {
            group_id: group.name(),
            ..stub(graph, group, &graph.records[id])
        },
    };
    // An owner is itself, whatever it shares.
    let found = match id.is(Entity::Shipment) {
        true => of_owner(graph, groups, id, id),
        false => found,
    };
    Resolution { doubt, ..found }
}

/// What a group without a shipment of transport says it is about.
fn stub(graph: &Graph, group: &Group<'_>, loaded: &Loaded) -> Resolution {
    let gone = group.replaced(graph);
    let numbers = group
        .numbers
        .iter()
        .filter(|node| node.kind == "shipment_no");
    let numbers: Vec<&Node> = numbers
        .copied()
        .filter(|node| !gone.contains(node))
        .collect();
    let named = |node: &Node| {
        let members = group.members.iter().map(|&id| &graph.records[id]);
        let written = members.filter_map(|loaded| loaded.edges.get(node));
        written.map(|edge| edge.written.clone()).min()
    };
    let own: Vec<&Node> = loaded
        .numbers("shipment_no")
        .filter(|(node, edge)| edge.ties() && !gone.contains(node))
        .map(|(node, _)| node)
        .collect();
    let one = match (&numbers[..], &own[..]) {
        ([only], _) if !group.is_doubtful() => Some(*only),
        (_, [only]) => Some(*only),
        _ => None,
    };
    let doubt = match one {
        Some(node) if graph.common.contains(node) => Some(COMMON),
        None if !numbers.is_empty() => Some(AMBIGUOUS),
        _ => None,
    };
    let Some(node) = one else {
        return Resolution {
            doubt,
            ..Resolution::none()
        };
    };
    Resolution {
        shipment_no: named(node),
        rule: Match::Stub,
        stub: true,
        doubt,
        ..Resolution::none()
    }
}

fn only_written(loaded: &Loaded, kind: &str) -> Option<String> {
    let mut numbers = loaded.numbers(kind);
    let (_, edge) = numbers.next()?;
    numbers.next().is_none().then(|| edge.written.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xref::{
        edges::{Edge, Times},
        graph::StoredEdge,
    };

    fn tie(graph: &mut Graph, entity: &str, key: &str, kind: &str, value: &str) -> Node {
        let node = Node {
            kind: kind.to_owned(),
            issuer: String::new(),
            value: value.to_owned(),
        };
        graph.add(StoredEdge {
            record: RecordId {
                entity: entity.to_owned(),
                key: key.to_owned(),
            },
            node: node.clone(),
            edge: Edge {
                written: value.to_owned(),
                identity: true,
                candidate: false,
                replaced: false,
            },
            times: Times {
                said_at: EpochMillis(0),
                from: None,
                until: None,
            },
        });
        node
    }

    #[test]
    fn of_a_group_that_was_not_read_to_its_end_each_record_keeps_what_it_says_itself() {
        let mut graph = Graph::default();
        tie(&mut graph, "shipment", "L-1", "shipment_no", "L-1");
        tie(&mut graph, "shipment", "L-1", "bol", "B");
        tie(&mut graph, "milestone", "named", "shipment_no", "L-1");
        tie(&mut graph, "milestone", "near", "bol", "B");
        tie(&mut graph, "milestone", "bridge", "bol", "B");
        let end = tie(&mut graph, "milestone", "bridge", "trip", "T");
        tie(&mut graph, "milestone", "far", "trip", "T");
        let of = |graph: &Graph, key: &str| -> (Option<String>, Option<&'static str>) {
            let resolved = resolve(graph);
            let mut found = resolved.records.into_iter().filter(|(id, _)| id.key == key);
            let (_, found) = found.next().expect("the record was added");
            (found.shipment_no, found.doubt)
        };
        let known = Some("L-1".to_owned());
        assert_eq!(of(&graph, "far"), (known.clone(), None));
        graph.cut.insert(end);
        for key in ["L-1", "named", "near", "bridge"] {
            assert_eq!(of(&graph, key), (known.clone(), Some(TOO_LARGE)), "{key}");
        }
        assert_eq!(of(&graph, "far"), (None, Some(TOO_LARGE)));
    }
}
