//! An outage makes no dead letters.

use std::{net::ToSocketAddrs as _, time::Duration};

use anyhow::{Context as _, Result};
use e2e::{Proxy, World, postgres};

/// The outage that is promised to do no harm.
const OUTAGE: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_down_for_ten_seconds_loses_nothing_and_buries_nothing() -> Result<()> {
    let Some(url) = postgres("a_store_that_is_down_for_ten_seconds") else {
        return Ok(());
    };
    let host = url
        .split_once('@')
        .and_then(|(_, rest)| rest.split_once('/'))
        .map(|(host, _)| host);
    let host = host.context("the URL names a host and port")?;
    let server = host
        .to_socket_addrs()?
        .next()
        .context("the host has an address")?;
    let proxy = Proxy::start(server).await?;
    let through = url.replace(host, &proxy.address().to_string());
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
