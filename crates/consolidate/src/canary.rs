//! Records that every working store takes.

use record::{
    Body, Classifier, Entity, EpochMillis, Lifecycle, Milestone, MilestoneCode, Order, OrderLine,
    Provenance, Record, Shipment, Source, SourceVersion, Stop, StopKind, StopTimes, Text,
    TimeBasis, TimePrecision,
};
use reporting::Change;

/// In every key, so that it can never be one of a source's.
const NAME: &str = "crossdock-canary";
/// 2026-01-01T00:00:00Z; any instant would do.
const AT: EpochMillis = EpochMillis(1_767_225_600_000);

/// A good record of the entity, only ever rehearsed.
pub(crate) fn canary(entity: Entity) -> Change<'static> {
    let provenance = Provenance::new(NAME, "00000000000000000000000000000000", AT, AT);
    let source = match entity {
        Entity::Order | Entity::OrderLine => Source::Orders,
        Entity::Shipment | Entity::Stop | Entity::Milestone => Source::Transport,
    };
    let record = Record::upsert(source, body(entity), SourceVersion::new(1, 0), provenance)
        .expect("the name is a valid part of a key");
    let id = record.to_document().id().to_string();
    Change::new(record, id)
}

fn body(entity: Entity) -> Body<'static> {
    match entity {
        Entity::Order => Body::Order(order()),
        Entity::OrderLine => Body::OrderLine(order_line()),
        Entity::Shipment => Body::Shipment(shipment()),
        Entity::Stop => Body::Stop(stop()),
        Entity::Milestone => Body::Milestone(milestone()),
    }
}

fn order() -> Order<'static> {
    Order {
        company: Text::from(NAME),
        order_no: Text::from(NAME),
        status: Some(Text::from("open")),
        order_date: Some(jiff::civil::date(2026, 1, 1)),
        amount_inc_tax_minor: Some(1),
        fully_shipped: Some(false),
        line_sequences: vec![10_000],
        ..Order::default()
    }
}

fn order_line() -> OrderLine<'static> {
    OrderLine {
        company: Text::from(NAME),
        order_no: Text::from(NAME),
        sequence: 10_000,
        line_type: Some(Text::from("item")),
        qty: "1.5".parse().ok(),
        ..OrderLine::default()
    }
}

fn shipment() -> Shipment<'static> {
    Shipment {
        shipment_no: Text::from(NAME),
        status: Some(Text::from("planned")),
        planned_start: Some(AT),
        stop_ids: vec![Text::from("1")],
        ..Shipment::default()
    }
}

fn stop() -> Stop<'static> {
    let times = |lifecycle| StopTimes {
        lifecycle,
        arrive: Some(AT),
        depart: None,
    };
    Stop {
        shipment_no: Text::from(NAME),
        stop_id: Text::from("1"),
        seq: Some(0),
        kind: StopKind::Pickup,
        lat_e6: Some(1),
        lon_e6: Some(1),
        planned: Some(times(Lifecycle::Planned)),
        projected: Some(times(Lifecycle::Projected)),
        actual: Some(times(Lifecycle::Actual)),
        ..Stop::default()
    }
}

fn milestone() -> Milestone<'static> {
    Milestone {
        scope: Text::from("stop"),
        scope_ref: Text::from(format!("{NAME}|1")),
        shipment_no: Some(Text::from(NAME)),
        order_no: None,
        container_no: None,
        stop_id: Some(Text::from("1")),
        code: MilestoneCode::Delivered,
        classifier: Classifier::Actual,
        event_time: AT,
        time_precision: TimePrecision::Second,
        tz_basis: TimeBasis::Offset,
        place_code: None,
        lat_e6: Some(1),
        lon_e6: Some(1),
        reason_code: None,
        source_code: Text::from(NAME),
    }
}
