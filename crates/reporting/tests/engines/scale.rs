//! What resolving costs as the report grows. `CROSSDOCK_SHIPMENTS=10000,100000,1000000` takes minutes; with `--nocapture` it says
//! how long each batch took.

use std::time::{Duration, Instant};

use record::Source::Carrier;
use reporting::{Change, Drained};

use crate::{
    fixture::{Fixture, NOW},
    world::numbers::seen,
};

/// Shipments in the report before what is measured, unless the environment says otherwise.
const SHIPMENTS: &str = "10000,30000";
const BATCHES: usize = 30;
const BATCH: usize = 100;

fn sizes() -> Vec<usize> {
    let sizes = std::env::var("CROSSDOCK_SHIPMENTS").unwrap_or_else(|_| SHIPMENTS.to_owned());
    let sizes = sizes.split(',').map(|size| size.parse().unwrap());
    sizes.collect()
}

#[tokio::test]
async fn resolving_costs_the_same_however_large_the_report_is() {
    let Some(fixture) = Fixture::postgres("resolving_costs_the_same").await else {
        return;
    };
    let (mut filled, mut read) = (0, None);
    for size in sizes() {
        let first = filled + 1;
        fill(&fixture, first, size).await;
        filled = size;
        let (mut applying, mut resolving) = (Duration::ZERO, Duration::ZERO);
        let mut sum = Drained::default();
        for number in 0..BATCHES {
            let batch: Vec<Change<'static>> = (0..BATCH)
                .map(|index| status(first, size, number * BATCH + index))
                .collect();
            let start = Instant::now();
            fixture.apply(&batch).await;
            applying += start.elapsed();
            let start = Instant::now();
            let drained = fixture.store.resolve(NOW).await.unwrap();
            resolving += start.elapsed();
            sum.marks += drained.marks;
            sum.records += drained.records;
            sum.changed += drained.changed;
        }
        let each = |time: Duration| time.as_secs_f64() * 1000.0 / 30.0;
        println!(
            "{size} shipments: batch of {BATCH}: apply {:.1} ms, resolve {:.1} ms ({} marks, {} records read, {} changed in all)",
            each(applying),
            each(resolving),
            sum.marks,
            sum.records,
            sum.changed
        );
        // Times are for people; what is read is the same however much there is.
        assert_eq!(*read.get_or_insert(sum.records), sum.records);
    }
}

/// A carrier's status of one of the shipments from `first` on, far from the one before and the only one beside the old one.
fn status(first: usize, size: usize, number: usize) -> Change<'static> {
    let shipment = first + number * 7919 % (size - first + 1);
    let text = |text: String| -> &'static str { text.leak() };
    let held = [
        text(format!("shipment_no:L-{shipment}")),
        text(format!("bol:B{shipment}")),
        text(format!("pro:TSTL:9{shipment}")),
        text(format!("customer_po:PO{shipment}")),
        text(format!("container:C{shipment}")),
    ];
    seen(Carrier, text(format!("{size}-{number}")), 1, 5, &held)
}

/// Shipments with a status, an order and all that is known of them, as resolving left them.
async fn fill(fixture: &Fixture, from: usize, to: usize) {
    let at = "timestamptz '2026-11-06 00:00:00Z'";
    let edges = |entity: &str, key: &str, kinds: &str| {
        format!(
            "INSERT INTO rpt_xref SELECT '{entity}', {key}, kind, issuer, prefix || n, prefix || n, identity, false, false, {at}, {at}, {at}, 's', 'v' \
             FROM generate_series({from}, {to}) AS n CROSS JOIN (VALUES {kinds}) AS k (kind, issuer, prefix, identity)"
        )
    };
    let resolved = |entity: &str, key: &str, rule: &str| {
        format!(
            "INSERT INTO rpt_resolution SELECT '{entity}', {key}, 'shipment_no:L-' || n, 'L-' || n, 'SO-' || n, '{rule}', 1, false, true, NULL, {at} \
             FROM generate_series({from}, {to}) AS n"
        )
    };
    let (bol, pro, po) = (
        "('bol', '', 'B', true)",
        "('pro', 'TSTL', '9', true)",
        "('customer_po', '', 'PO', false)",
    );
    let (number, order) = (
        "('shipment_no', '', 'L-', true)",
        "('order_no', '', 'SO-', false)",
    );
    let container = "('container', '', 'C', false)";
    for sql in [
        edges(
            "shipment",
            "'L-' || n",
            &[number, bol, pro, po, order, container].join(", "),
        ),
        edges(
            "milestone",
            "'old|' || n",
            &[number, bol, pro, po, container].join(", "),
        ),
        edges("order", "'CRONUS|SO-' || n", &[order, po].join(", ")),
        resolved("shipment", "'L-' || n", "own"),
        resolved("milestone", "'old|' || n", "shipment_no"),
        format!(
            "INSERT INTO rpt_order_shipment SELECT 'CRONUS', 'SO-' || n, 'L-' || n, 'order_no', 1, {at} FROM generate_series({from}, {to}) AS n"
        ),
        "ANALYZE rpt_xref, rpt_resolution, rpt_order_shipment".to_owned(),
    ] {
        fixture.execute(&sql).await;
    }
}
