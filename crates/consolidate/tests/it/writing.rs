//! Batches with refused records, on a real store.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

use consolidate::{Fate, WriteError, write};
use record::{Body, Shipment, Text};
use reporting::{Outcome, Store, Table};
use retry::{Guard, Policy};

use crate::fixture::{AT, change, fixture, stop};

fn patient() -> Policy {
    let short = Duration::from_millis(1);
    Policy::new(3, short, short, Duration::from_millis(10)).unwrap()
}

/// Writes `n` stops of which those at `bad` are refused; returns how many transactions were tried.
async fn write_stops(store: &Store, n: usize, bad: &[usize]) -> u32 {
    let changes: Vec<_> = (0..n).map(|i| stop(i, !bad.contains(&i))).collect();
    let tried = AtomicU32::new(0);
    let now = || {
        tried.fetch_add(1, Ordering::Relaxed);
        AT
    };
    let fates = write(store, &changes, &Guard::new(patient(), "store"), &now)
        .await
        .unwrap();
    assert_eq!(fates.len(), n);
    for (index, fate) in fates.iter().enumerate() {
        match fate {
            Fate::Stored(outcome) => {
                assert_eq!(*outcome, Outcome::Applied, "{index}");
                assert!(!bad.contains(&index), "{index} of {bad:?}");
            }
            Fate::Refused(refusal) => {
                assert!(bad.contains(&index), "{index} of {bad:?}");
                assert!(refusal.message.contains("lat_e6"), "{refusal}");
            }
        }
    }
    assert_eq!(store.rows(Table::Stop).await.unwrap().len(), n - bad.len());
    tried.load(Ordering::Relaxed)
}

/// What finding one refused record among `n` may cost beside the first attempt.
fn extra_max(n: usize) -> u32 {
    n.next_power_of_two().ilog2() + 1
}

#[tokio::test]
async fn a_batch_without_refused_records_is_one_transaction() {
    let fixture = fixture().await;
    assert_eq!(write_stops(&fixture.store, 100, &[]).await, 1);
}

#[tokio::test]
async fn one_refused_record_is_found_wherever_it_is() {
    for n in [1, 2, 3, 7, 33] {
        for bad in 0..n {
            let fixture = fixture().await;
            let tried = write_stops(&fixture.store, n, &[bad]).await;
            // The first attempt, and the rehearsal that rules out a broken store.
            assert!(tried <= 2 + extra_max(n), "{bad} of {n}: {tried}");
        }
    }
}

#[tokio::test]
async fn several_refused_records_cost_as_much_each() {
    for bad in [
        vec![0, 99],
        vec![10, 11, 12],
        vec![3, 50, 97],
        (0..20).collect(),
    ] {
        let fixture = fixture().await;
        let tried = write_stops(&fixture.store, 100, &bad).await;
        let found = u32::try_from(bad.len()).unwrap();
        assert!(tried <= 2 + found * extra_max(100), "{bad:?}: {tried}");
    }
}

#[tokio::test]
async fn a_store_that_refuses_good_records_is_broken() {
    let fixture = fixture().await;
    let pool = sqlx::SqlitePool::connect(&fixture.url).await.unwrap();
    sqlx::query(
        "CREATE TRIGGER broken BEFORE INSERT ON rpt_stop BEGIN SELECT RAISE(ABORT, 'no'); END",
    )
    .execute(&pool)
    .await
    .unwrap();
    let shipment = change(Body::Shipment(Shipment {
        shipment_no: Text::from("L-1"),
        ..Shipment::default()
    }));
    let changes = [stop(0, true), shipment, stop(1, true)];
    let error = write(
        &fixture.store,
        &changes,
        &Guard::new(patient(), "store"),
        &|| AT,
    )
    .await
    .unwrap_err();
    assert!(
        matches!(
            error,
            WriteError::Broken {
                table: "rpt_stop",
                ..
            }
        ),
        "{error}"
    );
    // Repaired, the same batch again loses nothing.
    sqlx::query("DROP TRIGGER broken")
        .execute(&pool)
        .await
        .unwrap();
    let fates = write(
        &fixture.store,
        &changes,
        &Guard::new(patient(), "store"),
        &|| AT,
    )
    .await
    .unwrap();
    assert!(fates.iter().all(|fate| matches!(fate, Fate::Stored(_))));
    assert_eq!(fixture.store.rows(Table::Stop).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_store_that_is_away_is_tried_again_and_refuses_nobody() {
    let fixture = fixture().await;
    let away = Store::connect(&fixture.url.replace("report.db", "away.db")).unwrap();
    let tried = AtomicU32::new(0);
    let now = || {
        tried.fetch_add(1, Ordering::Relaxed);
        AT
    };
    let error = write(
        &away,
        &[stop(0, false)],
        &Guard::new(patient(), "store"),
        &now,
    )
    .await
    .unwrap_err();
    assert!(matches!(error, WriteError::Unavailable(_)), "{error}");
    assert!(tried.load(Ordering::Relaxed) > 1);
}

#[tokio::test]
async fn nothing_is_nothing() {
    let fixture = fixture().await;
    assert_eq!(
        write(&fixture.store, &[], &Guard::new(patient(), "store"), &|| AT)
            .await
            .unwrap(),
        []
    );
}

/// Accepts connections, counts them and hangs up: what a database behind a broken proxy does.
async fn hangs_up() -> (String, Arc<AtomicU64>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("postgres://nobody@{}/none", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            counter.fetch_add(1, Ordering::SeqCst);
            drop(connection);
        }
    });
    (url, asked)
}

#[tokio::test]
async fn a_database_that_hangs_up_is_hardly_asked_more_often_than_batches_come() {
    let (url, asked) = hangs_up().await;
    let store = Store::connect(&url).unwrap();
    let guard = Guard::new(Policy::store_write(), "store");
    let batches = 400u64;
    let changes = [stop(1, true), stop(2, false)];
    let writes = (0..batches).map(|_| write(&store, &changes, &guard, &|| AT));
    for written in futures::future::join_all(writes).await {
        assert!(
            matches!(written, Err(WriteError::Unavailable(_))),
            "an outage is no record's fault"
        );
    }
    let asked = asked.load(Ordering::SeqCst);
    assert!(asked > 0);
    assert!(
        asked * 10 <= batches * 12,
        "{asked} connections for {batches} batches"
    );
    assert!(guard.sink().is_away());
}
