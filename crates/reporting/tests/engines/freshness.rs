//! What is noted of how fresh the reports are, and what on-call sees of it.

use record::{Entity, EpochMillis, Source};
use reporting::{Level, SourceState};

use crate::{
    fixture::{Fixture, NOW},
    on_both_engines,
    world::{EPOCH_MS, order, shipment},
};

on_both_engines! {
    each_stream_has_its_figures_in_each_window,
    a_measurement_of_earlier_replaces_none_of_later,
    nobody_measuring_is_as_bad_as_being_behind,
}

const MINUTE_MS: i64 = 60_000;

async fn each_stream_has_its_figures_in_each_window(fixture: Fixture) {
    let long_ago = EpochMillis(NOW.0 - 20 * MINUTE_MS);
    let store = &fixture.store;
    store
        .apply(&[order("SO-1", 1, "open", &[])], long_ago)
        .await
        .unwrap();
    // One is new, one is there already, one is too late.
    store
        .apply(&[order("SO-1", 3, "open", &[])], NOW)
        .await
        .unwrap();
    store
        .apply(
            &[order("SO-1", 3, "open", &[]), order("SO-1", 2, "open", &[])],
            NOW,
        )
        .await
        .unwrap();
    store.apply(&[shipment("L-1", 5, &[])], NOW).await.unwrap();

    let windows = store.windows(NOW, &[15, 60]).await.unwrap();
    let of = |stream: Entity, window_min: i64| {
        let mut found = windows
            .iter()
            .filter(|figures| (figures.stream, figures.window_min) == (stream, window_min));
        let figures = found.next().unwrap();
        assert!(found.next().is_none());
        (
            [figures.applied, figures.duplicate, figures.superseded],
            figures.lag_ms,
            figures.newest_modified_at,
        )
    };
    let newest = |version: i64| Some(EpochMillis(EPOCH_MS + version));
    let lag = NOW.0 - EPOCH_MS - 3;
    assert_eq!(
        of(Entity::Order, 15),
        ([1, 1, 1], [Some(lag); 4], newest(3))
    );
    let earlier = long_ago.0 - EPOCH_MS - 1;
    assert_eq!(
        of(Entity::Order, 60),
        (
            [2, 1, 1],
            [Some(earlier), Some(lag), Some(lag), Some(lag)],
            newest(3)
        )
    );
    let lag = NOW.0 - EPOCH_MS - 5;
    assert_eq!(
        of(Entity::Shipment, 15),
        ([1, 0, 0], [Some(lag); 4], newest(5))
    );
}

fn state(measured_at: i64, level: Level) -> SourceState {
    SourceState {
        source: Source::Orders,
        stream: Entity::Order,
        watermark: Some(EpochMillis(EPOCH_MS)),
        applied_at: None,
        backlog: 7,
        oldest_waiting_at: Some(EpochMillis(EPOCH_MS - 1)),
        level,
        cause: (level > Level::Fresh).then(|| "waiting".to_owned()),
        watched_since: EpochMillis(EPOCH_MS - 2),
        measured_at: EpochMillis(measured_at),
    }
}

async fn a_measurement_of_earlier_replaces_none_of_later(fixture: Fixture) {
    let store = &fixture.store;
    let (earlier, later) = (state(NOW.0, Level::Page), state(NOW.0 + 1, Level::Fresh));
    for noted in [&earlier, &later, &earlier] {
        let noted = std::slice::from_ref(noted);
        let windows = store.windows(NOW, &[15]).await.unwrap();
        store.note_freshness(noted, &windows).await.unwrap();
    }
    assert_eq!(store.source_states().await.unwrap(), [later]);
}

async fn nobody_measuring_is_as_bad_as_being_behind(fixture: Fixture) {
    let shown = async || {
        fixture
            .texts("SELECT stream || ' ' || level || ' ' || coalesce(cause, '-') FROM v_freshness")
            .await
    };
    let health = async || {
        let sql = "SELECT source || ' ' || level || ' ' || state FROM v_source_health";
        fixture.texts(sql).await
    };
    let now = jiff::Timestamp::now().as_millisecond();
    let note = async |state: SourceState| {
        fixture.execute("DELETE FROM rpt_source_state").await;
        fixture.store.note_freshness(&[state], &[]).await.unwrap();
    };
    note(state(now, Level::Fresh)).await;
    assert_eq!(shown().await, ["order fresh -"]);
    // Nothing came, and nothing is wrong.
    assert_eq!(health().await, ["orders fresh silent"]);
    note(state(now, Level::Notice)).await;
    assert_eq!(shown().await, ["order notice waiting"]);
    assert_eq!(health().await, ["orders notice behind"]);
    note(state(now - 11 * MINUTE_MS, Level::Notice)).await;
    assert_eq!(shown().await, ["order alert not_measured"]);
}
