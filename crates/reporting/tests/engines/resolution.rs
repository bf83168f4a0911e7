//! Which records are about the same shipment.

use std::sync::Arc;

use proptest::{
    prelude::*,
    sample::Index,
    test_runner::{Config, TestRunner},
};
use record::Source::{Carrier, Visibility};
use reporting::{Change, Drained};

use crate::{
    fixture::{Fixture, NOW},
    on_both_engines,
    world::{
        numbers::{history, moved, order, replacing, seen, trip},
        tombstone,
    },
};

on_both_engines! {
    the_history_comes_to_what_the_rules_demand,
    any_order_and_any_batches_come_to_the_same,
    a_late_reference_moves_rows_and_doubles_none,
    a_replaced_reference_is_retired_as_of_its_time,
    a_conflict_is_listed_until_its_cause_is_gone,
    a_customers_number_places_an_order_where_nobody_names_it,
    a_number_that_everybody_has_ties_nobody,
    what_does_not_change_numbers_touches_nothing,
    edges_come_when_a_record_is_delivered_again,
}

async fn the_history_comes_to_what_the_rules_demand(fixture: Fixture) {
    fixture.apply(&history()).await;
    let expected = [
        "container TSTU904417: L-1 container ~0.70 in shipment_no:L-1",
        "freight_invoice TSTL|INV-1|original: L-1 group of SO-1 in shipment_no:L-1",
        "handling_unit 006141410000070015: L-1 sscc ~0.70 in shipment_no:L-1",
        "handling_unit 106141410000070012: - unresolved ~0.00 in -",
        "inventory_movement DC3|1: L-1 shipment_no of SO-1 in shipment_no:L-1",
        "milestone carrier|a: L-1 bol of SO-1 in shipment_no:L-1",
        "milestone carrier|b: L-1 group of SO-1 in shipment_no:L-1",
        "milestone carrier|f: L-2 candidate ~0.80 in shipment_no:L-2",
        "milestone carrier|g: L-1 candidate ~0.80 in shipment_no:L-1",
        "milestone carrier|h: L-9 stub in pro:TSTL:9",
        "milestone carrier|i: L-9 stub in pro:TSTL:9",
        "milestone carrier|j: - unresolved ~0.00 in pro:TSTL:10",
        "milestone carrier|k: - unresolved ~0.00 xref_conflict in bol:B3",
        "milestone carrier|l: L-3 bol xref_conflict in shipment_no:L-3",
        "milestone carrier|m: L-4 shipment_no xref_conflict in shipment_no:L-4",
        "milestone carrier|r: - unresolved ~0.00 in bol:B6",
        "milestone visibility|c: L-1 booking_container of SO-1 in shipment_no:L-1",
        "milestone visibility|d: L-1 container ~0.70 in shipment_no:L-1",
        "milestone visibility|e: L-2 container ~0.70 in shipment_no:L-2",
        "milestone visibility|n: L-5 group in shipment_no:L-5",
        "milestone visibility|o: L-5 booking_container in shipment_no:L-5",
        "milestone visibility|p: - unresolved ~0.00 in booking_container:BKG5|TSTU500000",
        "milestone visibility|q: L-5 booking ~0.60 in shipment_no:L-5",
        "shipment L-1: L-1 own of SO-1 in shipment_no:L-1",
        "shipment L-2: L-2 own in shipment_no:L-2",
        "shipment L-3: L-3 own xref_conflict in shipment_no:L-3",
        "shipment L-4: L-4 own xref_conflict in shipment_no:L-4",
        "shipment L-5: L-5 own in shipment_no:L-5",
        "SO-1 on L-1: order_no 1.00",
        "conflict L-3 in bol:B3: [\"milestone:carrier|k\"]",
        "conflict L-4 in bol:B3: [\"milestone:carrier|k\"]",
    ];
    assert_eq!(fixture.resolved().await, expected);
    let again = fixture.store.resolve(NOW).await.unwrap();
    assert_eq!(again, Drained::default(), "what is done stays done");
}

