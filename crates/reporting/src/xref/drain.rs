//! The serialized step: takes marks, decides, writes what changed.

use std::collections::{BTreeMap, BTreeSet};

use record::{Entity, EpochMillis};

use super::{
    edges::Node,
    graph::{Cells, RecordId},
    load::{Work, load, resolutions},
    orders::{Pair, order_cells, pairs},
    resolve::{Resolved, resolve},
    statements::Statement,
};
use crate::{ApplyError, engine::ReportingStore, row::Value};

/// What came of resolving.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Drained {
    /// Marks that were taken.
    pub marks: usize,
    /// Records that were looked at.
    pub records: usize,
    /// Rows that changed: records that belong to something else now, and orders on shipments.
    pub changed: usize,
    /// Whether another process is at it, and will do what is left.
    pub is_elsewhere: bool,
}

/// Takes all marks, step by step.
///
/// A step that dies leaves its marks and none of its results. Marks that are made while the last step ends are seen
/// here, once the step's claim is gone: who made them may have found it taken.
pub(crate) async fn drain<S: ReportingStore>(
    store: &S,
    now: EpochMillis,
) -> Result<Drained, ApplyError> {
    let mut drained = Drained::default();
    loop {
        let mut transaction = store.begin().await?;
        if !store.claim_resolution(&mut transaction).await? {
            drained.is_elsewhere = true;
            return Ok(drained);
        }
        let marks = marks(store, &mut transaction).await?;
        if marks.is_empty() {
            // Not dropped: that would let go of the claim some time later, when somebody has found it taken.
            store.commit(transaction).await?;
            let mut transaction = store.begin().await?;
            match self::marks(store, &mut transaction).await?.is_empty() {
                true => return Ok(drained),
                false => continue,
            }
        }
        step(store, &mut transaction, &marks, now, &mut drained).await?;
        store.commit(transaction).await?;
    }
}

/// Ids and what they mark, oldest first.
async fn marks<S: ReportingStore>(
    store: &S,
    transaction: &mut S::Transaction,
) -> Result<Vec<(i64, Node)>, sqlx::Error> {
    let rows = store.read(transaction, &store.xref().touched, &[]).await?;
    let mark = |row| {
        let mut cells = Cells::of(row);
        Some((cells.number()?, cells.node()))
    };
    Ok(rows.into_iter().filter_map(mark).collect())
}

async fn step<S: ReportingStore>(
    store: &S,
    transaction: &mut S::Transaction,
    marks: &[(i64, Node)],
    now: EpochMillis,
    drained: &mut Drained,
) -> Result<(), sqlx::Error> {
    let touched: BTreeSet<Node> = marks.iter().map(|(_, node)| node.clone()).collect();
    let work = load(store, transaction, touched).await?;
    let resolved = resolve(&work.graph);
    let pairs = pairs(&work.graph, &resolved);
    drained.marks += marks.len();
    drained.records += resolved.records.len();
    drained.changed += write_records(store, transaction, &work, &resolved, now).await?;
    drained.changed += write_orders(store, transaction, &work, &pairs, now).await?;
    write_conflicts(store, transaction, &work, &resolved).await?;
    let statements = store.xref();
    let cells = |nodes: &BTreeSet<Node>| nodes.iter().map(Node::cells).collect();
    run(
        store,
        transaction,
        &statements.insert_common,
        cells(&work.newly_common),
    )
    .await?;
    run(
        store,
        transaction,
        &statements.delete_common,
        cells(&work.no_longer_common),
    )
    .await?;
    // Each by its id: a mark with a lower id may still be on its way in another transaction.
    let ids = marks.iter().map(|(id, _)| vec![Value::Integer(*id)]);
    run(
        store,
        transaction,
        &statements.delete_touched,
        ids.collect(),
    )
    .await
}

async fn run<S: ReportingStore>(
    store: &S,
    transaction: &mut S::Transaction,
    statement: &Statement,
    rows: Vec<Vec<Value<'static>>>,
) -> Result<(), sqlx::Error> {
    match rows.is_empty() {
        true => Ok(()),
        false => store.run(transaction, statement, &rows).await,
    }
}

