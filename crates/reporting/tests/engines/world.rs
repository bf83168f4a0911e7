//! A small history of all sources in which everything happens that the rules are about.

pub(crate) mod numbers;
pub(crate) mod other_sources;
pub(crate) mod story;

use record::{
    Body, Classifier, Entity, EpochMillis, Lifecycle, Milestone, MilestoneCode, Order, OrderLine,
    Provenance, Record, RecordKey, Shipment, Source, SourceVersion, Stop, StopKind, StopTimes,
    Text, TimeBasis, TimePrecision,
};
use reporting::Change;

/// When version 0 was modified at the source.
pub(crate) const EPOCH_MS: i64 = 1_793_610_900_000;

fn change(record: Record<'static>) -> Change<'static> {
    let id = record.to_document().id().to_string();
    Change::new(record, id)
}

pub(crate) fn provenance(version: u64) -> Provenance<'static> {
    let modified = EpochMillis(EPOCH_MS + i64::try_from(version).unwrap());
    Provenance::new(
        format!("message-{version}"),
        "0af7651916cd43dd8448eb211c80319c",
        modified,
        modified,
    )
}

pub(crate) fn upsert(source: Source, body: Body<'static>, version: u64) -> Change<'static> {
    change(
        Record::upsert(
            source,
            body,
            SourceVersion::new(version, 0),
            provenance(version),
        )
        .unwrap(),
    )
}

pub(crate) fn tombstone(entity: Entity, parts: &[&str], version: u64) -> Change<'static> {
    let source = match entity {
        Entity::Order | Entity::OrderLine => Source::Orders,
        Entity::Shipment | Entity::Stop | Entity::Milestone | Entity::Canary => Source::Transport,
        Entity::InventoryMovement | Entity::InventorySnapshot => Source::Warehouse,
        Entity::VehiclePosition | Entity::Vehicle => Source::Telematics,
        Entity::FreightInvoice | Entity::FreightInvoiceLine | Entity::EdiAck => Source::Carrier,
        Entity::Container | Entity::HandlingUnit => Source::Visibility,
    };
    let key = RecordKey::new(entity, parts).unwrap();
    change(Record::tombstone(
        source,
        key,
        SourceVersion::new(version, 0),
        provenance(version),
    ))
}

pub(crate) fn order(
    order_no: &'static str,
    version: u64,
    status: &'static str,
    lines: &[i64],
) -> Change<'static> {
    let body = Order {
        company: Text::from("CRONUS"),
        order_no: Text::from(order_no),
        status: Some(Text::from(status)),
        order_date: Some("2026-11-02".parse().unwrap()),
        amount_inc_tax_minor: Some(7_400_019),
        fully_shipped: Some(false),
        line_sequences: lines.to_vec(),
        ..Order::default()
    };
    upsert(Source::Orders, Body::Order(body), version)
}

pub(crate) fn line(
    order_no: &'static str,
    sequence: i64,
    version: u64,
    qty: &str,
) -> Change<'static> {
    let body = OrderLine {
        company: Text::from("CRONUS"),
        order_no: Text::from(order_no),
        sequence,
        description: Some(Text::from("Bicycle, \"large\" – größer\u{1F6B2}")),
        qty: Some(qty.parse().unwrap()),
        ..OrderLine::default()
    };
    upsert(Source::Orders, Body::OrderLine(body), version)
}

pub(crate) fn shipment(
    shipment_no: &'static str,
    version: u64,
    stops: &[&'static str],
) -> Change<'static> {
    let body = Shipment {
        shipment_no: Text::from(shipment_no),
        status: Some(Text::from("in_transit")),
        order_nos: vec![Text::from("SO-1"), Text::from("SO-2")],
        planned_start: Some(EpochMillis(EPOCH_MS + 1)),
        stop_ids: stops.iter().map(|&stop| Text::from(stop)).collect(),
        ..Shipment::default()
    };
    upsert(Source::Transport, Body::Shipment(body), version)
}

fn times(lifecycle: Lifecycle, arrive: i64, depart: Option<i64>) -> StopTimes {
    StopTimes {
        lifecycle,
        arrive: Some(EpochMillis(EPOCH_MS + arrive)),
        depart: depart.map(|depart| EpochMillis(EPOCH_MS + depart)),
    }
}

/// A stop with the groups of times that are given as lifecycle and arrival.
pub(crate) fn stop(
    shipment_no: &'static str,
    stop_id: &'static str,
    version: u64,
    groups: &[(Lifecycle, i64)],
) -> Change<'static> {
    let mut body = Stop {
        shipment_no: Text::from(shipment_no),
        stop_id: Text::from(stop_id),
        seq: Some(i64::try_from(version).unwrap()),
        kind: StopKind::Pickup,
        lat_e6: Some(32_776_665),
        ..Stop::default()
    };
    for &(lifecycle, arrive) in groups {
        match lifecycle {
            Lifecycle::Requested | Lifecycle::Planned => {
                body.planned = Some(times(lifecycle, arrive, Some(arrive + 1)))
            }
            Lifecycle::Projected => body.projected = Some(times(lifecycle, arrive, None)),
            Lifecycle::Actual | Lifecycle::Realized => {
                body.actual = Some(times(lifecycle, arrive, None))
            }
        }
    }
    upsert(Source::Transport, Body::Stop(body), version)
}

