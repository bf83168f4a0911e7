//! What hangs together with what was touched, in memory.

use std::collections::{BTreeMap, HashMap, HashSet};

use record::{Entity, EpochMillis, Record};

use super::edges::{BOOKING_CONTAINER, Edge, Node, Times};
use crate::row::{Value, owned_text};

/// A record, as edges name it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct RecordId {
    pub(super) entity: String,
    pub(super) key: String,
}

/// Stands for a record among the marks, which otherwise are numbers.
const RECORD: &str = "record";

impl RecordId {
    pub(super) fn of(record: &Record<'_>) -> Self {
        Self {
            entity: record.entity().as_str().to_owned(),
            key: record.key().as_str().to_owned(),
        }
    }

    pub(super) fn cells(&self) -> Vec<Value<'static>> {
        vec![owned_text(&self.entity), owned_text(&self.key)]
    }

    pub(super) fn is(&self, entity: Entity) -> bool {
        self.entity == entity.as_str()
    }

    /// Whether it is about a shipment at all: orders are on several, vehicles drive many.
    pub(super) fn has_shipment(&self) -> bool {
        !self.is(Entity::Order) && !self.is(Entity::Vehicle)
    }

    /// The mark of the record itself.
    pub(super) fn as_node(&self) -> Node {
        Node {
            kind: RECORD.to_owned(),
            issuer: self.entity.clone(),
            value: self.key.clone(),
        }
    }
}

impl Node {
    pub(super) fn cells(&self) -> Vec<Value<'static>> {
        vec![
            owned_text(&self.kind),
            owned_text(&self.issuer),
            owned_text(&self.value),
        ]
    }

    /// The record that it marks, if it is no number.
    pub(super) fn as_record(&self) -> Option<RecordId> {
        (self.kind == RECORD).then(|| RecordId {
            entity: self.issuer.clone(),
            key: self.value.clone(),
        })
    }

    /// Whether it may tie records together.
    pub(super) fn may_tie(&self) -> bool {
        matches!(self.kind.as_str(), "shipment_no" | "bol" | "trip")
            || self.kind == BOOKING_CONTAINER
            || (self.kind == "pro" && !self.issuer.is_empty())
    }

    /// Vehicles drive many shipments: readings find theirs by the time, when they are read.
    pub(super) fn is_vehicle(&self) -> bool {
        self.kind == "vehicle"
    }

    /// `pro:TSTL:447120931`
    pub(super) fn text(&self) -> String {
        let Self {
            kind,
            issuer,
            value,
        } = self;
        match issuer.is_empty() {
            true => format!("{kind}:{value}"),
            false => format!("{kind}:{issuer}:{value}"),
        }
    }
}

/// A row of `rpt_xref`.
#[derive(Debug, Clone)]
pub(super) struct StoredEdge {
    pub(super) record: RecordId,
    pub(super) node: Node,
    pub(super) edge: Edge,
    pub(super) times: Times,
}

