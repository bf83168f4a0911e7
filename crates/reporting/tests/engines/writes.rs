//! What one batch does.

use record::{Body, Entity, EpochMillis, Lifecycle, Shipment, Source, Text};
use reporting::{
    ApplyError,
    Outcome::{Applied, Duplicate, Superseded},
    Store, StoreError, Table,
};
use retry::{Class, Classify};

use crate::{
    fixture::{Fixture, NOW},
    on_both_engines,
    world::{self, line, milestone, milestone_at, order, stop, tombstone},
};

on_both_engines! {
    a_newer_version_wins_and_an_older_one_loses,
    the_same_twice_is_a_duplicate,
    several_versions_in_one_batch_come_to_the_newest,
    a_stop_applies_if_any_group_is_newer,
    a_tombstone_hides_the_row_until_a_newer_version,
    a_refused_record_is_refused_and_its_batch_not_written,
    an_instant_out_of_range_is_refused,
    a_rehearsal_leaves_nothing,
    a_preview_tells_what_applying_then_does,
    a_row_tells_what_it_holds,
    an_empty_batch_is_nothing,
    concurrent_batches_on_the_same_keys_converge,
    a_missing_schema_is_the_stores_fault,
}

async fn a_newer_version_wins_and_an_older_one_loses(fixture: Fixture) {
    assert_eq!(
        fixture.apply(&[order("SO-1", 2, "open", &[])]).await,
        [Applied]
    );
    assert_eq!(
        fixture.apply(&[order("SO-1", 1, "draft", &[])]).await,
        [Superseded]
    );
    assert_eq!(fixture.rows(Table::Order).await[0]["status"], "open");
    assert_eq!(
        fixture.apply(&[order("SO-1", 3, "released", &[])]).await,
        [Applied]
    );
    assert_eq!(fixture.rows(Table::Order).await[0]["status"], "released");
}

async fn the_same_twice_is_a_duplicate(fixture: Fixture) {
    let history = world::history();
    fixture.apply(&history).await;
    let report = fixture.report().await;
    let again = fixture.apply(&history).await;
    assert!(!again.contains(&Applied), "{again:?}");
    assert!(again.contains(&Duplicate) && again.contains(&Superseded));
    assert_eq!(fixture.report().await, report);
}

async fn several_versions_in_one_batch_come_to_the_newest(fixture: Fixture) {
    let batch = [
        order("SO-1", 1, "draft", &[]),
        order("SO-1", 3, "released", &[]),
        order("SO-2", 1, "draft", &[]),
        order("SO-1", 3, "released", &[]),
        order("SO-1", 2, "open", &[]),
    ];
    assert_eq!(
        fixture.apply(&batch).await,
        [Superseded, Applied, Applied, Duplicate, Superseded]
    );
    assert_eq!(fixture.rows(Table::Order).await[0]["status"], "released");
}

async fn a_stop_applies_if_any_group_is_newer(fixture: Fixture) {
    let actual = stop("L-1", "a", 5, &[(Lifecycle::Actual, 3)]);
    let planned = stop("L-1", "a", 4, &[(Lifecycle::Planned, 1)]);
    let requested = stop("L-1", "a", 6, &[(Lifecycle::Requested, 2)]);
    assert_eq!(fixture.apply(&[actual]).await, [Applied]);
    assert_eq!(
        fixture.apply(std::slice::from_ref(&planned)).await,
        [Applied]
    );
    assert_eq!(fixture.apply(&[planned]).await, [Superseded]);
    assert_eq!(fixture.apply(&[requested]).await, [Applied]);
    let row = &fixture.rows(Table::Stop).await[0];
    assert_eq!(row["seq"], 6, "the description is of the newest record");
    assert_eq!(
        row["planned_arrive"],
        world::EPOCH_MS + 1,
        "planned outranks requested"
    );
    assert_eq!(row["actual_arrive"], world::EPOCH_MS + 3);
}

async fn a_tombstone_hides_the_row_until_a_newer_version(fixture: Fixture) {
    let gone = tombstone(Entity::Order, &["CRONUS", "SO-1"], 2);
    assert_eq!(
        fixture
            .apply(&[order("SO-1", 1, "draft", &[10]), line("SO-1", 10, 1, "1")])
            .await,
        [Applied; 2]
    );
    assert_eq!(fixture.apply(&[gone]).await, [Applied]);
    assert!(fixture.rows(Table::Order).await.is_empty());
    assert!(fixture.rows(Table::OrderLine).await.is_empty());
    assert_eq!(
        fixture.apply(&[order("SO-1", 3, "draft", &[10])]).await,
        [Applied]
    );
    assert_eq!(fixture.rows(Table::Order).await.len(), 1);
    assert_eq!(fixture.rows(Table::OrderLine).await.len(), 1);
}

async fn a_refused_record_is_refused_and_its_batch_not_written(fixture: Fixture) {
    let batch = [
        milestone("L-1", "a", 1),
        milestone_at("L-1", "b", 1, 91_000_000),
    ];
    let error = fixture.store.apply(&batch, NOW).await.unwrap_err();
    assert_eq!(error.class(), Class::Permanent);
    let ApplyError::Refused(refusal) = error else {
        panic!("{error}")
    };
    assert!(
        refusal.message.to_lowercase().contains("check"),
        "{refusal}"
    );
    assert!(fixture.rows(Table::Milestone).await.is_empty());
    assert!(fixture.store.freshness().await.unwrap().is_empty());
    assert_eq!(fixture.apply(&batch[..1]).await, [Applied]);
}

