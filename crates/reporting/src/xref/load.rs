//! Reads what hangs together with what was touched, and no more.

use std::collections::{BTreeSet, HashSet};

use record::Entity;

use super::{
    edges::Node,
    graph::{Carrier, Cells, Graph, RecordId, StoredEdge},
    groups::{GROUP_RECORDS_MAX, Groups},
    statements::{DEGREE_MAX, Statement},
};
use crate::{engine::ReportingStore, row::Value};

/// Most steps from number to record to number. Real groups have two or three.
const LEVELS_MAX: usize = 32;

/// What was read, and what is to be written beside the results.
#[derive(Debug, Default)]
pub(super) struct Work {
    pub(super) graph: Graph,
    /// Records that were marked themselves.
    pub(super) marked: BTreeSet<RecordId>,
    /// Numbers that too many records have since now.
    pub(super) newly_common: BTreeSet<Node>,
    /// Numbers that fewer records have again.
    pub(super) no_longer_common: BTreeSet<Node>,
}

/// Reads all that the marks are about.
///
/// First the groups that touched numbers tie together. Then the groups that only hints lead to them, since what they
/// resolve to may change. Last what these may resolve to, and the orders that are named. Records that are sure of their
/// shipment are not asked for their hints, and nobody is linked to who is not sure: so it ends there.
pub(super) async fn load<S: ReportingStore>(
    store: &S,
    transaction: &mut S::Transaction,
    marks: BTreeSet<Node>,
) -> Result<Work, sqlx::Error> {
    let mut reading = Reading {
        store,
        transaction,
        work: Work::default(),
        expanded: HashSet::new(),
    };
    let (records, numbers): (Vec<_>, Vec<_>) = marks
        .into_iter()
        .partition(|node| node.as_record().is_some());
    let records: Vec<_> = records.iter().filter_map(Node::as_record).collect();
    reading.work.marked = records.iter().cloned().collect();
    reading.records(records).await?;
    let mut touched = reading.numbers();
    touched.extend(numbers.into_iter().filter(|node| !node.is_vehicle()));
    let numbers = reading.without_common(touched).await?;
    reading.groups(numbers.clone()).await?;
    let mut hints = reading.numbers();
    hints.extend(numbers);
    let dependents = reading.carriers(hints).await?;
    reading.records(dependents).await?;
    reading.groups(BTreeSet::new()).await?;
    let candidates = reading.candidates();
    reading.groups(candidates).await?;
    let hints = reading.numbers();
    reading.carriers(hints).await?;
    reading.orders().await?;
    Ok(reading.work)
}

struct Reading<'s, S: ReportingStore> {
    store: &'s S,
    transaction: &'s mut S::Transaction,
    work: Work,
    /// Numbers whose tied records were read.
    expanded: HashSet<Node>,
}

