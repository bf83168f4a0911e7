//! An outage makes no dead letters.

use std::time::Duration;

use anyhow::Result;
use e2e::{Proxy, World, postgres};

/// The outage that is promised to do no harm.
const OUTAGE: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_down_for_ten_seconds_loses_nothing_and_buries_nothing() -> Result<()> {
    let Some(url) = postgres("a_store_that_is_down_for_ten_seconds") else {
        return Ok(());
    };
    let proxy = Proxy::start().await?;
    let through = proxy.in_front_of(&url);
    let world = World::of_seconds(15)
        .postgres(&url, "e2e_outage")
        .consolidator_through(&through, "e2e_outage");
    let world = world.start().await?;

    world.until_applied_more_than(20).await?;
    proxy.cut();
    let before = world.applied().await?;
    // The outage itself lasts; nothing is synchronized by it.
    tokio::time::sleep(OUTAGE).await;
    let during = world.applied().await?;
    assert!(
        during - before < 500,
        "records were applied while the store was away: {before} before, {during} after"
    );
    assert!(
        proxy.refused() > 0,
        "nobody asked for the store while it was away"
    );
    proxy.restore();

    let verdict = world.end().await?;
    assert_eq!(
        verdict.accounts.dead_letters,
        std::collections::BTreeMap::new(),
        "an outage is no record's fault"
    );
    Ok(())
}