async fn an_instant_out_of_range_is_refused(fixture: Fixture) {
    let body = Shipment {
        shipment_no: Text::from("L-1"),
        planned_start: Some(EpochMillis(i64::MAX)),
        ..Shipment::default()
    };
    let change = world::upsert(Source::Transport, Body::Shipment(body), 1);
    let error = fixture.store.apply(&[change], NOW).await.unwrap_err();
    assert!(matches!(error, ApplyError::Refused(_)), "{error}");
}

async fn a_rehearsal_leaves_nothing(fixture: Fixture) {
    let batch = [order("SO-1", 1, "draft", &[])];
    assert_eq!(
        fixture.store.rehearse(&batch, NOW).await.unwrap(),
        [Applied]
    );
    assert!(fixture.rows(Table::Order).await.is_empty());
    assert!(fixture.store.freshness().await.unwrap().is_empty());
    assert_eq!(fixture.apply(&batch).await, [Applied]);
}

async fn an_empty_batch_is_nothing(fixture: Fixture) {
    assert!(fixture.apply(&[]).await.is_empty());
    assert!(fixture.store.freshness().await.unwrap().is_empty());
}

async fn concurrent_batches_on_the_same_keys_converge(fixture: Fixture) {
    let history = world::history();
    let tasks: Vec<_> = (0..8)
        .map(|offset| {
            let (store, mut history) = (fixture.store.clone(), history.clone());
            history.rotate_left(offset * 5);
            tokio::spawn(async move {
                for batch in history.chunks(7) {
                    store.apply(batch, NOW).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let expected = Fixture::sqlite().await;
    expected.apply(&history).await;
    assert_eq!(fixture.report().await, expected.report().await);
}

async fn a_missing_schema_is_the_stores_fault(fixture: Fixture) {
    fixture.store.check_schema().await.unwrap();
    let url = if fixture.url.starts_with("sqlite") {
        fixture.url.replace("report.db", "absent.db")
    } else {
        format!("{}_absent", fixture.url)
    };
    let absent = Store::connect(&url).unwrap();
    let error = absent
        .apply(&[order("SO-1", 1, "draft", &[])], NOW)
        .await
        .unwrap_err();
    assert_eq!(error.class(), Class::TRANSIENT, "{error}");
    let error = absent.check_schema().await.unwrap_err();
    assert!(matches!(error, StoreError::Database(_)), "{error}");
}

async fn a_preview_tells_what_applying_then_does(fixture: Fixture) {
    fixture
        .apply(&[
            order("SO-1", 2, "open", &[1]),
            order("SO-2", 5, "open", &[]),
        ])
        .await;
    let batch = [
        order("SO-1", 3, "released", &[1, 2]),
        order("SO-2", 4, "draft", &[]),
        order("SO-2", 5, "open", &[]),
        order("SO-3", 1, "draft", &[]),
        tombstone(Entity::Order, &["CRONUS", "SO-2"], 6),
    ];
    let (before, report) = (fixture.report().await, fixture.rows(Table::Order).await);
    let previews = fixture.store.preview(&batch, NOW).await.unwrap();
    assert_eq!(fixture.report().await, before, "a preview leaves nothing");
    let outcomes: Vec<_> = previews.iter().map(|preview| preview.outcome).collect();
    assert_eq!(outcomes, fixture.apply(&batch).await);
    let first = &previews[0];
    assert!(!first.is_new && previews[3].is_new);
    let changed: Vec<_> = first.changes.iter().map(|change| change.column).collect();
    assert_eq!(changed, ["status", "line_sequences", "version"]);
    // The row before, with the changes made, is the row after.
    let mut row = report[0].clone();
    for change in first
        .changes
        .iter()
        .filter(|change| change.column != "version")
    {
        assert_eq!(row[change.column], change.before);
        row.insert(change.column.to_owned(), change.after.clone());
    }
    assert_eq!(fixture.rows(Table::Order).await[0], row);
}

async fn a_row_tells_what_it_holds(fixture: Fixture) {
    let actual = stop("L-1", "a", 5, &[(Lifecycle::Actual, 3)]);
    let planned = stop("L-1", "a", 4, &[(Lifecycle::Planned, 1)]);
    fixture.apply(std::slice::from_ref(&actual)).await;
    fixture.apply(std::slice::from_ref(&planned)).await;
    let keys = [(Entity::Stop, "L-1|a"), (Entity::Stop, "L-2|a")];
    let standings = fixture.store.standings(&keys).await.unwrap();
    let standing = standings[0].as_ref().unwrap();
    assert_eq!(standings[1], None);
    for record in [&actual, &planned] {
        let version = record.record().version().to_string();
        let hash = record.content_hash().to_owned();
        assert!(
            standing.holds(&version, &hash),
            "{standing:?} {version} {hash}"
        );
        assert!(standing.is_at_least(&version, &hash), "{standing:?}");
    }
    let older = stop("L-1", "a", 1, &[(Lifecycle::Requested, 0)]);
    let (version, hash) = (older.record().version().to_string(), older.content_hash());
    assert!(!standing.holds(&version, hash) && standing.is_at_least(&version, hash));
    assert_eq!(
        (standing.applied_at, standing.source.as_str()),
        (NOW, "transport")
    );
}