/// Takes the cells of a row one after the other.
pub(super) struct Cells(std::vec::IntoIter<Value<'static>>);

impl Cells {
    pub(super) fn of(row: Vec<Value<'static>>) -> Self {
        Self(row.into_iter())
    }

    pub(super) fn text(&mut self) -> Option<String> {
        match self.0.next() {
            Some(Value::Text(text)) => Some(text.into_owned()),
            _ => None,
        }
    }

    pub(super) fn words(&mut self) -> String {
        self.text().unwrap_or_default()
    }

    pub(super) fn is(&mut self) -> bool {
        matches!(self.0.next(), Some(Value::Bool(true)))
    }

    pub(super) fn number(&mut self) -> Option<i64> {
        match self.0.next() {
            Some(Value::Integer(number)) => Some(number),
            _ => None,
        }
    }

    pub(super) fn record(&mut self) -> RecordId {
        RecordId {
            entity: self.words(),
            key: self.words(),
        }
    }

    pub(super) fn node(&mut self) -> Node {
        Node {
            kind: self.words(),
            issuer: self.words(),
            value: self.words(),
        }
    }

    pub(super) fn times(&mut self) -> Times {
        let mut at = || self.number().map(EpochMillis);
        Times {
            said_at: at().unwrap_or_default(),
            from: at(),
            until: at(),
        }
    }
}

impl StoredEdge {
    pub(super) fn of(row: Vec<Value<'static>>) -> Self {
        let mut cells = Cells::of(row);
        Self {
            record: cells.record(),
            node: cells.node(),
            edge: Edge {
                written: cells.words(),
                identity: cells.is(),
                candidate: cells.is(),
                replaced: cells.is(),
            },
            times: cells.times(),
        }
    }
}

/// A record with its edges.
#[derive(Debug, Clone)]
pub(super) struct Loaded {
    pub(super) times: Times,
    pub(super) edges: BTreeMap<Node, Edge>,
}

impl Loaded {
    /// The numbers of a kind that hold, with how they were written.
    pub(super) fn numbers<'l>(
        &'l self,
        kind: &'l str,
    ) -> impl Iterator<Item = (&'l Node, &'l Edge)> {
        let edges = self.edges.iter();
        edges.filter(move |(node, edge)| node.kind == kind && !edge.replaced)
    }
}

/// A record that hints at a number, and what it resolves to as far as the store knows.
#[derive(Debug, Clone)]
pub(super) struct Carrier {
    pub(super) record: RecordId,
    pub(super) replaced: bool,
    pub(super) candidate: bool,
    pub(super) times: Times,
    pub(super) shipment_no: Option<String>,
    pub(super) anchored: bool,
    pub(super) stub: bool,
}

impl Carrier {
    pub(super) fn of(row: Vec<Value<'static>>) -> (Node, Self) {
        let mut cells = Cells::of(row);
        let record = cells.record();
        let node = cells.node();
        let carrier = Self {
            record,
            candidate: cells.is(),
            replaced: cells.is(),
            times: cells.times(),
            shipment_no: cells.text(),
            anchored: cells.is(),
            stub: cells.is(),
        };
        (node, carrier)
    }
}

/// Records, numbers, and who hints at them.
#[derive(Debug, Default)]
pub(super) struct Graph {
    /// Records that are to be resolved, all of their edges with them.
    pub(super) records: BTreeMap<RecordId, Loaded>,
    /// Orders whose shipments are to be found.
    pub(super) orders: BTreeMap<RecordId, Loaded>,
    /// Who hints at a number. Numbers that nobody was asked about are not in it.
    pub(super) carriers: HashMap<Node, Vec<Carrier>>,
    /// Numbers that too many records have.
    pub(super) common: HashSet<Node>,
    /// Numbers whose records were not all read, since their group is too large.
    pub(super) cut: HashSet<Node>,
}

impl Graph {
    pub(super) fn add(&mut self, stored: StoredEdge) {
        let of_order = stored.record.is(Entity::Order);
        let records = match of_order {
            true => &mut self.orders,
            false => &mut self.records,
        };
        let record = records.entry(stored.record).or_insert_with(|| Loaded {
            times: stored.times,
            edges: BTreeMap::new(),
        });
        record.edges.insert(stored.node, stored.edge);
    }

    pub(super) fn has(&self, record: &RecordId) -> bool {
        self.records.contains_key(record) || self.orders.contains_key(record)
    }
}

/// When a number was given to something else. Records before and after such a time do not have the same number.
#[derive(Debug, Default)]
pub(super) struct Cuts(std::collections::BTreeSet<EpochMillis>);

impl Cuts {
    pub(super) fn add(&mut self, at: EpochMillis) {
        self.0.insert(at);
    }

    /// The era of a number that a record means. What a record says to be replaced is the number until then.
    pub(super) fn era(&self, said_at: EpochMillis, replaced: bool) -> usize {
        match replaced {
            true => self.0.range(..said_at).count(),
            false => self.0.range(..=said_at).count(),
        }
    }
}
