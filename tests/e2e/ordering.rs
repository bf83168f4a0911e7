//! Newer wins, whatever comes first.

use anyhow::Result;
use e2e::World;

#[tokio::test(flavor = "multi_thread")]
async fn everything_shuffled_ends_as_it_happened() -> Result<()> {
    let world = World::of_seconds(6)
        .fault("late", 0.9)
        .fault("late_visible", 0.5)
        .rates(8.0, 20.0);
    let verdict = world.start().await?.end().await?;
    let transport = verdict
        .sources
        .iter()
        .find(|source| source.source == "transport")
        .expect("it is a source");
    assert!(
        transport.superseded > 0,
        "nothing came out of order: {transport:#?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_version_after_a_newer_one_changes_nothing() -> Result<()> {
    // At its end the world pushes the first message of every load again, under a new message id. The records of it are
    // known to the feed, so what arrives again is a duplicate.
    let verdict = World::of_seconds(5)
        .fault("stale", 1.0)
        .start()
        .await?
        .end()
        .await?;
    let transport = verdict
        .sources
        .iter()
        .find(|source| source.source == "transport")
        .expect("it is a source");
    assert!(transport.duplicate > 0, "{transport:#?}");
    Ok(())
}
