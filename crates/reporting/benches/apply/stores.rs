//! The store as the consolidator uses it.

use std::time::Instant;

use record::{
    Body, Classifier, EpochMillis, Lifecycle, Milestone, MilestoneCode, Order, OrderLine,
    Provenance, Record, Shipment, Source, SourceVersion, Stop, StopTimes, Text, TimeBasis,
    TimePrecision,
};
use reporting::{Change, Store};

const AT: EpochMillis = EpochMillis(1_793_610_922_417);
const RECORDS: usize = 20_000;

pub(crate) async fn measure(engine: &str, url: &str) {
    for size in crate::ways::SIZES {
        let store = reporting::recreate(url).await.unwrap();
        let first = changes(1);
        let second = changes(2);
        apply(&store, &first[..2000], size).await;
        let new = apply(&store, &first[2000..], size).await;
        let newer = apply(&store, &second, size).await;
        let again = apply(&store, &second, size).await;
        println!(
            "{engine}, batches of {size}: {new:.0} new, {newer:.0} newer, {again:.0} repeated records/s"
        );
    }
}

/// Records per second, one batch after another.
async fn apply(store: &Store, changes: &[Change<'_>], size: usize) -> f64 {
    let start = Instant::now();
    for batch in changes.chunks(size) {
        store.apply(batch, AT).await.unwrap();
    }
    #[expect(clippy::cast_precision_loss, reason = "some ten thousand")]
    let records = changes.len() as f64;
    records / start.elapsed().as_secs_f64()
}

/// One order with three lines, one shipment with two stops and a milestone each, over and over.
fn changes(version: u64) -> Vec<Change<'static>> {
    (0..RECORDS / 9)
        .flat_map(|number| group(number, version))
        .collect()
}

fn group(number: usize, version: u64) -> Vec<Change<'static>> {
    let order_no = format!("SO-{number:08}");
    let shipment_no = format!("L-{number:08}");
    let mut changes = vec![
        change(Source::Orders, order(&order_no), version),
        change(
            Source::Transport,
            shipment(&shipment_no, &order_no),
            version,
        ),
    ];
    for sequence in [10_000, 20_000, 30_000] {
        changes.push(change(Source::Orders, line(&order_no, sequence), version));
    }
    for stop_id in ["stop-1", "stop-2"] {
        changes.push(change(
            Source::Transport,
            stop(&shipment_no, stop_id),
            version,
        ));
        changes.push(change(
            Source::Transport,
            milestone(&shipment_no, stop_id),
            version,
        ));
    }
    changes
}

fn change(source: Source, body: Body<'static>, version: u64) -> Change<'static> {
    let provenance = Provenance::new("message-1", "0af7651916cd43dd8448eb211c80319c", AT, AT);
    let record = Record::upsert(source, body, SourceVersion::new(version, 0), provenance).unwrap();
    let id = record.to_document().id().to_string();
    Change::new(record, id)
}

fn text(text: &str) -> Text<'static> {
    Text::from(text.to_owned())
}

fn order(order_no: &str) -> Body<'static> {
    Body::Order(Order {
        company: text("CRONUS"),
        order_no: text(order_no),
        customer_name: Some(text("Adatum Corporation")),
        order_date: Some(jiff::civil::date(2026, 11, 2)),
        status: Some(text("open")),
        amount_inc_tax_minor: Some(74_000),
        ship_to_city: Some(text("Dallas")),
        line_sequences: vec![10_000, 20_000, 30_000],
        ..Order::default()
    })
}

fn line(order_no: &str, sequence: i64) -> Body<'static> {
    Body::OrderLine(OrderLine {
        company: text("CRONUS"),
        order_no: text(order_no),
        sequence,
        description: Some(text("Bicycle")),
        qty: "240".parse().ok(),
        unit_price: "6.00002".parse().ok(),
        ..OrderLine::default()
    })
}

fn shipment(shipment_no: &str, order_no: &str) -> Body<'static> {
    Body::Shipment(Shipment {
        shipment_no: text(shipment_no),
        status: Some(text("in_transit")),
        carrier_name: Some(text("Tailspin Trucking")),
        order_nos: vec![text(order_no)],
        planned_start: Some(AT),
        stop_ids: vec![text("stop-1"), text("stop-2")],
        ..Shipment::default()
    })
}

fn stop(shipment_no: &str, stop_id: &str) -> Body<'static> {
    let times = |lifecycle| StopTimes {
        lifecycle,
        arrive: Some(AT),
        depart: Some(AT),
    };
    Body::Stop(Stop {
        shipment_no: text(shipment_no),
        stop_id: text(stop_id),
        place_name: Some(text("Dallas DC")),
        lat_e6: Some(32_776_665),
        planned: Some(times(Lifecycle::Planned)),
        actual: Some(times(Lifecycle::Actual)),
        ..Stop::default()
    })
}

fn milestone(shipment_no: &str, stop_id: &str) -> Body<'static> {
    Body::Milestone(Milestone {
        scope: text("stop"),
        scope_ref: text(&format!("{shipment_no}|{stop_id}")),
        event_id: None,
        shipment_no: Some(text(shipment_no)),
        order_no: None,
        container_no: None,
        stop_id: Some(text(stop_id)),
        code: MilestoneCode::PickupArrived,
        classifier: Classifier::Actual,
        event_time: AT,
        time_precision: TimePrecision::Second,
        tz_basis: TimeBasis::Offset,
        place_code: Some(text("DC-DALLAS")),
        lat_e6: Some(32_776_665),
        lon_e6: None,
        reason_code: None,
        source_code: text("otm:actual:start"),
    })
}
