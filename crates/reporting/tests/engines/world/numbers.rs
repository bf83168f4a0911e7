//! Records of all sources about a few shipments, with the numbers that they have in common.

use record::{
    Body, Classifier, Container, EpochMillis, FreightInvoice, HandlingUnit, InventoryMovement,
    Milestone, MilestoneCode, Order, Record, Reference, ReferenceKind, Shipment, Source,
    SourceVersion, Text, TimeBasis, TimePrecision,
};
use reporting::Change;

use super::{EPOCH_MS, change, provenance};

pub(crate) const DAY_MS: i64 = 24 * 60 * 60 * 1000;

pub(crate) fn at(days: i64) -> EpochMillis {
    EpochMillis(EPOCH_MS + days * DAY_MS)
}

/// A number, written as `kind:value` or `pro:SCAC:value`.
pub(crate) fn number(text: &'static str) -> Reference<'static> {
    let (kind, value) = text.split_once(':').unwrap();
    let kind: ReferenceKind = kind.parse().unwrap();
    let issued = (kind == ReferenceKind::Pro).then(|| value.split_once(':'));
    let (issuer, value) = match issued.flatten() {
        Some((issuer, value)) => (Some(Text::from(issuer)), value),
        None => (None, value),
    };
    Reference {
        kind,
        issuer,
        value: Text::from(value),
    }
}

fn numbers(texts: &[&'static str]) -> Vec<Reference<'static>> {
    texts.iter().map(|text| number(text)).collect()
}

pub(crate) fn said(
    source: Source,
    body: Body<'static>,
    version: u64,
    held: &[&'static str],
) -> Change<'static> {
    said_with(source, body, version, held, &[])
}

fn said_with(
    source: Source,
    body: Body<'static>,
    version: u64,
    held: &[&'static str],
    replaced: &[&'static str],
) -> Change<'static> {
    let version_of = SourceVersion::new(version, 0);
    let record = Record::upsert(source, body, version_of, provenance(version)).unwrap();
    let record = record.with_references(numbers(held));
    change(record.with_replaced(numbers(replaced)))
}

/// A trip that starts on a day and takes one.
pub(crate) fn trip(
    shipment_no: &'static str,
    version: u64,
    day: i64,
    held: &[&'static str],
) -> Change<'static> {
    let body = Shipment {
        shipment_no: Text::from(shipment_no),
        source_id: Some(Text::from(format!("trip of {shipment_no}"))),
        carrier_scac: Some(Text::from("TSTL")),
        planned_start: Some(at(day)),
        planned_end: Some(at(day + 1)),
        ..Shipment::default()
    };
    said(Source::Transport, Body::Shipment(body), version, held)
}

pub(crate) fn event(
    source: Source,
    id: &'static str,
    day: i64,
    code: MilestoneCode,
) -> Milestone<'static> {
    Milestone {
        scope: Text::from("shipment"),
        scope_ref: Text::from("-"),
        event_id: Some(Text::from(format!("{source}|{id}"))),
        shipment_no: None,
        order_no: None,
        container_no: None,
        stop_id: None,
        code,
        classifier: Classifier::Actual,
        event_time: at(day),
        time_precision: TimePrecision::Second,
        tz_basis: TimeBasis::Offset,
        place_code: None,
        lat_e6: None,
        lon_e6: None,
        reason_code: None,
        source_code: Text::from("test"),
    }
}

/// What a source saw on a day.
pub(crate) fn seen(
    source: Source,
    id: &'static str,
    version: u64,
    day: i64,
    held: &[&'static str],
) -> Change<'static> {
    let body = Body::Milestone(event(source, id, day, MilestoneCode::InTransit));
    said(source, body, version, held)
}

/// What visibility saw on a day, and which numbers others took the place of.
pub(crate) fn replacing(
    id: &'static str,
    day: i64,
    held: &[&'static str],
    replaced: &[&'static str],
) -> Change<'static> {
    let body = event(Source::Visibility, id, day, MilestoneCode::InTransit);
    said_with(Source::Visibility, Body::Milestone(body), 1, held, replaced)
}

pub(crate) fn order(
    order_no: &'static str,
    version: u64,
    held: &[&'static str],
) -> Change<'static> {
    let body = Order {
        company: Text::from("CRONUS"),
        order_no: Text::from(order_no),
        order_date: Some("2026-11-02".parse().unwrap()),
        ..Order::default()
    };
    said(Source::Orders, Body::Order(body), version, held)
}

pub(crate) fn moved(
    id: &'static str,
    day: i64,
    load_ref: Option<&'static str>,
    held: &[&'static str],
) -> Change<'static> {
    let body = InventoryMovement {
        warehouse: Text::from("DC3"),
        movement_id: Text::from(id),
        load_ref: load_ref.map(Text::from),
        movement_time: Some(at(day)),
        ..InventoryMovement::default()
    };
    said(Source::Warehouse, Body::InventoryMovement(body), 1, held)
}

fn billed(invoice_no: &'static str, version: u64, pro: &'static str) -> Change<'static> {
    let body = FreightInvoice {
        scac: Text::from("TSTL"),
        invoice_no: Text::from(invoice_no),
        pro: Some(Text::from(pro)),
        delivery_date: Some("2026-11-09".parse().unwrap()),
        ..FreightInvoice::default()
    };
    said(Source::Carrier, Body::FreightInvoice(body), version, &[])
}

fn boxed(container_no: &'static str, version: u64, day: i64) -> Change<'static> {
    let body = Container {
        container_no: Text::from(container_no),
        last_event_time: Some(at(day)),
        ..Container::default()
    };
    said(Source::Visibility, Body::Container(body), version, &[])
}

fn unit(sscc: &'static str, version: u64, day: i64) -> Change<'static> {
    let body = HandlingUnit {
        sscc: Text::from(sscc),
        last_event_time: Some(at(day)),
        ..HandlingUnit::default()
    };
    said(Source::Visibility, Body::HandlingUnit(body), version, &[])
}

/// Everything that can happen to numbers, in the order in which the sources said it.
pub(crate) fn history() -> Vec<Change<'static>> {
    use Source::{Carrier, Visibility};
    let sscc = "006141410000070015";
    vec![
        order("SO-1", 1, &["customer_po:PO-1"]),
        order("SO-2", 1, &["customer_po:PO-2"]),
        order("SO-3", 1, &["customer_po:PO-2"]),
        // The carrier speaks before the planner, whose number comes late, and changes the bill of lading.
        seen(Carrier, "a", 1, 5, &["pro:TSTL:0447-1", "bol:B 1"]),
        seen(Carrier, "b", 1, 6, &["pro:TSTL:4471"]),
        billed("INV-1", 1, "04471"),
        trip(
            "L-1",
            1,
            5,
            &["bol:B-9", "order_no:SO-1", "container:TSTU9044179"],
        ),
        trip(
            "L-1",
            2,
            5,
            &[
                "bol:B-1",
                "order_no:SO-1",
                "container:TSTU9044179",
                "booking:BKG1",
            ],
        ),
        seen(
            Visibility,
            "c",
            1,
            4,
            &["booking:BKG1", "container:TSTU904417"],
        ),
        // Only the container, in its time and out of it.
        seen(Visibility, "d", 1, 20, &["container:TSTU904417"]),
        seen(Visibility, "e", 1, 80, &["container:TSTU904417"]),
        boxed("TSTU904417", 1, 21),
        // The same container a season later, on another load.
        trip("L-2", 1, 90, &["container:TSTU9044179", "customer_po:PO-2"]),
        moved(
            "1",
            6,
            Some("L-1"),
            &["sscc:006141410000070015", "order_no:SO-1"],
        ),
        unit(sscc, 1, 7),
        unit("106141410000070012", 1, 7),
        // May be a load or a bill of lading.
        seen(
            Carrier,
            "f",
            1,
            91,
            &["shipment_no:L-2", "bol:L-2", "pro:TSTL:77"],
        ),
        seen(Carrier, "g", 1, 91, &["shipment_no:B-1", "bol:B-1"]),
        // Of a load that transport does not know, and of nothing at all.
        seen(Carrier, "h", 1, 5, &["shipment_no:L-9", "pro:TSTL:9"]),
        seen(Carrier, "i", 1, 5, &["pro:TSTL:9"]),
        seen(Carrier, "j", 1, 5, &["pro:TSTL:10"]),
        // Tied into one by a carrier's mistake, and apart again.
        trip("L-3", 1, 200, &["bol:B-3"]),
        trip("L-4", 1, 200, &["bol:B-4"]),
        seen(Carrier, "k", 1, 200, &["bol:B-3", "bol:B-4"]),
        seen(Carrier, "l", 1, 200, &["bol:B-3", "pro:TSTL:3"]),
        seen(Carrier, "m", 1, 200, &["shipment_no:L-4", "bol:B-3"]),
        seen(Carrier, "m", 2, 200, &["shipment_no:L-4", "bol:B-4"]),
        // A booking is given up for another one; from then on it may be anybody's.
        trip("L-5", 1, 300, &["booking:BKG6", "container:TSTU500000"]),
        seen(
            Visibility,
            "n",
            1,
            290,
            &["booking:BKG5", "container:TSTU500000"],
        ),
        replacing(
            "o",
            295,
            &["booking:BKG6", "container:TSTU500000"],
            &["booking:BKG5"],
        ),
        seen(
            Visibility,
            "p",
            1,
            350,
            &["booking:BKG5", "container:TSTU500000"],
        ),
        seen(Visibility, "q", 1, 280, &["booking:BKG5"]),
        // Dropped, with everything that was tied to it.
        trip("L-6", 1, 400, &["bol:B-6"]),
        seen(Carrier, "r", 1, 400, &["bol:B-6"]),
        super::tombstone(record::Entity::Shipment, &["L-6"], 2),
        super::tombstone(record::Entity::Order, &["CRONUS", "SO-3"], 2),
    ]
}
