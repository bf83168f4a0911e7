//! What happens upstream is in the reports.

use anyhow::Result;
use e2e::{World, postgres};

#[tokio::test(flavor = "multi_thread")]
async fn what_two_systems_say_is_what_sqlite_reports() -> Result<()> {
    let verdict = World::of_seconds(5).start().await?.end().await?;
    assert_eq!(verdict.store, "sqlite");
    assert!(verdict.rows.values().all(|rows| *rows > 0), "{verdict:#?}");
    assert!(
        verdict.sources.iter().all(|source| source.applied > 0),
        "{verdict:#?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_two_systems_say_is_what_postgresql_reports() -> Result<()> {
    let Some(url) = postgres("what_two_systems_say_is_what_postgresql_reports") else {
        return Ok(());
    };
    let verdict = World::of_seconds(5)
        .postgres(&url, "e2e_happy_path")
        .start()
        .await?
        .end()
        .await?;
    assert_eq!(verdict.store, "postgres");
    assert!(verdict.rows.values().all(|rows| *rows > 0), "{verdict:#?}");
    Ok(())
}
