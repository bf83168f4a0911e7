//! Everything that has numbers, and what hangs together by them.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    cell::{number, text},
    extract::{Extract, Known},
    numbers::{Has, Number, numbers},
};

/// Hints hold within this time.
const HINT_MS: i64 = 30 * 24 * 60 * 60 * 1000;
/// A number that more records have says nothing.
const COMMON: usize = 1000;

/// Entity and key of a record.
pub(crate) type Id = (String, String);

#[derive(Debug, Default)]
pub(crate) struct Carrier {
    pub(crate) numbers: BTreeMap<Number, Has>,
    pub(crate) said_at: i64,
    pub(crate) span: Option<(i64, i64)>,
}

fn carrier(known: &Known) -> Carrier {
    let day = |column| {
        let day: jiff::civil::Date = text(&known.row, column)?.parse().ok()?;
        Some(
            day.to_zoned(jiff::tz::TimeZone::UTC)
                .ok()?
                .timestamp()
                .as_millisecond(),
        )
    };
    let at = |column| number(&known.row, column);
    let (from, until) = match known.entity.as_str() {
        "shipment" => (at("planned_start"), at("planned_end")),
        "order" => (day("order_date"), day("requested_delivery_date")),
        "freight_invoice" => (day("delivery_date").or_else(|| day("invoice_date")), None),
        "milestone" => (at("event_time"), None),
        "inventory_movement" => (at("movement_time"), None),
        "container" | "handling_unit" => (at("last_event_time"), None),
        _ => (None, None),
    };
    let is_event = [
        "milestone",
        "inventory_movement",
        "container",
        "handling_unit",
    ]
    .contains(&known.entity.as_str());
    Carrier {
        numbers: numbers(known),
        said_at: from.filter(|_| is_event).unwrap_or(known.modified_at),
        span: from.or(until).zip(until.or(from)),
    }
}

/// Everything that has numbers, and who has each of them.
pub(crate) struct Web<'e> {
    pub(crate) carriers: BTreeMap<&'e Id, Carrier>,
    pub(crate) with: BTreeMap<Number, Vec<&'e Id>>,
    /// When a number was given to something else.
    pub(crate) cuts: BTreeMap<Number, BTreeSet<i64>>,
}

impl<'e> Web<'e> {
    pub(crate) fn of(extract: &'e Extract) -> Self {
        let mut web = Web {
            carriers: BTreeMap::new(),
            with: BTreeMap::new(),
            cuts: BTreeMap::new(),
        };
        for (id, known) in &extract.known {
            let carrier = carrier(known);
            if carrier.numbers.is_empty() {
                continue;
            }
            for (number, has) in &carrier.numbers {
                web.with.entry(number.clone()).or_default().push(id);
                if has.is_replaced {
                    web.cuts
                        .entry(number.clone())
                        .or_default()
                        .insert(carrier.said_at);
                }
            }
            web.carriers.insert(id, carrier);
        }
        web
    }

    pub(crate) fn is_common(&self, number: &Number) -> bool {
        self.with[number].len() > COMMON
    }

    /// How often a number had been given away when a record spoke of it.
    pub(crate) fn era(&self, id: &Id, number: &Number) -> usize {
        let carrier = &self.carriers[id];
        let Some(cuts) = self.cuts.get(number) else {
            return 0;
        };
        let is_replaced = carrier.numbers[number].is_replaced;
        cuts.iter()
            .filter(|cut| {
                if is_replaced {
                    **cut < carrier.said_at
                } else {
                    **cut <= carrier.said_at
                }
            })
            .count()
    }

    pub(crate) fn ties(&self, id: &Id) -> Vec<(Number, usize)> {
        let ties = self.carriers[id]
            .numbers
            .iter()
            .filter(|(number, has)| has.ties && !self.is_common(number));
        ties.map(|(number, _)| (number.clone(), self.era(id, number)))
            .collect()
    }

    pub(crate) fn are_near(&self, a: &Id, b: &Id) -> bool {
        match (self.carriers[a].span, self.carriers[b].span) {
            (Some(a), Some(b)) => a.0 - b.1 <= HINT_MS && b.0 - a.1 <= HINT_MS,
            _ => true,
        }
    }
}

/// Records that are tied together.
#[derive(Default)]
pub(crate) struct Group<'e> {
    pub(crate) members: Vec<&'e Id>,
    pub(crate) owners: Vec<&'e Id>,
    pub(crate) numbers: BTreeSet<Number>,
}

pub(crate) fn groups<'e>(web: &Web<'e>) -> Vec<Group<'e>> {
    let tied = |id: &Id| id.0 != "order" && id.0 != "vehicle";
    let mut with: BTreeMap<(Number, usize), Vec<&Id>> = BTreeMap::new();
    for id in web.carriers.keys().filter(|id| tied(id)) {
        for held in web.ties(id) {
            with.entry(held).or_default().push(id);
        }
    }
    let mut seen = BTreeSet::new();
    let mut groups = Vec::new();
    for first in web.carriers.keys().filter(|id| tied(id)) {
        let mut group = Group::default();
        let mut next = vec![*first];
        while let Some(id) = next.pop() {
            if !seen.insert(id) {
                continue;
            }
            group.members.push(id);
            if id.0 == "shipment" {
                group.owners.push(id);
            }
            for held in web.ties(id) {
                next.extend(&with[&held]);
                group.numbers.insert(held.0);
            }
        }
        if !group.members.is_empty() {
            group.owners.sort();
            groups.push(group);
        }
    }
    groups
}
