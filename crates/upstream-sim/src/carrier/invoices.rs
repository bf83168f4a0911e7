//! Freight invoices: 210, with what the report makes of them.

use serde_json::json;

use crate::carrier::edi::{Segment, Set, segment};
use crate::carrier::partner::{Partner, instant};
use crate::carrier::sets::{Fact, Told};
use crate::rolls::Rolls;
use crate::trip::Trip;

/// What an invoice is to the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Billing {
    Original,
    /// Replaces the original one.
    Rebill,
    BalanceDue,
    Adjustment,
}

impl Billing {
    const fn code(self) -> &'static str {
        match self {
            Self::Original => "",
            Self::Rebill => "RB",
            Self::BalanceDue => "BD",
            Self::Adjustment => "AD",
        }
    }

    const fn kind(self) -> &'static str {
        match self {
            Self::Original | Self::Rebill => "original",
            Self::BalanceDue => "balance_due",
            Self::Adjustment => "adjustment",
        }
    }
}

/// One charge.
#[derive(Debug)]
struct Charge {
    code: &'static str,
    text: &'static str,
    cents: i64,
    qualifier: Option<&'static str>,
}

const TEXTS: [(&str, &str); 5] = [
    ("400", "LINE HAUL"),
    ("FUE", "FUEL SURCHARGE 15.00%"),
    ("DTU", "DETENTION UNLOADING"),
    ("DSC", "DISCOUNT"),
    ("RCC", "RECONSIGNMENT"),
];

/// An invoice for a load that was delivered; `number` is the carrier's own.
pub(super) fn invoice(
    rolls: &mut Rolls,
    partner: &Partner,
    trip: &Trip,
    number: u64,
    billing: Billing,
) -> Told {
    let charges = charges(rolls, trip, billing);
    let sum: i64 = charges.iter().map(|charge| charge.cents).sum();
    let off = if rolls.chance(0.05) {
        rolls.between(1, 4_000)
    } else {
        0
    };
    let net = sum + off;
    let weight = rolls.between(200, 40_000);
    let pounds = rolls.chance(0.5);
    let pieces = rolls.between(1, 400);
    let named_currency = trip.currency.filter(|_| rolls.chance(0.8));
    let ends: Vec<i64> = trip
        .stops
        .iter()
        .filter_map(|stop| stop.actual?.end)
        .collect();
    let day = |at: i64| partner.shows(instant(at)).date();
    let delivered = ends.last().map(|&at| day(at));
    let picked_up = ends.first().map(|&at| day(at));
    let invoiced = delivered.unwrap_or_else(|| day(trip.created.ticks / 10_000_000));
    let date = |date: jiff::civil::Date| date.strftime("%Y%m%d").to_string();
    let scac = partner.scac;
    let invoice_no = format!("INV{number}");
    let shipment = trip.shipment_no();
    let mut segments = vec![segment(&format!(
        "B3**{invoice_no}*{shipment}*PP**{}*{net}*{}*{}*{}*{scac}*{}",
        date(invoiced),
        billing.code(),
        delivered.map(date).unwrap_or_default(),
        if delivered.is_some() { "035" } else { "" },
        picked_up.map(date).unwrap_or_default(),
    ))];
    segments.extend(named_currency.map(|currency| segment(&format!("C3*{currency}"))));
    references(&mut segments, trip);
    for (at, charge) in (1..).zip(&charges) {
        segments.push(segment(&format!("LX*{at}")));
        segments.push(segment(&format!("L5*{at}*{}", charge.text)));
        segments.push(segment(&format!(
            "L1*{at}*{}*{}*{}****{}",
            if charge.qualifier.is_some() {
                decimal(charge.cents, true)
            } else {
                String::new()
            },
            charge.qualifier.unwrap_or_default(),
            charge.cents,
            charge.code
        )));
    }
    let unit = if pounds { "L" } else { "K" };
    segments.push(segment(&format!(
        "L3*{weight}*G***{net}******{pieces}*{unit}"
    )));
    let kind = billing.kind();
    let key = format!("{scac}|{invoice_no}|{kind}");
    let row = json!({
        "scac": scac,
        "invoice_no": invoice_no,
        "kind": kind,
        "shipment_no": shipment,
        "pro": trip.refs.pro,
        "bol": trip.refs.bol,
        "invoice_date": invoiced,
        "delivery_date": delivered,
        "currency": named_currency.unwrap_or(partner.currency),
        "net_minor": net,
        "weight_kg": if pounds { kilograms(weight) } else { weight.to_string() },
        "pieces": pieces,
        "sum_ok": off == 0,
        "sum_difference_minor": off,
        "line_numbers": (1..=charges.len()).collect::<Vec<_>>(),
    });
    let lines = (1..)
        .zip(&charges)
        .map(|(at, charge): (i64, _)| {
            json!({
                "scac": scac,
                "invoice_no": invoice_no,
                "kind": kind,
                "line_no": at,
                "code": charge.code,
                "description": charge.text,
                "rate": charge.qualifier.map(|_| decimal(charge.cents, false)),
                "rate_qualifier": charge.qualifier,
                "amount_minor": charge.cents,
            })
        })
        .collect();
    Told {
        set: Set::new("210", segments),
        facts: vec![Fact::Invoice(key, row, lines)],
    }
}

