//! What records are about that no number ties to a shipment.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    resolve::About,
    web::{Group, Id, Web},
};

/// Numbers that hint at a shipment, the most telling first.
const HINTS: [&str; 6] = [
    "container",
    "sscc",
    "booking",
    "transport_doc",
    "order_no",
    "customer_po",
];

/// What a group without a shipment may be about.
pub(crate) enum Hint {
    One(String, &'static str),
    Several,
    None,
}

pub(crate) fn hint(
    web: &Web<'_>,
    groups: &[Group<'_>],
    group: &Group<'_>,
    sure: &BTreeMap<Id, About>,
) -> Hint {
    let mut several = false;
    let mut judge = |hits: BTreeSet<String>, rule: &'static str| match hits.len() {
        1 => hits.into_iter().next().map(|only| Hint::One(only, rule)),
        hits => {
            several |= hits > 0;
            None
        }
    };
    for wanted in ["shipment_no", "bol"] {
        let hits = group
            .members
            .iter()
            .flat_map(|id| candidates(web, groups, id, wanted))
            .collect();
        if let Some(hint) = judge(hits, "candidate") {
            return hint;
        }
    }
    for wanted in HINTS {
        let hits = group
            .members
            .iter()
            .flat_map(|id| hinted(web, id, wanted, sure))
            .collect();
        if let Some(hint) = judge(hits, wanted) {
            return hint;
        }
    }
    if several { Hint::Several } else { Hint::None }
}

/// The shipments of those who have a number for sure that a record may mean.
fn candidates(web: &Web<'_>, groups: &[Group<'_>], id: &Id, wanted: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (number, has) in &web.carriers[id].numbers {
        if number.0 != wanted || !has.is_candidate || web.is_common(number) {
            continue;
        }
        let held = (number.clone(), web.era(id, number));
        let sure = |group: &&Group<'_>| {
            group
                .members
                .iter()
                .any(|member| web.ties(member).contains(&held))
        };
        for group in groups
            .iter()
            .filter(|group| group.numbers.contains(number))
            .filter(sure)
        {
            let owners = group.owners.iter();
            let owners = owners.filter(|owner| {
                group.owners.len() == 1 || web.carriers[**owner].numbers.contains_key(number)
            });
            found.extend(owners.map(|owner| owner.1.clone()));
        }
    }
    found
}

/// The shipments of those who have the same number, near in time, and are sure of their shipment.
fn hinted(web: &Web<'_>, id: &Id, wanted: &str, sure: &BTreeMap<Id, About>) -> Vec<String> {
    let mut found = Vec::new();
    for number in web.carriers[id]
        .numbers
        .keys()
        .filter(|number| number.0 == wanted && !web.is_common(number))
    {
        let others = web.with[number]
            .iter()
            .filter(|other| **other != id && web.are_near(id, other));
        let others = others.filter(|other| web.era(other, number) == web.era(id, number));
        let about = others
            .filter_map(|other| sure.get(*other))
            .filter(|about| about.is_sure);
        found.extend(about.filter_map(|about| about.shipment_no.clone()));
    }
    found
}
