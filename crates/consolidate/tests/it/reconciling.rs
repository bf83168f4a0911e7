//! What the change feed never brought is found and taken in again.

use std::collections::BTreeMap;

use emulator_process::Emulator;
use feed::Feed;
use jiff::Timestamp;
use record::{
    Body, EpochMillis, Lifecycle, Provenance, Record, Source, SourceVersion, Stop, StopTimes, Text,
};
use reporting::{ControlTotal, Store, Table};
use serde_json::{Map, Value};

use crate::{
    fixture::{Fixture, fixture},
    measuring::{at, publish, stop, take},
};

const HOUR_MS: i64 = 3_600_000;

/// Later than all that the test publishes, by so much that none of it is on its way any more.
fn afterwards() -> EpochMillis {
    EpochMillis(Timestamp::now().as_millisecond() + 3 * 60_000)
}

fn versioned(body: Body<'static>, version: u64) -> Record<'static> {
    let now = EpochMillis::from(Timestamp::now());
    let id = format!("{version:032x}");
    let provenance = Provenance::new("m", id, now, now);
    Record::upsert(
        Source::Transport,
        body,
        SourceVersion::new(version, 0),
        provenance,
    )
    .unwrap()
}

/// What all hours together came to, for transport.
fn sums(totals: &[ControlTotal]) -> [i64; 5] {
    let mut sums = [0; 5];
    for total in totals.iter().filter(|total| total.source == "transport") {
        let parts = [
            total.documents,
            total.in_report,
            total.dead_lettered,
            total.missing,
            total.reapplied,
        ];
        for (sum, part) in sums.iter_mut().zip(parts) {
            *sum += part;
        }
    }
    sums
}

/// Looks at the hour of the test, and at the one before, should one have ended meanwhile.
async fn reconciled(store: &Store, feed: &Feed) -> Vec<ControlTotal> {
    let until = afterwards();
    let reconciler = at(store, feed, until);
    let from = EpochMillis(until.0 - HOUR_MS);
    reconciler.reconcile(from, until).await.unwrap()
}

async fn rows(store: &Store) -> Vec<Map<String, Value>> {
    store.rows(Table::Stop).await.unwrap()
}

#[tokio::test]
async fn a_batch_that_the_checkpoint_was_moved_past_is_found_and_healed() {
    let emulator = Emulator::start();
    let feed = emulator.sealing_feed().await;
    let Fixture { store, .. } = &fixture().await;
    let all: Vec<_> = (0..6).map(|number| versioned(stop(number, 1), 1)).collect();
    let refused = versioned(stop(9, 91_000_000), 7);
    publish(&feed, &all).await;
    publish(&feed, std::slice::from_ref(&refused)).await;
    // The first batch came. Then the checkpoint is past the second one, of which one can never be written.
    take(&at(store, &feed, afterwards()), &all[..2]).await;
    assert_eq!(rows(store).await.len(), 2);

    let first = reconciled(store, &feed).await;
    assert_eq!(sums(&first), [7, 6, 1, 0, 5]);
    assert_eq!(rows(store).await.len(), 6);
    let letters = feed.dead_letters().collect().await.unwrap();
    assert_eq!(letters.len(), 1);

    // There is nothing more to do, and what was done stays counted.
    let second = reconciled(store, &feed).await;
    assert_eq!(sums(&second), [7, 6, 1, 0, 5]);
    assert_eq!(feed.dead_letters().collect().await.unwrap().len(), 1);
    // Sources that said nothing were looked at as well.
    let sources: BTreeMap<_, _> = second.iter().map(|total| (&total.source, total)).collect();
    assert_eq!(sources.len(), Source::ALL.len());
}

#[tokio::test]
async fn an_hour_that_is_over_and_whole_is_settled_and_left_alone() {
    let emulator = Emulator::start();
    let feed = emulator.sealing_feed().await;
    let Fixture { store, .. } = &fixture().await;
    let all = [versioned(stop(0, 1), 1)];
    publish(&feed, &all).await;
    let in_two_hours = || EpochMillis(afterwards().0 + 2 * HOUR_MS);
    // All hours of the last day; more than one pass deals with, so several.
    let mut checked = Vec::new();
    for _ in 0..6 {
        let reconciler = at(store, &feed, in_two_hours());
        checked.push(reconciler.reconcile_due().await.unwrap());
    }
    assert_eq!(sums(&checked.concat()), [1, 1, 0, 0, 1]);
    let last = checked.last().unwrap();
    let hours: Vec<_> = last.iter().map(|total| total.hour).collect();
    assert!(
        hours.iter().all(|hour| *hour == hours[0]),
        "only the current one"
    );
    assert!(last.iter().all(|total| !total.settled));
    // By name it is looked at again.
    let from = EpochMillis(afterwards().0 - HOUR_MS);
    let reconciler = at(store, &feed, in_two_hours());
    let again = reconciler.reconcile(from, afterwards()).await.unwrap();
    assert_eq!(sums(&again), [1, 1, 0, 0, 1]);
}

#[tokio::test]
async fn an_older_record_that_would_fill_a_group_of_columns_is_missing_too() {
    let emulator = Emulator::start();
    let feed = emulator.sealing_feed().await;
    let Fixture { store, .. } = &fixture().await;
    let with_times = |lifecycle| {
        let Body::Stop(stop) = stop(0, 1) else {
            unreachable!("it is a stop")
        };
        let times = StopTimes {
            lifecycle,
            arrive: Some(EpochMillis(1_793_610_922_000)),
            depart: None,
        };
        match lifecycle {
            Lifecycle::Planned => Body::Stop(Stop {
                planned: Some(times),
                ..stop
            }),
            _ => Body::Stop(Stop {
                actual: Some(times),
                place_name: Some(Text::from("x")),
                ..stop
            }),
        }
    };
    let planned = versioned(with_times(Lifecycle::Planned), 1);
    let actual = versioned(with_times(Lifecycle::Actual), 2);
    publish(&feed, &[planned, actual.clone()]).await;
    take(&at(store, &feed, afterwards()), &[actual]).await;
    assert_eq!(rows(store).await[0]["planned_arrive"], Value::Null);
    let totals = reconciled(store, &feed).await;
    assert_eq!(sums(&totals), [2, 2, 0, 0, 1]);
    assert_eq!(
        rows(store).await[0]["planned_arrive"],
        1_793_610_922_000_i64
    );
}