/// Each case costs two fresh stores.
const CASES: u32 = 12;

/// The order in which the history is delivered, repeats included, where batches end, and after which it is resolved.
#[derive(Debug, Clone)]
struct Delivery {
    kept: Vec<usize>,
    order: Vec<usize>,
    batch: usize,
    resolve_every: usize,
}

fn deliveries(records: usize) -> impl Strategy<Value = Delivery> {
    let kept = prop::collection::vec(prop::bool::weighted(0.9), records);
    let repeats = prop::collection::vec(any::<Index>(), 0..12);
    (kept, repeats, 1..=records, 1..4_usize)
        .prop_flat_map(|(kept, repeats, batch, every)| {
            let kept: Vec<usize> = (0..kept.len()).filter(|&index| kept[index]).collect();
            let mut order = kept.clone();
            if !kept.is_empty() {
                order.extend(repeats.iter().map(|index| kept[index.index(kept.len())]));
            }
            (
                Just(kept),
                Just(order).prop_shuffle(),
                Just(batch),
                Just(every),
            )
        })
        .prop_map(|(kept, order, batch, resolve_every)| Delivery {
            kept,
            order,
            batch,
            resolve_every,
        })
}

async fn any_order_and_any_batches_come_to_the_same(fixture: Fixture) {
    let runtime = tokio::runtime::Handle::current();
    let fixture = Arc::new(fixture);
    let history = history();
    tokio::task::spawn_blocking(move || {
        let mut runner = TestRunner::new(Config {
            cases: CASES,
            failure_persistence: None,
            ..Config::default()
        });
        runner
            .run(&deliveries(history.len()), |delivery| {
                runtime.block_on(compare(&fixture, &history, &delivery))
            })
            .unwrap();
    })
    .await
    .unwrap();
}

