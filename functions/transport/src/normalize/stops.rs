//! All stops of a trip: those that can be read, those that cannot, and what follows from both.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use ingest::Rejection;
use record::{EpochMillis, Lifecycle, StopKind, Text};

use ingest::Problem;

use super::{
    head::Head,
    stop::{Entry, Merged, Read, kind_of, read_entry},
    value::trimmed,
};
use crate::wire::{Action, ActionHead, Association, Consignment, Location, NestedAction, Scalar};

/// The stops of a trip, as far as they can be read.
#[derive(Debug)]
pub(super) struct Stops<'a> {
    shipment_no: Cow<'a, str>,
    /// In the order of the message; the same stop once for each lifecycle.
    entries: Vec<Entry<'a>>,
    /// Position and id of every stop whose id can be read, entries or not.
    listed: Vec<(i64, Cow<'a, str>)>,
    /// What is done at stops that are otherwise unreadable.
    kinds: HashMap<Cow<'a, str>, StopKind>,
    /// In the order of the message.
    pub(super) consignments: Vec<Consignment<'a>>,
    pub(super) rejections: Vec<Rejection<'a>>,
}

impl<'a> Stops<'a> {
    /// Takes the actions of a trip, each with its text, for its rejection.
    pub(super) fn read(
        head: &Head<'a>,
        actions: impl ExactSizeIterator<Item = (&'a str, Result<Association<'a, Action<'a>>, Problem>)>,
    ) -> Self {
        let mut stops = Self {
            shipment_no: head.shipment_no.clone(),
            entries: Vec::with_capacity(actions.len()),
            listed: Vec::with_capacity(actions.len()),
            kinds: HashMap::new(),
            consignments: Vec::new(),
            rejections: Vec::new(),
        };
        for (index, (unit, action)) in actions.enumerate() {
            match action.and_then(|action| read_entry(action, index, unit, head)) {
                Ok(Read::Stop(entry, consignments)) => {
                    stops.listed.push((entry.position(), entry.stop_id.clone()));
                    stops.consignments.extend(consignments);
                    stops.entries.push(entry);
                }
                Ok(Read::Reference(id)) => stops.listed.push((i64::MAX, id)),
                Ok(Read::NoStop) => {}
                Err(problem) => stops.reject(head, unit, problem),
            }
        }
        stops
    }

    /// Keeps of an unreadable stop what the rest of the trip needs: that it exists, and what it carries.
    fn reject(&mut self, head: &Head<'a>, unit: &'a str, problem: Problem) {
        let salvaged: Association<'a, ActionHead<'a>> =
            serde_json::from_str(unit).unwrap_or(Association {
                entity: None,
                uuid: None,
            });
        let entity = salvaged.entity.unwrap_or_default();
        let id = entity.id.and_then(Scalar::text).map(trimmed);
        let key = id.as_deref().and_then(|id| head.stop_key(id).ok());
        let problem = match &key {
            Some(key) => problem.about(key.as_str()),
            None => problem,
        };
        self.rejections.push(problem.of_unit(unit.as_bytes()));
        let nested: Vec<Association<'a, NestedAction<'a>>> = entity
            .actions
            .and_then(|actions| serde_json::from_str(actions.0.get()).ok())
            .unwrap_or_default();
        if let (Some(id), Some(_)) = (id, key) {
            let position = entity.sequence_nr.and_then(Scalar::text);
            let position = position
                .and_then(|text| text.parse().ok())
                .unwrap_or(i64::MAX);
            if let Some(kind) = kind_of(&nested) {
                self.kinds.insert(id.clone(), kind);
            }
            self.listed.push((position, id));
        }
        self.consignments.extend(consignments(nested));
    }

    /// The ids of all stops in the order of the trip, each once.
    pub(super) fn ids(&self) -> Vec<Text<'a>> {
        let mut listed: Vec<_> = self.listed.iter().collect();
        listed.sort_by_key(|(position, _)| *position);
        let mut seen = HashSet::with_capacity(listed.len());
        listed.retain(|(_, id)| seen.insert(id));
        listed
            .into_iter()
            .map(|(_, id)| Text::from(id.clone()))
            .collect()
    }

    /// When the first stop is planned to begin and the last one to end; by planned stops if there are any, else by all.
    pub(super) fn planned_span(&self) -> (Option<EpochMillis>, Option<EpochMillis>) {
        let planned = |entry: &&Entry<'a>| entry.lifecycle <= Lifecycle::Planned;
        let any = self.entries.iter().any(|entry| planned(&entry));
        let entries = || self.entries.iter().filter(|entry| !any || planned(entry));
        let first = entries().min_by_key(|entry| entry.position());
        let last = entries().max_by_key(|entry| entry.position());
        let time = |entry: &Entry<'a>, planned: Option<EpochMillis>, window| match entry.lifecycle {
            Lifecycle::Requested | Lifecycle::Planned => planned.or(window),
            _ => window,
        };
        (
            first.and_then(|entry| time(entry, entry.start, entry.window_start)),
            last.and_then(|entry| time(entry, entry.end, entry.window_end)),
        )
    }

    /// One stop for each id, merged over its lifecycles, in the order of their ids.
    pub(super) fn merged(&self) -> Vec<Merged<'a>> {
        let locations = self.locations();
        let mut entries: Vec<&Entry<'a>> = self.entries.iter().collect();
        // Stable: of two entries of one lifecycle, the later one in the message counts.
        entries.sort_by(|a, b| (&a.stop_id, a.lifecycle).cmp(&(&b.stop_id, b.lifecycle)));
        entries
            .chunk_by(|a, b| a.stop_id == b.stop_id)
            .map(|group| {
                let kind = self.kinds.get(&group[0].stop_id).copied();
                Merged::of(group, &self.shipment_no, kind, &locations)
            })
            .collect()
    }

    /// The places that are given in full somewhere in the message, by id.
    fn locations(&self) -> HashMap<&str, &Location<'a>> {
        let referred = |entry: &Entry<'_>| {
            let location = entry.location.as_ref();
            location.is_some_and(|location| location.entity.is_none())
        };
        if !self.entries.iter().any(referred) {
            return HashMap::new();
        }
        let given = self
            .entries
            .iter()
            .filter_map(|entry| entry.location.as_ref()?.entity.as_ref());
        given
            .filter_map(|location| Some((&**location.id.as_ref()?, location)))
            .collect()
    }
}

/// The consignments that are given in full. One that is given by reference was given in full at another stop.
pub(super) fn consignments<'a>(
    nested: Vec<Association<'a, NestedAction<'a>>>,
) -> impl Iterator<Item = Consignment<'a>> {
    nested
        .into_iter()
        .filter_map(|action| action.entity?.consignment?.entity)
}
