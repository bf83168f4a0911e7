//! What happened to each shipment, and whose word counts.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::{
    Row,
    cell::{copied, number, row, text},
    extract::Extract,
    resolve::Shipments,
};

const AT_PICKUP: [&str; 4] = [
    "pickup_appointment",
    "pickup_arrived",
    "loading_done",
    "pickup_departed",
];
const AT_DELIVERY: [&str; 4] = [
    "delivery_arrived",
    "delivered",
    "received_in_wms",
    "delivery_departed",
];
const AT_TERMINAL: [&str; 8] = [
    "terminal_arrived",
    "terminal_departed",
    "container_discharged",
    "gate_in",
    "gate_out",
    "customs_hold",
    "customs_inspect",
    "customs_released",
];
/// Of two who tell that something ended, the later one saw the end.
const ENDS: [&str; 5] = [
    "loading_done",
    "pickup_departed",
    "terminal_departed",
    "delivered",
    "delivery_departed",
];

/// All that is told of shipments, with the stop where it is about one.
pub(crate) fn resolved(extract: &Extract, shipments: &Shipments) -> Vec<Row> {
    let mut told = Vec::new();
    for milestone in extract.live("milestone") {
        let Some(about) = shipments.of("milestone", &milestone.key) else {
            continue;
        };
        let Some(shipment) = &about.shipment_no else {
            continue;
        };
        let own = &milestone.row;
        let code = text(own, "code").unwrap_or_default();
        let columns = [
            "container_no",
            "code",
            "classifier",
            "event_time",
            "time_precision",
            "place_code",
            "reason_code",
            "source_code",
            "milestone_id",
            "correlation_id",
        ];
        let mut resolved = row(json!({
            "shipment_no": shipment,
            "order_no": text(own, "order_no").or(about.order_no.as_deref()),
            "stop_id": text(own, "stop_id").map(str::to_owned).or_else(|| stop(extract, shipment, own)),
            "source": milestone.source,
            "source_rank": rank(code, &milestone.source),
            "match_rule": about.rule,
            "match_confidence": about.confidence,
            "stub": about.is_stub,
            "version": milestone.version,
            "source_modified_at": milestone.modified_at,
        }));
        resolved.extend(copied(own, &columns));
        told.push(resolved);
    }
    told.extend(created(extract, shipments));
    told
}

/// An order tells of its making only the day.
fn created(extract: &Extract, shipments: &Shipments) -> Vec<Row> {
    let mut told = Vec::new();
    for order in extract.live("order") {
        let day: Option<jiff::civil::Date> =
            text(&order.row, "order_date").and_then(|day| day.parse().ok());
        let Some(day) = day.and_then(|day| day.to_zoned(jiff::tz::TimeZone::UTC).ok()) else {
            continue;
        };
        for placed in shipments.of_order.get(&order.key).into_iter().flatten() {
            told.push(row(json!({
                "milestone_id": format!("orders|{}|{}", order.key, placed.shipment_no),
                "shipment_no": placed.shipment_no,
                "order_no": text(&order.row, "order_no"),
                "code": "order_created",
                "classifier": "ACT",
                "event_time": day.timestamp().as_millisecond(),
                "time_precision": "day",
                "source_code": "orders:orderDate",
                "source": order.source,
                "source_rank": 1,
                "match_rule": placed.rule,
                "match_confidence": percent(placed.confidence),
                "stub": placed.rule == "order_no_stub",
                "version": order.version,
                "correlation_id": order.row["correlation_id"],
                "source_modified_at": order.modified_at,
            })));
        }
    }
    told
}

/// Hundredths as a decimal.
pub(crate) fn percent(hundredths: u32) -> String {
    crate::cell::written(rust_decimal::Decimal::new(hundredths.into(), 2))
}

/// The only stop of the kind, else the only one of the kind at the place.
fn stop(extract: &Extract, shipment: &str, told: &Row) -> Option<String> {
    let code = text(told, "code")?;
    let kind = match code {
        _ if AT_PICKUP.contains(&code) => "pickup",
        _ if AT_DELIVERY.contains(&code) => "delivery",
        _ => return None,
    };
    let of_kind: Vec<&Row> = extract
        .stops(shipment)
        .filter(|stop| stop["kind"] == kind)
        .collect();
    let at_place: Vec<&Row> = of_kind
        .iter()
        .copied()
        .filter(|stop| {
            text(stop, "place_code").is_some()
                && text(stop, "place_code") == text(told, "place_code")
        })
        .collect();
    match (&of_kind[..], &at_place[..]) {
        ([only], _) | (_, [only]) => text(only, "stop_id").map(str::to_owned),
        _ => None,
    }
}

/// Whose word counts first.
fn rank(code: &str, source: &str) -> i64 {
    let first: &[&str] = match code {
        "received_in_wms" => &["warehouse", "visibility"],
        _ if AT_TERMINAL.contains(&code) => &["visibility", "transport", "carrier"],
        _ => &["transport", "carrier", "visibility"],
    };
    let place = first
        .iter()
        .position(|first| *first == source)
        .unwrap_or(first.len());
    i64::try_from(place).unwrap_or_default() + 1
}

/// For each milestone of each shipment and stop, the statement that counts.
pub(crate) fn chosen(told: &[Row]) -> Vec<Row> {
    let mut same: BTreeMap<_, Vec<&Row>> = BTreeMap::new();
    for row in told {
        same.entry((
            text(row, "shipment_no"),
            text(row, "code"),
            text(row, "stop_id"),
        ))
        .or_default()
        .push(row);
    }
    let chosen = |statements: &Vec<&Row>| {
        let first = statements.iter().min_by_key(|row| precedence(row))?;
        let as_sure = statements
            .iter()
            .filter(|row| text(row, "classifier") == text(first, "classifier"));
        let sources: BTreeSet<&str> = as_sure.filter_map(|row| text(row, "source")).collect();
        let columns = [
            "shipment_no",
            "code",
            "stop_id",
            "event_time",
            "classifier",
            "time_precision",
            "milestone_id",
            "place_code",
            "reason_code",
            "order_no",
            "container_no",
            "correlation_id",
        ];
        let mut chosen: Row = copied(first, &columns).collect();
        chosen.insert("chosen_source".to_owned(), first["source"].clone());
        chosen.insert(
            "sources".to_owned(),
            json!(sources.into_iter().collect::<Vec<_>>().join("+")),
        );
        Some(chosen)
    };
    same.values().filter_map(chosen).collect()
}

/// What happened counts before what is expected; of several who tell it, the one who knows best.
fn precedence(row: &Row) -> (u8, i64, i64, i64, &str) {
    let at = number(row, "event_time").unwrap_or_default();
    let ends = text(row, "code").is_some_and(|code| ENDS.contains(&code));
    let (certain, newest) = match text(row, "classifier") {
        Some("ACT") => (1, 0),
        Some("EST") => (2, -number(row, "source_modified_at").unwrap_or_default()),
        _ => (3, -number(row, "source_modified_at").unwrap_or_default()),
    };
    let rank = number(row, "source_rank").unwrap_or_default();
    (
        certain,
        rank,
        newest,
        if ends { -at } else { at },
        text(row, "milestone_id").unwrap_or_default(),
    )
}
