//! How fresh the report is, measured against a real feed and a real store.

use emulator_process::Emulator;
use feed::{Feed, PublishOutcome};
use jiff::Timestamp;
use record::{
    Body, Canary, Entity, EpochMillis, Provenance, Record, Source, SourceVersion, Stop, Text,
};
use reporting::{Level, SourceState, Store};

use crate::fixture::{Fixture, fixture};
use consolidate::{Consolidate, Page};

const MINUTE_MS: i64 = 60_000;

pub(crate) fn at(store: &Store, feed: &Feed, now: EpochMillis) -> Consolidate {
    Consolidate::new(
        store.clone(),
        feed.clone(),
        "consolidator",
        "0.0.0",
        move || now,
    )
    .unwrap()
}

fn record(body: Body<'static>, modified_at: EpochMillis) -> Record<'static> {
    let id = "0af7651916cd43dd8448eb211c80319c";
    let provenance = Provenance::new("m", id, modified_at, modified_at);
    let version = SourceVersion::new(u64::try_from(modified_at.0).unwrap(), 0);
    Record::upsert(Source::Transport, body, version, provenance).unwrap()
}

pub(crate) fn stop(number: usize, lat_e6: i64) -> Body<'static> {
    Body::Stop(Stop {
        shipment_no: Text::from("L-1"),
        stop_id: Text::from(format!("{number:03}")),
        lat_e6: Some(lat_e6),
        ..Stop::default()
    })
}

fn canary(sent_at: EpochMillis) -> Body<'static> {
    Body::Canary(Canary {
        source: Source::Transport,
        sent_at,
        app_version: Text::from("0.0.0"),
    })
}

pub(crate) async fn publish(feed: &Feed, records: &[Record<'static>]) {
    let documents = records.iter().map(Record::to_document).collect();
    let outcomes = feed.publish(documents).await.outcomes;
    assert!(
        outcomes
            .iter()
            .all(|outcome| *outcome == PublishOutcome::Created)
    );
}

pub(crate) async fn take(consolidate: &Consolidate, records: &[Record<'static>]) {
    let documents: Vec<_> = records.iter().map(Record::to_document).collect();
    let documents: Vec<&str> = documents.iter().map(record::Document::json).collect();
    let page = Page {
        documents: &documents,
        arrival: &[],
    };
    consolidate.take(&page).await.unwrap();
}

fn of(states: &[SourceState], stream: Entity) -> &SourceState {
    let mut found = states
        .iter()
        .filter(|state| (state.source, state.stream) == (Source::Transport, stream));
    found.next().unwrap()
}

#[tokio::test]
async fn what_waits_in_the_feed_is_seen_from_outside_and_a_dead_letter_does_not_wait() {
    let emulator = Emulator::start();
    let feed = emulator.sealing_feed().await;
    let Fixture { store, .. } = &fixture().await;
    // The database writes its own time into documents, so that the test's begins at the same.
    let now = EpochMillis::from(Timestamp::now());
    let later = |minutes: i64| EpochMillis(now.0 + minutes * MINUTE_MS);
    let refused = record(stop(9, 91_000_000), now);
    let records: Vec<_> = (0..3).map(|number| record(stop(number, 1), now)).collect();
    publish(&feed, &records).await;
    publish(&feed, &[refused.clone(), record(canary(now), now)]).await;

    let first = at(store, &feed, now).measure().await.unwrap();
    let stops = of(&first, Entity::Stop);
    // On its way, and none waits.
    assert_eq!((stops.backlog, stops.oldest_waiting_at), (4, None));
    assert_eq!((stops.level, stops.watermark), (Level::Fresh, None));

    let second = at(store, &feed, later(6)).measure().await.unwrap();
    let stops = of(&second, Entity::Stop);
    assert_eq!((stops.backlog, stops.oldest_waiting_at), (4, Some(now)));
    assert_eq!(stops.level, Level::Notice);
    assert_eq!(stops.cause.as_deref(), Some("waiting"));
    // The canary waits like everything else; the way of all others is watched only since the first measurement.
    assert_eq!(of(&second, Entity::Canary).level, Level::Notice);

    let consolidate = at(store, &feed, later(7));
    take(&consolidate, &records).await;
    take(&consolidate, &[refused, record(canary(now), now)]).await;
    let third = consolidate.measure().await.unwrap();
    let stops = of(&third, Entity::Stop);
    assert_eq!((stops.backlog, stops.oldest_waiting_at), (0, None));
    assert_eq!(stops.watermark, Some(now));
    // They came, and late: that is told as long as the window reaches.
    assert_eq!(
        (stops.level, stops.cause.as_deref()),
        (Level::Notice, Some("late"))
    );
    let mut noted = store.source_states().await.unwrap();
    noted.sort_by_key(|state| (state.source, state.stream));
    assert_eq!(noted, third);

    // Nothing comes any more, not even a canary: the way is cut.
    let fourth = at(store, &feed, later(30)).measure().await.unwrap();
    assert_eq!(of(&fourth, Entity::Stop).level, Level::Fresh);
    let canary = of(&fourth, Entity::Canary);
    assert_eq!(
        (canary.level, canary.cause.as_deref()),
        (Level::Page, Some("canary"))
    );
}
