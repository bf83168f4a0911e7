//! Whether the reports are fresh is known from the outside, and a silent source is told from one that is cut off.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use e2e::World;
use record::{Entity, Source};
use reporting::{Level, Table};

/// How long a canary may take from its app to the report, before the test fails.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn a_canary_of_every_source_travels_the_whole_way() -> Result<()> {
    let world = World::of_seconds(1).rates(0.5, 0.5).start().await?;
    let pipeline = world.stack().pipeline();
    // Beside their schedules, which are once a minute.
    for source in Source::ALL {
        pipeline
            .host(source.as_str())
            .run_function("canary")
            .await?;
    }
    let give_up = Instant::now() + PATIENCE;
    let arrived = loop {
        let arrived = pipeline.store().rows(Table::Canary).await?;
        if arrived.len() == Source::ALL.len() {
            break arrived;
        }
        ensure!(Instant::now() < give_up, "only these arrived: {arrived:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    for canary in arrived {
        let version = &canary["app_version"];
        assert!(version.as_str().is_some_and(|version| !version.is_empty()));
    }

    pipeline
        .host("consolidator")
        .run_function("freshness")
        .await?;
    let states = loop {
        let states = pipeline.store().source_states().await?;
        if !states.is_empty() {
            break states;
        }
        ensure!(Instant::now() < give_up, "nothing was measured");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    for &source in Source::ALL {
        let mut canaries = states
            .iter()
            .filter(|state| (state.source, state.stream) == (source, Entity::Canary));
        let canary = canaries.next().expect("each source has one");
        assert!(canary.watermark.is_some(), "{canary:?}");
        assert_eq!((canary.level, canary.backlog), (Level::Fresh, 0));
    }
    let shown = world.crossdock_well("ada", &["status"]).await?;
    let fresh = shown["freshness"].as_array().cloned().unwrap_or_default();
    assert_eq!(fresh.len(), Source::ALL.len(), "{shown:#}");
    for source in fresh {
        let streams = source["streams"].as_array().cloned().unwrap_or_default();
        let canary = streams.iter().find(|stream| stream["stream"] == "canary");
        assert_eq!(canary.map(|canary| &canary["level"]), Some(&"fresh".into()));
    }
    world.end().await?;
    Ok(())
}
