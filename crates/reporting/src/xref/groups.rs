//! Which records are about one shipment because they have the same number: connected components.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use record::Entity;

use super::{
    edges::{Edge, Node},
    graph::{Cuts, Graph, Loaded, RecordId},
};

/// Largest group that is read as a whole, in records. A shipment has some hundreds; more is a number gone wrong.
pub(super) const GROUP_RECORDS_MAX: usize = 5000;

/// A number in one of its eras.
type Held<'g> = (&'g Node, usize);

/// Records that are tied together.
#[derive(Debug, Default)]
pub(super) struct Group<'g> {
    pub(super) members: Vec<&'g RecordId>,
    /// The shipments of transport among them.
    pub(super) owners: Vec<&'g RecordId>,
    /// Numbers that tie them; none if there is a single record that has none.
    pub(super) numbers: BTreeSet<&'g Node>,
    /// Whether records are missing because there are too many.
    pub(super) is_too_large: bool,
}

impl Group<'_> {
    /// The one shipment, if there is exactly one and all is known.
    pub(super) fn owner(&self) -> Option<&RecordId> {
        match self.owners[..] {
            [only] if !self.is_too_large => Some(only),
            _ => None,
        }
    }

    /// Whether several shipments are tied together, or perhaps are.
    pub(super) fn is_doubtful(&self) -> bool {
        self.owners.len() > 1 || self.is_too_large
    }

    /// Numbers that a member says to hold no more.
    pub(super) fn replaced<'l>(&self, graph: &'l Graph) -> BTreeSet<&'l Node> {
        let edges = self.members.iter().flat_map(|&id| &graph.records[id].edges);
        let gone = edges.filter(|(_, edge)| edge.replaced);
        gone.map(|(node, _)| node).collect()
    }

    /// What the group is called: its number that comes first. `None` if it has none.
    pub(super) fn name(&self) -> Option<String> {
        self.numbers.first().map(|node| node.text())
    }
}

/// All groups of a graph.
#[derive(Debug)]
pub(super) struct Groups<'g> {
    graph: &'g Graph,
    cuts: HashMap<&'g Node, Cuts>,
    at: HashMap<Held<'g>, usize>,
    pub(super) groups: Vec<Group<'g>>,
    pub(super) of: BTreeMap<&'g RecordId, usize>,
}

impl<'g> Groups<'g> {
    pub(super) fn of(graph: &'g Graph) -> Self {
        let mut cuts: HashMap<&Node, Cuts> = HashMap::new();
        for loaded in graph.records.values() {
            for (node, _) in ties(graph, loaded).filter(|(_, edge)| edge.replaced) {
                cuts.entry(node).or_default().add(loaded.times.said_at);
            }
        }
        let mut groups = Self {
            graph,
            cuts,
            at: HashMap::new(),
            groups: Vec::new(),
            of: BTreeMap::new(),
        };
        groups.unite();
        groups
    }

    /// The numbers, in their eras, that tie a record to others.
    pub(super) fn held(&self, loaded: &'g Loaded) -> impl Iterator<Item = Held<'g>> {
        let ties = ties(self.graph, loaded);
        ties.map(|(node, edge)| (node, self.era(node, loaded, edge)))
    }

    /// The group of those who are tied to a number as a record means it that only may mean it.
    pub(super) fn group_at(&self, node: &'g Node, loaded: &Loaded, edge: &Edge) -> Option<usize> {
        self.at.get(&(node, self.era(node, loaded, edge))).copied()
    }

    fn era(&self, node: &Node, loaded: &Loaded, edge: &Edge) -> usize {
        let cuts = self.cuts.get(node);
        cuts.map_or(0, |cuts| cuts.era(loaded.times.said_at, edge.replaced))
    }

    fn unite(&mut self) {
        let mut sets = Sets::default();
        let mut set_at: HashMap<Held<'g>, usize> = HashMap::new();
        let graph = self.graph;
        let mut set_of = Vec::new();
        let records = graph.records.iter().filter(|(id, _)| id.has_shipment());
        for (id, loaded) in records {
            let own = sets.add();
            set_of.push((id, own));
            for held in self.held(loaded) {
                let set = *set_at.entry(held).or_insert_with(|| sets.add());
                sets.join(own, set);
            }
        }
        let mut group_of_set: HashMap<usize, usize> = HashMap::new();
        for (id, set) in set_of {
            let root = sets.root(set);
            let next = self.groups.len();
            let group = *group_of_set.entry(root).or_insert(next);
            if group == next {
                self.groups.push(Group::default());
            }
            self.of.insert(id, group);
            let into = &mut self.groups[group];
            into.members.push(id);
            if id.is(Entity::Shipment) {
                into.owners.push(id);
            }
        }
        for (held, set) in set_at {
            let Some(&group) = group_of_set.get(&sets.root(set)) else {
                continue;
            };
            let into = &mut self.groups[group];
            into.numbers.insert(held.0);
            into.is_too_large |= graph.cut.contains(held.0);
            self.at.insert(held, group);
        }
    }
}

/// The numbers that tie a record to others: sure ones that not everybody has.
fn ties<'g>(graph: &'g Graph, loaded: &'g Loaded) -> impl Iterator<Item = (&'g Node, &'g Edge)> {
    let edges = loaded.edges.iter();
    edges.filter(|(node, edge)| edge.ties() && !graph.common.contains(*node))
}

/// Disjoint sets.
#[derive(Default)]
struct Sets(Vec<usize>);

impl Sets {
    fn add(&mut self) -> usize {
        self.0.push(self.0.len());
        self.0.len() - 1
    }

    fn root(&mut self, mut set: usize) -> usize {
        while self.0[set] != set {
            self.0[set] = self.0[self.0[set]];
            set = self.0[set];
        }
        set
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
    }
}
