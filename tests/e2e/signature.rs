//! A forged message is refused and changes nothing.

use anyhow::Result;
use e2e::World;

#[tokio::test(flavor = "multi_thread")]
async fn forged_webhooks_are_refused_and_leave_no_trace() -> Result<()> {
    let world = World::of_seconds(5)
        .fault("bad_signature", 0.5)
        .fault("visibility_bad_signature", 0.5)
        .start()
        .await?;
    world.until_applied_more_than(0).await?;
    while !world.stack().simulator().status().await?.finished {
        tokio::task::yield_now().await;
    }
    let status = world.stack().simulator().status().await?;
    for source in ["transport", "visibility"] {
        let figures = &status.sources[source];
        assert!(figures["refused_401"] > 0, "{source}: {figures:?}");
        assert_eq!(figures["forged_accepted"], 0, "{source}: {figures:?}");
    }
    let letters = world.end().await?.accounts.dead_letters;
    for source in ["transport", "visibility"] {
        assert_eq!(letters.get(source), None, "a forged body must not be kept");
    }
    Ok(())
}
