//! Leaves a batch's edges in the transaction of its rows.

use std::collections::{BTreeMap, BTreeSet};

use record::Entity;

use super::{
    edges::{Edge, Node, Times, edges, times},
    graph::{RecordId, StoredEdge},
};
use crate::{
    Change,
    engine::ReportingStore,
    row::{Value, integer, owned_text},
};

/// Entities whose records carry no numbers beside those of their parent or their key: no edges to look for.
const fn has_edges(entity: Entity) -> bool {
    !matches!(
        entity,
        Entity::OrderLine
            | Entity::Stop
            | Entity::InventorySnapshot
            | Entity::VehiclePosition
            | Entity::FreightInvoiceLine
            | Entity::EdiAck
            | Entity::Canary
    )
}

/// Replaces the edges of the records that their rows now stand for, where they are others, and marks what that touches.
///
/// The row of each record is locked by this transaction, so that of two writers of one record the later one sees the
/// edges of the earlier one.
pub(crate) async fn write<S: ReportingStore>(
    store: &S,
    transaction: &mut S::Transaction,
    standing: &[&Change<'_>],
) -> Result<(), sqlx::Error> {
    let mut wanted: BTreeMap<RecordId, (&Change<'_>, BTreeMap<Node, Edge>, Times)> =
        BTreeMap::new();
    for change in standing {
        let record = change.record();
        if has_edges(record.entity()) {
            wanted.insert(RecordId::of(record), (change, edges(record), times(record)));
        }
    }
    if wanted.is_empty() {
        return Ok(());
    }
    let keys: Vec<_> = wanted.keys().map(RecordId::cells).collect();
    let statements = store.xref();
    let found = store.read(transaction, &statements.edges_of, &keys).await?;
    let mut stored: BTreeMap<RecordId, BTreeMap<Node, StoredEdge>> = BTreeMap::new();
    for row in found {
        let edge = StoredEdge::of(row);
        let own = stored.entry(edge.record.clone()).or_default();
        own.insert(edge.node.clone(), edge);
    }
    let (mut gone, mut new, mut touched) = (Vec::new(), Vec::new(), BTreeSet::new());
    for (id, (change, edges, times)) in &wanted {
        let before = stored.remove(id).unwrap_or_default();
        if is_same(&before, edges, *times) {
            continue;
        }
        if !id.is(Entity::Vehicle) {
            touched.insert(id.as_node());
        }
        // Numbers that the record still has are found by the record.
        let lost = before.keys().filter(|node| !edges.contains_key(node));
        touched.extend(lost.filter(|node| !node.is_vehicle()).cloned());
        if !before.is_empty() {
            gone.push(id.cells());
        }
        new.extend(
            edges
                .iter()
                .map(|(node, edge)| cells(id, node, edge, *times, change)),
        );
    }
    if !gone.is_empty() {
        store
            .run(transaction, &statements.delete_edges, &gone)
            .await?;
    }
    if !new.is_empty() {
        store
            .run(transaction, &statements.insert_edges, &new)
            .await?;
    }
    if !touched.is_empty() {
        let touched: Vec<_> = touched.iter().map(Node::cells).collect();
        store
            .run(transaction, &statements.insert_touched, &touched)
            .await?;
    }
    Ok(())
}

fn is_same(before: &BTreeMap<Node, StoredEdge>, now: &BTreeMap<Node, Edge>, times: Times) -> bool {
    before.len() == now.len()
        && before
            .iter()
            .zip(now)
            .all(|((was_at, was), (at, is))| was_at == at && was.edge == *is && was.times == times)
}

fn cells(
    id: &RecordId,
    node: &Node,
    edge: &Edge,
    times: Times,
    change: &Change<'_>,
) -> Vec<Value<'static>> {
    let mut cells = id.cells();
    cells.extend(node.cells());
    let record = change.record();
    cells.extend([
        owned_text(&edge.written),
        Value::Bool(edge.identity),
        Value::Bool(edge.candidate),
        Value::Bool(edge.replaced),
        Value::Integer(times.said_at.0),
        integer(times.from.map(|at| at.0)),
        integer(times.until.map(|at| at.0)),
        owned_text(record.source().as_str()),
        owned_text(&record.version().to_string()),
    ]);
    cells
}
