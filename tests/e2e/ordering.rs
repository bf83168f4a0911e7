//! Newer wins, whatever comes first.

use anyhow::Result;
use e2e::World;

#[tokio::test(flavor = "multi_thread")]
async fn everything_shuffled_ends_as_it_happened() -> Result<()> {
    let world = World::of_seconds(8)
        .fault("late", 0.9)
        .fault("late_visible", 0.5)
        .fault("drop_late", 0.9)
        .fault("telematics_late", 0.3)
        .fault("telematics_disordered", 0.5)
        .fault("visibility_late", 0.9)
        .fault("visibility_disordered", 0.5)
        .fault("visibility_first", 0.5);
    let verdict = world.start().await?.end().await?;
    for name in ["transport", "visibility"] {
        let mut sources = verdict.sources.iter();
        let source = sources.find(|source| source.source == name);
        let source = source.expect("it is a source");
        assert!(
            source.superseded > 0,
            "nothing came out of order: {source:#?}"
        );
    }
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