/// Cells as texts, to compare what is stored with what is to be stored: all but the last, which is when.
fn texts(cells: &[Value<'_>]) -> Vec<Option<String>> {
    let (_, cells) = cells.split_last().unwrap_or((&Value::Null, &[]));
    let text = |cell: &Value<'_>| match cell {
        Value::Null => None,
        Value::Text(text) => Some(text.to_string()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        Value::List(json) => Some(json.get().to_owned()),
    };
    cells.iter().map(text).collect()
}

async fn write_records<S: ReportingStore>(
    store: &S,
    transaction: &mut S::Transaction,
    work: &Work,
    resolved: &Resolved,
    now: EpochMillis,
) -> Result<usize, sqlx::Error> {
    // What was marked and has no edges any more is about nothing.
    let ids: BTreeSet<&RecordId> = resolved.records.keys().chain(&work.marked).collect();
    let ids: Vec<&RecordId> = ids.into_iter().filter(|id| id.has_shipment()).collect();
    let stored = resolutions(store, transaction, &ids).await?;
    let mut stored: BTreeMap<RecordId, _> = stored
        .into_iter()
        .map(|row| (Cells::of(row.clone()).record(), texts(&row)))
        .collect();
    let (mut gone, mut new) = (Vec::new(), Vec::new());
    for id in ids {
        let was = stored.remove(id);
        let is = resolved.records.get(id).map(|found| found.cells(id, now));
        if was == is.as_deref().map(texts) {
            continue;
        }
        gone.extend(was.map(|_| id.cells()));
        new.extend(is);
    }
    let changed = gone.len().max(new.len());
    let statements = store.xref();
    run(store, transaction, &statements.delete_resolutions, gone).await?;
    run(store, transaction, &statements.insert_resolutions, new).await?;
    Ok(changed)
}

async fn write_orders<S: ReportingStore>(
    store: &S,
    transaction: &mut S::Transaction,
    work: &Work,
    pairs: &BTreeMap<RecordId, Vec<Pair>>,
    now: EpochMillis,
) -> Result<usize, sqlx::Error> {
    let marked = work.marked.iter().filter(|id| id.is(Entity::Order));
    let orders: BTreeSet<&RecordId> = pairs.keys().chain(marked).collect();
    let keys: Vec<_> = orders.iter().map(|order| order_cells(order)).collect();
    let statements = store.xref();
    let stored = match keys.is_empty() {
        true => return Ok(0),
        false => {
            store
                .read(transaction, &statements.shipments_of, &keys)
                .await?
        }
    };
    let mut was: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for row in &stored {
        let texts = texts(row);
        was.entry(texts[..2].to_vec()).or_default().insert(texts);
    }
    let (mut gone, mut new) = (Vec::new(), Vec::new());
    for order in orders {
        let pairs = pairs.get(order).map_or(&[][..], Vec::as_slice);
        let rows: Vec<_> = pairs.iter().map(|pair| pair.cells(order, now)).collect();
        let is: BTreeSet<_> = rows.iter().map(|row| texts(row)).collect();
        let key = order_cells(order);
        // One more cell, since `texts` leaves the last one out.
        let known = was.remove(&texts(&[&key[..], &[Value::Null]].concat()));
        let known = known.unwrap_or_default();
        if known == is {
            continue;
        }
        if !known.is_empty() {
            gone.push(key);
        }
        new.extend(rows);
    }
    let changed = gone.len().max(new.len());
    run(store, transaction, &statements.delete_order_shipments, gone).await?;
    run(store, transaction, &statements.insert_order_shipments, new).await?;
    Ok(changed)
}

async fn write_conflicts<S: ReportingStore>(
    store: &S,
    transaction: &mut S::Transaction,
    work: &Work,
    resolved: &Resolved,
) -> Result<(), sqlx::Error> {
    let shipments = resolved.records.keys().chain(&work.marked);
    let shipments: BTreeSet<&RecordId> = shipments.filter(|id| id.is(Entity::Shipment)).collect();
    let keys = shipments
        .iter()
        .map(|id| vec![crate::row::owned_text(&id.key)]);
    let statements = store.xref();
    run(
        store,
        transaction,
        &statements.delete_conflicts,
        keys.collect(),
    )
    .await?;
    let rows = resolved
        .conflicts
        .iter()
        .map(super::conflicts::Conflict::cells);
    run(
        store,
        transaction,
        &statements.insert_conflicts,
        rows.collect(),
    )
    .await
}
