//! What happens upstream is in the reports, whatever goes wrong on the way.

use anyhow::Result;
use e2e::{World, WorldBuilder, postgres};
use local::run::Verdict;

/// A world with the faults of this profile, long enough for every table to be filled.
fn world(faults: &str) -> WorldBuilder {
    World::of_seconds(12).faults(faults)
}

/// Every source has changed something, and every table that there is has rows.
fn is_full(verdict: &Verdict, store: &str) {
    assert_eq!(verdict.store, store);
    for (table, rows) in &verdict.rows {
        assert!(*rows > 0, "{table} is empty: {verdict:#?}");
    }
    for source in &verdict.sources {
        assert!(source.applied > 0, "{source:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mild_faults_change_nothing_in_sqlite() -> Result<()> {
    is_full(&world("mild").start().await?.end().await?, "sqlite");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn mild_faults_change_nothing_in_postgresql() -> Result<()> {
    let Some(url) = postgres("mild_faults_change_nothing_in_postgresql") else {
        return Ok(());
    };
    let world = world("mild").postgres(&url, "e2e_mild");
    is_full(&world.start().await?.end().await?, "postgres");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn hard_faults_change_nothing_in_sqlite() -> Result<()> {
    is_full(&world("hard").start().await?.end().await?, "sqlite");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn hard_faults_change_nothing_in_postgresql() -> Result<()> {
    let Some(url) = postgres("hard_faults_change_nothing_in_postgresql") else {
        return Ok(());
    };
    let world = world("hard").postgres(&url, "e2e_hard");
    is_full(&world.start().await?.end().await?, "postgres");
    Ok(())
}