/// A milestone of a stop at a latitude, which the store checks.
pub(crate) fn milestone_at(
    shipment_no: &'static str,
    stop_id: &'static str,
    version: u64,
    lat_e6: i64,
) -> Change<'static> {
    let body = Milestone {
        scope: Text::from("stop"),
        scope_ref: Text::from(format!("{shipment_no}|{stop_id}")),
        event_id: None,
        shipment_no: Some(Text::from(shipment_no)),
        order_no: None,
        container_no: None,
        stop_id: Some(Text::from(stop_id)),
        code: MilestoneCode::PickupArrived,
        classifier: Classifier::Actual,
        event_time: EpochMillis(EPOCH_MS + i64::try_from(version).unwrap() * 1000),
        time_precision: TimePrecision::Second,
        tz_basis: TimeBasis::Offset,
        place_code: None,
        lat_e6: Some(lat_e6),
        lon_e6: None,
        reason_code: None,
        source_code: Text::from("otm:actual:start"),
    };
    upsert(Source::Transport, Body::Milestone(body), version)
}

pub(crate) fn milestone(
    shipment_no: &'static str,
    stop_id: &'static str,
    version: u64,
) -> Change<'static> {
    milestone_at(shipment_no, stop_id, version, 32_776_665)
}

/// Everything, in the order in which the sources said it.
pub(crate) fn history() -> Vec<Change<'static>> {
    let mut history = orders_and_shipments();
    history.extend(other_sources::history());
    history
}

fn orders_and_shipments() -> Vec<Change<'static>> {
    use Lifecycle::{Actual, Planned, Projected, Realized, Requested};
    vec![
        order("SO-1", 1, "draft", &[10, 20, 30]),
        line("SO-1", 10, 1, "240"),
        line("SO-1", 20, 1, "6.00002"),
        line("SO-1", 30, 1, "1"),
        order("SO-1", 2, "open", &[10, 20]),
        line("SO-1", 10, 2, "241"),
        line("SO-1", 20, 2, "6.00002"),
        // One version with two contents: the larger content hash wins.
        order("SO-1", 2, "released", &[10, 20]),
        line("SO-1", 10, 2, "242"),
        // Gone, and later there again with the same line.
        order("SO-2", 1, "open", &[10, 20]),
        line("SO-2", 10, 1, "1"),
        line("SO-2", 20, 1, "2"),
        tombstone(Entity::Order, &["CRONUS", "SO-2"], 3),
        order("SO-2", 4, "open", &[10]),
        // Gone for good, its line too.
        order("SO-3", 1, "open", &[10]),
        line("SO-3", 10, 1, "1"),
        tombstone(Entity::Order, &["CRONUS", "SO-3"], 2),
        // A line whose header never comes.
        line("SO-4", 10, 5, "5"),
        tombstone(Entity::OrderLine, &["CRONUS", "SO-1", "20"], 7),
        shipment("L-1", 1, &["a", "b", "c"]),
        stop("L-1", "a", 1, &[(Requested, 1)]),
        stop("L-1", "b", 1, &[(Planned, 2)]),
        stop("L-1", "c", 1, &[(Planned, 3), (Projected, 4)]),
        milestone("L-1", "c", 1),
        stop("L-1", "a", 2, &[(Planned, 5), (Projected, 6)]),
        // A realized time outranks the actual one of a later version; a requested one never overwrites a planned one.
        stop("L-1", "a", 3, &[(Realized, 7)]),
        stop("L-1", "a", 4, &[(Actual, 8), (Requested, 9)]),
        milestone("L-1", "a", 4),
        shipment("L-1", 5, &["a", "b"]),
        stop("L-1", "b", 5, &[(Projected, 10)]),
        stop("L-1", "b", 5, &[(Projected, 11), (Planned, 12)]),
        milestone("L-1", "a", 6),
        tombstone(Entity::Milestone, &["L-1", "b", "pickup_arrived", "ACT"], 6),
        milestone("L-1", "b", 5),
        tombstone(Entity::Stop, &["L-1", "b"], 8),
        stop("L-1", "b", 9, &[(Actual, 13)]),
        shipment("L-2", 1, &["x"]),
        stop("L-2", "x", 1, &[(Planned, 14)]),
        milestone("L-2", "x", 1),
        tombstone(Entity::Shipment, &["L-2"], 2),
        // Newer than the shipment's tombstone: it stays until the shipment says otherwise.
        milestone("L-2", "y", 3),
    ]
}
