//! A message delivered twice counts once.

use anyhow::Result;
use e2e::World;

#[tokio::test(flavor = "multi_thread")]
async fn everything_delivered_twice_counts_once() -> Result<()> {
    // Orders come more than once by themselves: each pull begins before the watermark.
    let verdict = World::of_seconds(8)
        .fault("twice", 1.0)
        .fault("drop_twice", 1.0)
        .fault("drop_again", 1.0)
        .fault("telematics_twice", 1.0)
        .fault("telematics_repeated", 1.0)
        .fault("visibility_twice", 1.0)
        .start()
        .await?
        .end()
        .await?;
    for source in &verdict.sources {
        assert!(source.duplicate > 0, "{source:#?}");
    }
    Ok(())
}
