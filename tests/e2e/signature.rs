//! A forged message is refused and changes nothing.

use anyhow::Result;
use e2e::World;

#[tokio::test(flavor = "multi_thread")]
async fn forged_webhooks_are_refused_and_leave_no_trace() -> Result<()> {
    let world = World::of_seconds(4)
        .fault("bad_signature", 0.5)
        .start()
        .await?;
    world.until_applied_more_than(0).await?;
    while !world.stack().simulator().status().await?.finished {
        tokio::task::yield_now().await;
    }
    let status = world.stack().simulator().status().await?;
    let transport = &status.sources["transport"];
    assert!(transport["refused_401"] > 0, "{transport:?}");
    let verdict = world.end().await?;
    assert_eq!(
        verdict.accounts.dead_letters.get("transport"),
        None,
        "a forged body must not be kept"
    );
    Ok(())
}