/// All at once and resolved once, against the delivery.
async fn compare(
    fixture: &Fixture,
    history: &[Change<'static>],
    delivery: &Delivery,
) -> Result<(), TestCaseError> {
    let expected = Fixture::sqlite().await;
    let all: Vec<_> = delivery
        .kept
        .iter()
        .map(|&index| history[index].clone())
        .collect();
    expected.apply(&all).await;
    let store = reporting::recreate(&fixture.url).await.unwrap();
    let fixture = fixture.with(store);
    for (number, batch) in delivery.order.chunks(delivery.batch).enumerate() {
        let batch: Vec<_> = batch.iter().map(|&index| history[index].clone()).collect();
        fixture.apply(&batch).await;
        if number % delivery.resolve_every == 0 {
            fixture.store.resolve(NOW).await.unwrap();
        }
    }
    prop_assert_eq!(expected.resolved().await, fixture.resolved().await);
    Ok(())
}

async fn a_late_reference_moves_rows_and_doubles_none(fixture: Fixture) {
    let told = [
        seen(Carrier, "a", 1, 5, &["pro:TSTL:1"]),
        seen(Carrier, "b", 1, 5, &["shipment_no:L-8", "pro:TSTL:1"]),
    ];
    fixture.apply(&told).await;
    let stub = [
        "milestone carrier|a: L-8 stub in pro:TSTL:1",
        "milestone carrier|b: L-8 stub in pro:TSTL:1",
    ];
    assert_eq!(fixture.resolved().await, stub);
    // The load has another number than the carrier says: its PRO comes with a later version of the trip.
    fixture.apply(&[trip("L-1", 1, 5, &[])]).await;
    assert_eq!(fixture.resolved().await.len(), 3);
    fixture.apply(&[trip("L-1", 2, 5, &["pro:TSTL:1"])]).await;
    let moved = [
        "milestone carrier|a: L-1 pro in shipment_no:L-1",
        "milestone carrier|b: L-1 pro in shipment_no:L-1",
        "shipment L-1: L-1 own in shipment_no:L-1",
    ];
    assert_eq!(fixture.resolved().await, moved);
    // An older version that comes later changes nothing, and the dropped load lets go of everything.
    fixture.apply(&[trip("L-1", 1, 5, &[])]).await;
    assert_eq!(fixture.resolved().await, moved);
    fixture
        .apply(&[tombstone(record::Entity::Shipment, &["L-1"], 3)])
        .await;
    assert_eq!(fixture.resolved().await, stub);
}

async fn a_replaced_reference_is_retired_as_of_its_time(fixture: Fixture) {
    let before = [
        trip("L-1", 1, 10, &["booking:NEW", "container:TSTU1000000"]),
        seen(
            Visibility,
            "early",
            1,
            8,
            &["booking:OLD", "container:TSTU100000"],
        ),
        seen(
            Visibility,
            "late",
            1,
            60,
            &["booking:OLD", "container:TSTU100000"],
        ),
    ];
    fixture.apply(&before).await;
    let early = async || {
        fixture
            .resolution("milestone", "visibility|early")
            .await
            .unwrap()
    };
    let late = async || {
        fixture
            .resolution("milestone", "visibility|late")
            .await
            .unwrap()
    };
    let linked = "L-1 container ~0.70 in shipment_no:L-1";
    assert_eq!(early().await, linked);
    assert_eq!(late().await, linked, "it has a number of the early one");
    let replaced = replacing(
        "now",
        9,
        &["booking:NEW", "container:TSTU100000"],
        &["booking:OLD"],
    );
    fixture.apply(&[replaced]).await;
    assert_eq!(
        early().await,
        "L-1 group in shipment_no:L-1",
        "the old number leads to the new one"
    );
    assert_eq!(
        late().await,
        "- unresolved ~0.00 in booking_container:OLD|TSTU100000",
        "and from then on it is somebody else's"
    );
}

async fn a_conflict_is_listed_until_its_cause_is_gone(fixture: Fixture) {
    let tied = [
        trip("L-1", 1, 5, &["bol:1"]),
        trip("L-2", 1, 5, &["bol:2"]),
        seen(Carrier, "a", 1, 5, &["bol:1", "pro:TSTL:1"]),
        seen(Carrier, "b", 1, 5, &["bol:2", "pro:TSTL:1"]),
        seen(Carrier, "c", 1, 5, &["pro:TSTL:1"]),
    ];
    fixture.apply(&tied).await;
    let c = async || fixture.resolution("milestone", "carrier|c").await.unwrap();
    assert_eq!(c().await, "- unresolved ~0.00 xref_conflict in bol:1");
    let conflicts = async || {
        fixture
            .texts("SELECT shipment_no FROM v_xref_conflicts")
            .await
    };
    assert_eq!(conflicts().await, ["L-1", "L-2"]);
    fixture
        .apply(&[seen(Carrier, "b", 2, 5, &["bol:2", "pro:TSTL:2"])])
        .await;
    assert_eq!(c().await, "L-1 group in shipment_no:L-1");
    assert_eq!(conflicts().await, [] as [&str; 0]);
}

async fn a_customers_number_places_an_order_where_nobody_names_it(fixture: Fixture) {
    let on = async || -> Vec<String> {
        let resolved = fixture.resolved().await;
        resolved
            .into_iter()
            .filter(|text| text.contains(" on "))
            .collect()
    };
    fixture
        .apply(&[
            order("SO-1", 1, &["customer_po:P"]),
            trip("L-1", 1, 5, &["customer_po:P"]),
        ])
        .await;
    assert_eq!(on().await, ["SO-1 on L-1: customer_po 0.60"]);
    fixture.apply(&[order("SO-2", 1, &["customer_po:P"])]).await;
    assert_eq!(
        on().await,
        [
            "SO-1 on L-1: customer_po 0.30",
            "SO-2 on L-1: customer_po 0.30"
        ]
    );
    fixture
        .apply(&[
            moved("1", 6, Some("L-2"), &["order_no:SO-2"]),
            trip("L-2", 1, 5, &[]),
        ])
        .await;
    assert_eq!(
        on().await,
        [
            "SO-1 on L-1: customer_po 0.30",
            "SO-2 on L-2: order_no_stated 0.90"
        ]
    );
    fixture
        .apply(&[trip("L-2", 2, 5, &["order_no:SO-2"])])
        .await;
    assert_eq!(
        on().await,
        [
            "SO-1 on L-1: customer_po 0.30",
            "SO-2 on L-2: order_no 1.00"
        ]
    );
    fixture
        .apply(&[tombstone(record::Entity::Order, &["CRONUS", "SO-2"], 2)])
        .await;
    assert_eq!(on().await, ["SO-1 on L-1: customer_po 0.60"]);
}

/// One more than are let through.
const TOO_MANY: usize = 1001;

async fn a_number_that_everybody_has_ties_nobody(fixture: Fixture) {
    let many = |count: usize| -> Vec<Change<'static>> {
        let id = |index: usize| -> &'static str { format!("{index}").leak() };
        (0..count)
            .map(|index| seen(Carrier, id(index), 1, 5, &["bol:N/A"]))
            .collect()
    };
    let a = async || fixture.resolution("milestone", "carrier|a").await.unwrap();
    let told = [
        trip("L-1", 1, 5, &["bol:N/A"]),
        seen(Carrier, "a", 1, 5, &["bol:N/A"]),
    ];
    fixture.apply(&told).await;
    fixture.apply(&many(TOO_MANY - 3)).await;
    assert_eq!(a().await, "L-1 bol in shipment_no:L-1", "not too many yet");
    fixture.apply(&many(TOO_MANY - 2)).await;
    assert_eq!(a().await, "- unresolved ~0.00 in -");
    fixture.apply(&many(TOO_MANY)).await;
    let drained = fixture.store.resolve(NOW).await.unwrap();
    assert!(
        drained.records < 10,
        "nobody reads them all again: {drained:?}"
    );
    let gone = |id: &str| tombstone_of(id);
    fixture.apply(&[gone("0"), gone("1"), gone("2")]).await;
    assert_eq!(a().await, "L-1 bol in shipment_no:L-1", "few enough again");
}

