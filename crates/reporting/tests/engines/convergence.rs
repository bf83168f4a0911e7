//! The same records in any order, however often and in whatever batches, come to the same rows.

use std::sync::Arc;

use proptest::{
    prelude::*,
    sample::Index,
    test_runner::{Config, TestRunner},
};
use reporting::Change;

use crate::{fixture::Fixture, on_both_engines, world};

on_both_engines! {
    shuffled_and_repeated_deliveries_converge,
    history_comes_to_the_rows_that_the_rules_demand,
}

/// Each case costs two fresh stores.
const CASES: u32 = 20;

/// Which of the history's records are delivered, in which order (repeats included), and where a batch ends.
#[derive(Debug, Clone)]
struct Delivery {
    kept: Vec<usize>,
    order: Vec<usize>,
    batch: usize,
}

fn deliveries(records: usize) -> impl Strategy<Value = Delivery> {
    let kept = prop::collection::vec(prop::bool::weighted(0.8), records);
    let repeats = prop::collection::vec(any::<Index>(), 0..12);
    (kept, repeats, 1..=records)
        .prop_flat_map(|(kept, repeats, batch)| {
            let kept: Vec<usize> = (0..kept.len()).filter(|&index| kept[index]).collect();
            let mut order = kept.clone();
            if !kept.is_empty() {
                order.extend(repeats.iter().map(|index| kept[index.index(kept.len())]));
            }
            (Just(kept), Just(order).prop_shuffle(), Just(batch))
        })
        .prop_map(|(kept, order, batch)| Delivery { kept, order, batch })
}

async fn shuffled_and_repeated_deliveries_converge(fixture: Fixture) {
    let runtime = tokio::runtime::Handle::current();
    let fixture = Arc::new(fixture);
    let history = world::history();
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

/// The rows in the sources' order, one record at a time, against the rows of the delivery.
async fn compare(
    fixture: &Fixture,
    history: &[Change<'static>],
    delivery: &Delivery,
) -> Result<(), TestCaseError> {
    let expected = Fixture::sqlite().await;
    for &index in &delivery.kept {
        expected.apply(std::slice::from_ref(&history[index])).await;
    }
    let store = reporting::recreate(&fixture.url).await.unwrap();
    let fixture = fixture.with(store);
    for batch in delivery.order.chunks(delivery.batch) {
        let batch: Vec<_> = batch.iter().map(|&index| history[index].clone()).collect();
        fixture.apply(&batch).await;
    }
    prop_assert_eq!(expected.report().await, fixture.report().await);
    Ok(())
}

async fn history_comes_to_the_rows_that_the_rules_demand(fixture: Fixture) {
    use reporting::Table;
    fixture.apply(&world::history()).await;
    let keys =
        |rows: Vec<serde_json::Map<String, serde_json::Value>>, names: &[&str]| -> Vec<String> {
            let key = |row: &serde_json::Map<String, serde_json::Value>| -> String {
                let parts: Vec<String> = names.iter().map(|&name| row[name].to_string()).collect();
                parts.join(" ").replace('"', "")
            };
            rows.iter().map(key).collect()
        };
    assert_eq!(
        keys(fixture.rows(Table::Order).await, &["order_no"]),
        ["SO-1", "SO-2"]
    );
    assert_eq!(
        keys(
            fixture.rows(Table::OrderLine).await,
            &["order_no", "sequence"]
        ),
        ["SO-1 10", "SO-2 10", "SO-4 10"]
    );
    assert_eq!(
        keys(fixture.rows(Table::Shipment).await, &["shipment_no"]),
        ["L-1"]
    );
    let at = |offset: i64| (world::EPOCH_MS + offset).to_string();
    let times = [
        "stop_id",
        "seq",
        "planned_arrive",
        "planned_depart",
        "projected_arrive",
        "actual_arrive",
        "actual_depart",
    ];
    let stops = keys(fixture.rows(Table::Stop).await, &times);
    // b's two contents of version 5: the larger hash gives the forecast, the only one with planned times gives those.
    let (planned, projected) = (12, 10);
    assert_eq!(
        stops,
        [
            format!("a 4 {} {} {} {} null", at(5), at(6), at(6), at(7)),
            format!(
                "b 9 {} {} {} {} null",
                at(planned),
                at(planned + 1),
                at(projected),
                at(13)
            ),
        ]
    );
    let milestones = keys(
        fixture.rows(Table::Milestone).await,
        &["milestone_id", "event_time"],
    );
    assert_eq!(
        milestones,
        [
            format!("L-1|a|pickup_arrived|ACT {}", at(6000)),
            format!("L-2|y|pickup_arrived|ACT {}", at(3000)),
            format!("TSTL|L-2|X6 {}", at(1)),
        ]
    );
}
