//! Several writers at once, and one that dies. On PostgreSQL: SQLite has one writer.

use record::Source::Carrier;
use reporting::{Change, Store};
use sqlx::{Connection, PgConnection};

use crate::{
    fixture::{Fixture, NOW},
    world::numbers::{history, seen, trip},
};

/// Holds up whoever writes to a table.
async fn hold_up(fixture: &Fixture, table: &str) -> PgConnection {
    let mut connection = PgConnection::connect(&fixture.url).await.unwrap();
    let lock = format!("BEGIN; LOCK TABLE {table} IN EXCLUSIVE MODE");
    let lock = sqlx::raw_sql(sqlx::AssertSqlSafe(lock));
    lock.execute(&mut connection).await.unwrap();
    connection
}

async fn let_go(mut connection: PgConnection) {
    sqlx::raw_sql("ROLLBACK")
        .execute(&mut connection)
        .await
        .unwrap();
}

/// Waits until as many transactions wait for the table.
async fn held_up(fixture: &Fixture, table: &str, count: i64) {
    let mut connection = PgConnection::connect(&fixture.url).await.unwrap();
    let waiting =
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = $1::text::regclass";
    loop {
        let query = sqlx::query_scalar::<_, i64>(waiting).bind(table);
        if query.fetch_one(&mut connection).await.unwrap() == count {
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn writers_that_do_not_see_each_other_are_brought_together() {
    let Some(fixture) = Fixture::postgres("writers_that_do_not_see_each_other").await else {
        return;
    };
    // Each writes its edges and stops before it commits: neither sees that the other ties into the same group.
    let held = hold_up(&fixture, "rpt_consolidation").await;
    let write = |change: Change<'static>| {
        let store = Store::connect(&fixture.url).unwrap();
        tokio::spawn(async move {
            store.apply(&[change], NOW).await.unwrap();
            store.resolve(NOW).await.unwrap();
        })
    };
    let writers = [
        write(trip("L-1", 1, 5, &["bol:1"])),
        write(seen(Carrier, "a", 1, 5, &["bol:1", "pro:TSTL:1"])),
        write(seen(Carrier, "b", 1, 5, &["pro:TSTL:1"])),
    ];
    held_up(&fixture, "rpt_consolidation", 3).await;
    let nothing = fixture.store.resolve(NOW).await.unwrap();
    assert_eq!(nothing.marks, 0, "nothing is committed");
    let_go(held).await;
    for writer in writers {
        writer.await.unwrap();
    }
    let marks = fixture.texts("SELECT kind FROM rpt_xref_touched").await;
    assert_eq!(
        marks,
        [] as [&str; 0],
        "whoever was last took what the others left"
    );
    let expected = [
        "milestone carrier|a: L-1 bol in shipment_no:L-1",
        "milestone carrier|b: L-1 group in shipment_no:L-1",
        "shipment L-1: L-1 own in shipment_no:L-1",
    ];
    assert_eq!(fixture.resolved().await, expected);
}

#[tokio::test]
async fn many_writers_come_to_what_one_comes_to() {
    let Some(fixture) = Fixture::postgres("many_writers").await else {
        return;
    };
    let expected = Fixture::sqlite().await;
    expected.apply(&history()).await;
    let writers = (0..4).map(|number| {
        let store = Store::connect(&fixture.url).unwrap();
        let mut own = history();
        // Each begins somewhere else and writes everything.
        let begin = number * own.len() / 4;
        own.rotate_left(begin);
        tokio::spawn(async move {
            for batch in own.chunks(3) {
                store.apply(batch, NOW).await.unwrap();
                store.resolve(NOW).await.unwrap();
            }
        })
    });
    for writer in Vec::from_iter(writers) {
        writer.await.unwrap();
    }
    let marks = fixture.texts("SELECT kind FROM rpt_xref_touched").await;
    assert_eq!(marks, [] as [&str; 0]);
    assert_eq!(fixture.resolved().await, expected.resolved().await);
}

#[tokio::test]
async fn who_dies_in_the_middle_leaves_everything_to_the_next() {
    let Some(fixture) = Fixture::postgres("who_dies_in_the_middle").await else {
        return;
    };
    let told = [
        trip("L-1", 1, 5, &["bol:1"]),
        seen(Carrier, "a", 1, 5, &["bol:1"]),
    ];
    fixture.apply(&told).await;
    let held = hold_up(&fixture, "rpt_resolution").await;
    let store = Store::connect(&fixture.url).unwrap();
    let dying = tokio::spawn(async move { store.resolve(NOW).await });
    held_up(&fixture, "rpt_resolution", 1).await;
    let other = fixture.store.resolve(NOW).await.unwrap();
    assert!(other.is_elsewhere, "one at a time");
    sqlx::query("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted AND relation = 'rpt_resolution'::regclass")
        .execute(&mut PgConnection::connect(&fixture.url).await.unwrap())
        .await
        .unwrap();
    dying.await.unwrap().unwrap_err();
    let_go(held).await;
    // The client hears of the death a little before the server has cleared up after it.
    while fixture.store.resolve(NOW).await.unwrap().is_elsewhere {
        tokio::task::yield_now().await;
    }
    let expected = [
        "milestone carrier|a: L-1 bol in shipment_no:L-1",
        "shipment L-1: L-1 own in shipment_no:L-1",
    ];
    assert_eq!(fixture.resolved().await, expected);
}