fn tombstone_of(id: &str) -> Change<'static> {
    tombstone(record::Entity::Milestone, &["carrier", id], 2)
}

async fn what_does_not_change_numbers_touches_nothing(fixture: Fixture) {
    let marks = async || fixture.texts("SELECT kind FROM rpt_xref_touched").await;
    fixture.apply(&history()).await;
    fixture.resolved().await;
    assert_eq!(marks().await, [] as [&str; 0]);
    fixture.apply(&history()).await;
    assert_eq!(marks().await, [] as [&str; 0], "all of it is there already");
    fixture
        .apply(&[seen(Carrier, "j", 2, 5, &["pro:TSTL:10"])])
        .await;
    assert_eq!(
        marks().await,
        [] as [&str; 0],
        "a new version with the same numbers"
    );
    fixture
        .apply(&[seen(Carrier, "j", 1, 5, &["pro:TSTL:11"])])
        .await;
    assert_eq!(marks().await, [] as [&str; 0], "an older version");
    fixture
        .apply(&[seen(Carrier, "j", 3, 5, &["pro:TSTL:11"])])
        .await;
    assert_eq!(
        marks().await,
        ["pro", "record"],
        "what it has no more, and itself"
    );
}

async fn edges_come_when_a_record_is_delivered_again(fixture: Fixture) {
    let told = [
        trip("L-1", 1, 5, &["bol:1"]),
        seen(Carrier, "a", 1, 5, &["bol:1"]),
    ];
    fixture.apply(&told).await;
    let resolved = fixture.resolved().await;
    // As a release left them that knew of no edges.
    for table in ["rpt_xref", "rpt_resolution", "rpt_xref_touched"] {
        fixture.execute(&format!("DELETE FROM {table}")).await;
    }
    fixture.apply(&told).await;
    assert_eq!(fixture.resolved().await, resolved);
}