fn charges(rolls: &mut Rolls, trip: &Trip, billing: Billing) -> Vec<Charge> {
    let haul = trip.cost.as_ref().map_or(50_000, |(_, minor)| *minor) * 100 / 115;
    let more = rolls.between(500, 20_000);
    let (detained, reduced, flat) = (rolls.chance(0.3), rolls.chance(0.1), rolls.chance(0.8));
    let charge = |which: usize, cents: i64| Charge {
        code: TEXTS[which].0,
        text: TEXTS[which].1,
        cents,
        qualifier: flat.then_some("FR"),
    };
    match billing {
        Billing::BalanceDue => vec![charge(2, more)],
        Billing::Adjustment => vec![charge(3, -more)],
        Billing::Rebill => vec![charge(0, haul - more / 10)],
        Billing::Original => {
            let mut charges = vec![charge(0, haul), charge(1, haul * 15 / 100)];
            charges.extend(detained.then(|| charge(2, more)));
            charges.extend(reduced.then(|| charge(3, -more / 5)));
            charges
        }
    }
}

fn references(segments: &mut Vec<Segment>, trip: &Trip) {
    let refs = &trip.refs;
    for (qualifier, number) in [
        ("BM", &refs.bol),
        ("PO", &refs.purchase_order),
        ("CN", &refs.pro),
    ] {
        segments.extend(
            number
                .as_ref()
                .map(|number| segment(&format!("N9*{qualifier}*{number}"))),
        );
    }
    segments.push(segment("N1*BT*LOGIHUB FREIGHT AP*93*LH01"));
    if let Some((owner, number)) = refs
        .container
        .as_deref()
        .and_then(|number| number.split_at_checked(4))
    {
        segments.push(segment(&format!("N7*{owner}*{number}*********CN")));
    }
}

/// Cents as a decimal, with two places or without zeros at the end.
fn decimal(cents: i64, padded: bool) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let text = format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100);
    if padded {
        text
    } else {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

/// Pounds as kilograms to the gram, without zeros at the end.
fn kilograms(pounds: i64) -> String {
    let hundredths_of_milligrams = pounds * 45_359_237;
    let grams = (hundredths_of_milligrams + 50_000) / 100_000;
    format!("{}.{:03}", grams / 1000, grams % 1000)
        .trim_end_matches('0')
        .trim_end_matches('.')
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pounds_are_kilograms_to_the_gram() {
        assert_eq!(kilograms(18_250), "8278.061");
        assert_eq!(kilograms(100_000), "45359.237");
        assert_eq!(kilograms(0), "0");
    }

    #[test]
    fn amounts_have_the_places_that_are_asked_for() {
        assert_eq!(
            (
                decimal(61_250, true).as_str(),
                decimal(61_250, false).as_str()
            ),
            ("612.50", "612.5")
        );
        assert_eq!(decimal(-4_500, false), "-45");
    }
}
