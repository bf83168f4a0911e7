//! The numbers that a record has: what records are matched by.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{cell::text, extract::Known};

/// Numbers that tie all who have them, and how sure the match is, the surest first.
pub(crate) const TIES: [&str; 5] = ["shipment_no", "bol", "pro", "booking_container", "trip"];

/// Kind, issuer, value as compared.
pub(crate) type Number = (String, String, String);

/// How a record has a number.
#[derive(Debug, Clone, Default)]
pub(crate) struct Has {
    pub(crate) written: String,
    pub(crate) ties: bool,
    pub(crate) is_candidate: bool,
    pub(crate) is_replaced: bool,
}

/// A number as it is compared.
pub(crate) fn compared(kind: &str, written: &str) -> Option<String> {
    let grouped = ["bol", "pro", "booking", "container", "sscc", "vehicle"].contains(&kind);
    let kept = |c: &char| !c.is_control() && !(grouped && (c.is_whitespace() || *c == '-'));
    let text: String = written.chars().filter(kept).collect();
    let mut text = text.trim().to_uppercase();
    let is_container = text.len() == 11
        && text.bytes().take(4).all(|byte| byte.is_ascii_uppercase())
        && text.bytes().skip(4).all(|byte| byte.is_ascii_digit());
    match kind {
        "container" if is_container => text.truncate(10),
        "sscc" if text.len() == 20 && text.starts_with("00") => text = text[2..].to_owned(),
        "pro" if text.starts_with('0') => {
            let number = text.trim_start_matches('0');
            text = if number.is_empty() {
                "0".to_owned()
            } else {
                number.to_owned()
            };
        }
        _ => {}
    }
    (!text.is_empty() && text.len() <= 100).then_some(text)
}

/// The numbers of a record, from its references and its own columns.
pub(crate) fn numbers(known: &Known) -> BTreeMap<Number, Has> {
    let mut numbers = BTreeMap::new();
    if known.is_tombstone {
        return numbers;
    }
    for stated in &known.references {
        add(
            &mut numbers,
            &stated.kind,
            stated.issuer.as_deref(),
            &stated.value,
            stated.is_replaced,
        );
    }
    let own: &[(&str, &str)] = match known.entity.as_str() {
        "shipment" => &[
            ("shipment_no", "shipment_no"),
            ("bol", "bol"),
            ("booking", "booking_no"),
            ("container", "container_no"),
            ("customer_po", "customer_po"),
            ("pro", "pro"),
            ("trip", "source_id"),
        ],
        "order" => &[("order_no", "order_no"), ("customer_po", "customer_po")],
        "milestone" => &[
            ("shipment_no", "shipment_no"),
            ("order_no", "order_no"),
            ("container", "container_no"),
        ],
        "freight_invoice" => &[
            ("shipment_no", "shipment_no"),
            ("bol", "bol"),
            ("pro", "pro"),
        ],
        "container" => &[
            ("container", "container_no"),
            ("shipment_no", "shipment_no"),
            ("booking", "booking_no"),
        ],
        "handling_unit" => &[
            ("sscc", "sscc"),
            ("shipment_no", "shipment_no"),
            ("order_no", "order_no"),
        ],
        "inventory_movement" => &[
            ("shipment_no", "load_ref"),
            ("order_no", "order_no"),
            ("sscc", "sscc"),
        ],
        "vehicle" => &[
            ("vehicle", "vehicle_id"),
            ("vehicle", "vin"),
            ("vehicle", "plate"),
        ],
        _ => &[],
    };
    let issuer = text(&known.row, "carrier_scac").or_else(|| text(&known.row, "scac"));
    for (kind, column) in own {
        if let Some(value) = text(&known.row, column) {
            add(&mut numbers, kind, issuer, value, false);
        }
    }
    let orders = known.row.get("order_nos").and_then(Value::as_array);
    for order in orders.into_iter().flatten().filter_map(Value::as_str) {
        add(&mut numbers, "order_no", None, order, false);
    }
    if known.entity != "shipment" && known.entity != "order" {
        doubt_what_may_be_either(&mut numbers);
    }
    pair(&mut numbers);
    numbers
}

fn add(
    numbers: &mut BTreeMap<Number, Has>,
    kind: &str,
    issuer: Option<&str>,
    written: &str,
    is_replaced: bool,
) {
    // An event that stands in for another one is no number of a thing.
    let Some(value) = compared(kind, written).filter(|_| kind != "event") else {
        return;
    };
    let issuer = issuer
        .filter(|_| kind == "pro")
        .and_then(|issuer| compared("order_no", issuer));
    let has = Has {
        written: written
            .chars()
            .filter(|c| !c.is_control())
            .take(100)
            .collect(),
        ties: TIES.contains(&kind) && (kind != "pro" || issuer.is_some()),
        is_candidate: false,
        is_replaced: false,
    };
    let has = numbers
        .entry((kind.to_owned(), issuer.unwrap_or_default(), value))
        .or_insert(has);
    has.is_replaced |= is_replaced;
}

/// One number told as two kinds is one of them, and nobody knows which.
fn doubt_what_may_be_either(numbers: &mut BTreeMap<Number, Has>) {
    let may_be = |(kind, ..): &Number| ["shipment_no", "bol", "order_no"].contains(&kind.as_str());
    let told: Vec<Option<String>> = numbers
        .iter()
        .filter(|(number, has)| may_be(number) && !has.is_replaced)
        .map(|(_, has)| compared("bol", &has.written))
        .collect();
    for (_, has) in numbers
        .iter_mut()
        .filter(|(number, has)| may_be(number) && !has.is_replaced)
    {
        let same = compared("bol", &has.written);
        has.is_candidate = told.iter().filter(|told| **told == same).count() > 1;
        has.ties &= !has.is_candidate;
    }
}

/// A booking has several containers, a container several bookings; the two together are one trip.
fn pair(numbers: &mut BTreeMap<Number, Has>) {
    let of = |wanted: &str| -> Vec<(String, bool)> {
        let of_kind = numbers.iter().filter(|((kind, ..), _)| kind == wanted);
        of_kind
            .map(|((.., value), has)| (value.clone(), has.is_replaced))
            .collect()
    };
    let (bookings, containers) = (of("booking"), of("container"));
    if bookings.len() * containers.len() > 16 {
        return;
    }
    for (booking, gone) in &bookings {
        for (container, also_gone) in &containers {
            let value = format!("{booking}|{container}");
            let has = Has {
                written: value.clone(),
                ties: true,
                is_candidate: false,
                is_replaced: *gone || *also_gone,
            };
            numbers.insert(("booking_container".to_owned(), String::new(), value), has);
        }
    }
}