impl<S: ReportingStore> Reading<'_, S> {
    async fn read(
        &mut self,
        statement: &Statement,
        rows: &[Vec<Value<'static>>],
    ) -> Result<Vec<Vec<Value<'static>>>, sqlx::Error> {
        if rows.is_empty() && !statement.input.is_empty() {
            return Ok(Vec::new());
        }
        self.store.read(self.transaction, statement, rows).await
    }

    /// Finds out which numbers too many records have, and gives the touched ones that are worth following: those that
    /// tell something, and those of which that just changed.
    async fn without_common(
        &mut self,
        numbers: BTreeSet<Node>,
    ) -> Result<BTreeSet<Node>, sqlx::Error> {
        let statements = self.store.xref();
        let known = self.read(&statements.common, &[]).await?;
        let known = known.into_iter().map(|row| Cells::of(row).node());
        self.work.graph.common = known.collect();
        let rows: Vec<_> = numbers.iter().map(Node::cells).collect();
        let degrees = self.read(&statements.degrees_of, &rows).await?;
        let mut followed = numbers;
        for row in degrees {
            let mut cells = Cells::of(row);
            let node = cells.node();
            let degree = cells
                .number()
                .and_then(|degree| usize::try_from(degree).ok());
            let is_common = degree.unwrap_or_default() > DEGREE_MAX;
            let was_common = self.work.graph.common.contains(&node);
            match (was_common, is_common) {
                (true, true) => {
                    followed.remove(&node);
                }
                (false, true) => {
                    self.work.graph.common.insert(node.clone());
                    self.work.newly_common.insert(node);
                }
                (true, false) => {
                    self.work.graph.common.remove(&node);
                    self.work.no_longer_common.insert(node);
                }
                (false, false) => {}
            }
        }
        Ok(followed)
    }

    /// Reads records with all of their edges.
    async fn records(&mut self, records: Vec<RecordId>) -> Result<(), sqlx::Error> {
        let records = records.iter().filter(|id| !self.work.graph.has(id));
        let rows: Vec<_> = records.map(RecordId::cells).collect();
        let found = self.read(&self.store.xref().edges_of, &rows).await?;
        for row in found {
            self.work.graph.add(StoredEdge::of(row));
        }
        Ok(())
    }

    /// Reads whole groups: of the numbers, and of all records so far.
    async fn groups(&mut self, numbers: BTreeSet<Node>) -> Result<(), sqlx::Error> {
        let mut next: BTreeSet<Node> = numbers
            .into_iter()
            .filter(|node| node.may_tie() && !self.expanded.contains(node))
            .collect();
        for _ in 0..LEVELS_MAX {
            next.extend(self.ends());
            if next.is_empty() {
                return Ok(());
            }
            let rows: Vec<_> = next.iter().map(Node::cells).collect();
            let found = self.read(&self.store.xref().records_at, &rows).await?;
            self.expanded.extend(std::mem::take(&mut next));
            let records = found.into_iter().map(|row| Cells::of(row).record());
            self.records(records.collect()).await?;
            self.cut_what_is_too_large();
        }
        let ends = self.ends();
        self.work.graph.cut.extend(ends);
        Ok(())
    }

    /// Numbers that tie, and whose records are not read yet.
    fn ends(&self) -> Vec<Node> {
        let graph = &self.work.graph;
        let records = graph.records.iter().filter(|(id, _)| id.has_shipment());
        let edges = records.flat_map(|(_, loaded)| &loaded.edges);
        let ends = edges.filter(|(node, edge)| {
            edge.ties()
                && !self.expanded.contains(*node)
                && !graph.common.contains(*node)
                && !graph.cut.contains(*node)
        });
        let ends: BTreeSet<&Node> = ends.map(|(node, _)| node).collect();
        ends.into_iter().cloned().collect()
    }

    /// Follows a group no further that has grown too large.
    fn cut_what_is_too_large(&mut self) {
        if self.work.graph.records.len() <= GROUP_RECORDS_MAX {
            return;
        }
        let groups = Groups::of(&self.work.graph);
        let large = groups
            .groups
            .iter()
            .filter(|group| group.members.len() > GROUP_RECORDS_MAX);
        let numbers = large.flat_map(|group| group.numbers.iter().copied());
        let cut: Vec<Node> = numbers
            .filter(|node| !self.expanded.contains(*node))
            .cloned()
            .collect();
        self.work.graph.cut.extend(cut);
    }

    /// All numbers of what was read.
    fn numbers(&self) -> BTreeSet<Node> {
        let graph = &self.work.graph;
        let records = graph.records.values().chain(graph.orders.values());
        let numbers = records.flat_map(|loaded| loaded.edges.keys());
        numbers.filter(|node| !node.is_vehicle()).cloned().collect()
    }

    /// Numbers that their records only may mean.
    fn candidates(&self) -> BTreeSet<Node> {
        let records = self.work.graph.records.values();
        let edges = records.flat_map(|loaded| &loaded.edges);
        let edges = edges.filter(|(node, edge)| {
            edge.candidate && edge.identity && !self.work.graph.common.contains(*node)
        });
        edges.map(|(node, _)| node.clone()).collect()
    }

    /// Reads who hints at the numbers. Gives those whose shipment is not sure; notes the orders.
    async fn carriers(&mut self, numbers: BTreeSet<Node>) -> Result<Vec<RecordId>, sqlx::Error> {
        let asked = numbers.into_iter().filter(|node| {
            let graph = &self.work.graph;
            let is_known = graph.common.contains(node) && !self.work.newly_common.contains(node);
            !graph.carriers.contains_key(node) && !is_known
        });
        let asked: Vec<Node> = asked.collect();
        let rows: Vec<_> = asked.iter().map(Node::cells).collect();
        let found = self.read(&self.store.xref().carriers_at, &rows).await?;
        let graph = &mut self.work.graph;
        graph
            .carriers
            .extend(asked.into_iter().map(|node| (node, Vec::new())));
        let mut unsure = BTreeSet::new();
        for row in found {
            let (node, carrier) = Carrier::of(row);
            if carrier.record.has_shipment() && !carrier.anchored && !graph.has(&carrier.record) {
                unsure.insert(carrier.record.clone());
            }
            graph.carriers.entry(node).or_default().push(carrier);
        }
        Ok(unsure.into_iter().collect())
    }

    /// Reads the orders that are named or were marked, and who names them.
    async fn orders(&mut self) -> Result<(), sqlx::Error> {
        let carriers = self.work.graph.carriers.iter();
        let naming = carriers.filter(|(node, _)| matches!(&*node.kind, "order_no" | "customer_po"));
        let orders = naming
            .flat_map(|(_, carriers)| carriers)
            .map(|carrier| &carrier.record)
            .filter(|record| record.is(Entity::Order));
        let orders: BTreeSet<RecordId> = orders.cloned().collect();
        self.records(orders.into_iter().collect()).await?;
        let named = self.work.graph.orders.values();
        let named: BTreeSet<Node> = named
            .flat_map(|order| order.edges.keys())
            .cloned()
            .collect();
        self.carriers(named).await?;
        Ok(())
    }
}

/// What the store says the records are about.
pub(super) async fn resolutions<S: ReportingStore>(
    store: &S,
    transaction: &mut S::Transaction,
    records: &[&RecordId],
) -> Result<Vec<Vec<Value<'static>>>, sqlx::Error> {
    let rows: Vec<_> = records.iter().map(|id| id.cells()).collect();
    let statement: &Statement = &store.xref().resolutions_of;
    match rows.is_empty() {
        true => Ok(Vec::new()),
        false => store.read(transaction, statement, &rows).await,
    }
}
